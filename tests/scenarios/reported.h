/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has sigpath written what it saw? For programs whose files must stay until then. */
#pragma once

#include <sys/types.h>

/* Waits for a line about PID in the report of the run; without a runner it returns at once. */
void reported_wait(pid_t pid);
