/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the record could not hold: the command line of a process that is still there, the unit and
 * the container that its cgroup path names, the process at the other end. Each block is optional;
 * what stays unknown gets its reason in incident->missing.
 */
#pragma once

#include <stdbool.h>

#include "incident.h"
#include "snapshot.h"

struct kallsyms;
struct stack_unwinder;

#define RUNTIMES_SEEN 64

/* What the programs of the processes that wrote last have shown. */
struct runtimes {
	struct runtime_seen {
		uint32_t pid, marks; /* STACK_PROGRAM_*; 0: none */
		uint64_t start_boot_ns, exe_dev, exe_inode;
	} seen[RUNTIMES_SEEN];
};

struct enrich_options {
	bool live; /* false in replay: this host's /proc says nothing about the record */
	const char *proc_root;		 /* "/proc"; tests point elsewhere */
	struct kallsyms *kallsyms;	 /* the running kernel's; NULL in replay */
	struct stack_unwinder *unwinder; /* reads the files of programs; NULL: nobody does */
	struct runtimes *runtimes;
	bool behind; /* there is no time for what takes some */
};

void enrich(struct incident *incident, const struct snapshot *snapshot,
	    const struct enrich_options *options);

/* Decides, once all candidates are known, which process was at the other end. */
void enrich_peer(struct incident *incident);
