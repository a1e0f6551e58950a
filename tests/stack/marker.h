/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tests stop a program when it calls write(2) with these bytes. */
#pragma once

#define STACK_MARKER "stack-marker"
