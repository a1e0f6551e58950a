/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command that sigpath runs: held before its first instruction until the trace is attached. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;     /* 0: there is none */
	int pidfd;     /* of it; -1: there is none */
	int go_fd;     /* a byte lets it run; closing it without a byte ends it */
	int error_fd;  /* the errno of a failed exec; end of file if it runs */
	bool released; /* it was executed, so sigpath exits with its status */
	bool ended;
	int status; /* as of waitpid(), once ended */
};

#define CHILD_NONE                                       \
	{                                                \
		.pidfd = -1, .go_fd = -1, .error_fd = -1 \
	}

/*
 * Forks. The child inherits the current signal dispositions and mask, so call it before changing
 * them. 0 or -errno.
 */
int child_start(char *const argv[], struct child *child);
/*
 * Lets it run. 0, or -errno of the failed exec, after which the child has exited. -EINTR: a signal
 * asked for the end while the file system of the command did not answer; the child was killed.
 */
int child_release(struct child *child);
/*
 * Sends it a signal, unless it has ended. The system call is one that a filter can bind to this
 * process, because it has a descriptor in place of a number.
 */
void child_signal(const struct child *child, int number);
/* Checks whether it has exited, without waiting. */
void child_reap(struct child *child);
/* Ends a child that was never released, and closes what is open. */
void child_close(struct child *child);
/*
 * Ends sigpath as the command ended. If a signal killed the command, sigpath sends itself the same
 * signal, so that a shell sees the same status. Otherwise returns the command's exit status.
 */
int child_mirror_status(const struct child *child);
