/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts a program with the given streams, and waits for its end. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: none */
	int pidfd; /* readable after it has exited; -1 after it has been reaped */
	int status;
	bool ended;
};

struct child_streams {
	int input, output, error;
	int go, facts;	    /* the environment has their numbers; -1: none */
	const char *report; /* also in the environment: the file that sigpath writes; NULL: none */
};

struct strbuf;

#define CHILD_NONE ((struct child){ .pidfd = -1 })

/* A pipe. Our end is non-blocking, and no other child inherits it. 0 or -errno. */
int child_stream(bool read_here, int *ret_here, int *ret_there);

/* 0 or -errno, including the errors of exec (ENOENT, ENOEXEC). */
int child_start(char *const argv[], const struct child_streams *streams, struct child *ret_child);
/* Reaps it if it has ended. */
void child_poll(struct child *child);
/* Kills it with its whole process group and reaps it. */
void child_stop(struct child *child);
/* Adds how an ended child ended: "exited with 1". */
void child_tell_end(const struct child *child, struct strbuf *text);
