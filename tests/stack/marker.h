/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes whose write(2) the tests stop a program at. */
#pragma once

#define STACK_MARKER "stack-marker"
