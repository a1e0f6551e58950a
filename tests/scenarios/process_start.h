/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts a program with given streams, and notices its end. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: none */
	int pidfd; /* readable once it has ended; -1 if it has been reaped */
	int status;
	bool ended;
};

struct child_streams {
	int input, output, error;
	int go, facts;	    /* passed on under their numbers in the environment; -1: none */
	const char *report; /* likewise: where sigpath writes; NULL: not told */
};

#define CHILD_NONE ((struct child){ .pidfd = -1 })

/* 0; or -errno, also that of the exec (ENOENT, ENOEXEC). */
int child_start(char *const argv[], const struct child_streams *streams, struct child *ret_child);
/* Reaps it if it has ended. */
void child_poll(struct child *child);
/* Kills it with its whole process group and reaps it. */
void child_stop(struct child *child);
