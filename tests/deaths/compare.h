/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What wait(2) said, against what sigpath said. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "run.h"
#include "victims.h"

struct end {
	pid_t pid;
	int status;		     /* wait status */
	const struct victim *victim; /* NULL: one that hung */
	/* Incidents. */
	size_t told, threads, others; /* with the signal of the status; of a thread; with another */
	size_t pending;
	bool has_cmdline, has_room;
};

struct ends {
	struct end *list;
	size_t count;
	/*
	 * Some signals are listed: they are told when they are generated, whatever they do, and
	 * then without a command line.
	 */
	bool listed;
	bool limited;	/* some are only counted */
	size_t counted; /* in repeats */
};

void ends_add(struct ends *ends, pid_t pid, int status, const struct victim *victim);
/* If the process has only stopped: lets it go on. */
void ptrace_continue(pid_t pid, int status);
/* Reads the incidents of RUN. HANGING: so many processes hung. True: all is as it must be. */
bool compare(struct run *run, struct ends *ends, size_t hanging);
