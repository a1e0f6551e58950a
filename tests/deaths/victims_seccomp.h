/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that seccomp ends, or one of whose threads it ends. */
#pragma once

void victim_seccomp_process(void);
void victim_seccomp_thread(void);
/* By SIGSYS, which it does not handle. */
void victim_seccomp_trap(void);
void victim_seccomp_strict(void);
/* Ends the thread that makes the call; the process lives. */
void victim_seccomp_beside(void);
