/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command that sigpath runs: held before its first instruction until the trace is attached. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;     /* 0: there is none */
	int go_fd;     /* writing a byte lets it run; closing it unwritten ends it */
	int error_fd;  /* errno of a failed exec comes here; end of file when it runs */
	bool released; /* it was executed: its status is sigpath's */
	bool ended;
	int status; /* as of waitpid(), once ended */
};

#define CHILD_NONE                          \
	{                                   \
		.go_fd = -1, .error_fd = -1 \
	}

/*
 * Forks; the child inherits signal dispositions and the mask as they are now, so call it before
 * changing them. 0 or -errno.
 */
int child_start(char *const argv[], struct child *child);
/* Lets it run. 0, or -errno of the failed exec; then it has ended. */
int child_release(struct child *child);
/* Looks whether it has ended, without waiting. */
void child_reap(struct child *child);
/* Ends a child that was never released, and closes what is open. */
void child_close(struct child *child);
/*
 * Ends sigpath as the command ended: by the same signal if one killed it, so that a shell sees the
 * same status; otherwise returns its exit status.
 */
int child_mirror_status(const struct child *child);
