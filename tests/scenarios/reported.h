/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has sigpath written its report? For programs whose files must exist until then. */
#pragma once

#include <sys/types.h>

/* Waits for a line about PID in sigpath's report. Returns at once without a runner. */
void reported_wait(pid_t pid);
