/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sigpath beside the test. */
#pragma once

#include <stdio.h>
#include <sys/types.h>

#define SKIPPED 77

struct run {
	pid_t pid;
	FILE *output; /* JSON lines, readable after run_stop() */
};

/* Ends the test with errno. */
void die(const char *what) __attribute__((noreturn));

/* Starts it, for the victims alone if BURST is not "0", and returns when it is ready. */
void run_start(const char *sigpath, const char *signals, const char *burst, struct run *ret_run);
/* Ends it, when it has had the time to write. */
void run_stop(struct run *run);
/* Ends it, and says why the test is skipped. Returns SKIPPED. */
int run_skip(struct run *run, const char *why);
