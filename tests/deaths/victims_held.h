/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals that are held back: blocked, waited for, behind another one, or sent to a process that is
 * stopped.
 */
#pragma once

#include <sys/types.h>

/* Each dies of its signal when it unblocks it: at once, or longer after than sigpath follows it. */
void run_pipe_soon(void);
void run_pipe_late(void);
void run_unblock_late(void);
/* A handler is set until it unblocks the signal. */
void run_handler_removed(void);
/* A handler restores the default, and raises the signal that is blocked while it runs. */
void run_raised_in_handler(void);
/* The same under a debugger. */
void run_raised_traced(void);
/* SIGTERM comes while another signal is pending, and the thread can take none until later. */
void run_behind_another(void);
/* Takes SIGQUIT and SIGTERM by sigwait(), and exits. */
void run_sigwait(void);

/* In the parent: the process PID is stopped, gets SIGTERM, and continues late. */
void harm_stopped_late(pid_t pid);
/* SIGTERM. */
void harm_raised(pid_t pid);
