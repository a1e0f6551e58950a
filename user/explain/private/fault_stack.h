/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a fault the overflow of a stack? Only if the stack pointer says so too, not a wild pointer. */
#pragma once

#include "incident.h"
#include "text.h"

bool fault_is_stack_overflow(const struct incident *incident);
void fault_tell_stack_overflow(const struct incident *incident, struct text *text);
