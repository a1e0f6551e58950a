/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds what the record does not have: the command line of a process that still exists, the unit and
 * the container in its cgroup path, the process at the other end. Each block is optional. What
 * stays unknown gets a reason in incident->missing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "incident.h"
#include "missing.h"
#include "snapshot.h"

struct containers;
struct core_host;
struct kallsyms;
struct links;

#define RUNTIMES_SEEN 64

/* What is known about the programs of the processes that wrote last. */
struct runtimes {
	struct runtime_seen {
		uint32_t pid, marks; /* STACK_PROGRAM_*; 0: none */
		uint64_t start_boot_ns, exe_dev, exe_inode;
	} seen[RUNTIMES_SEEN];
};

struct enrich_options {
	bool live; /* false in a replay: this host's /proc does not belong to the record */
	const char *proc_root;	   /* "/proc"; tests point elsewhere */
	struct links *links;	   /* read the links there; NULL: this process reads them itself */
	bool kernel_wanted;	   /* kernel stacks were requested */
	struct kallsyms *kallsyms; /* NULL: not wanted, or the records are of another boot */
	struct containers *containers; /* knows their names; NULL in replay */
	struct core_host *core_host;   /* what this host does with cores; NULL in replay */
};

void enrich(struct incident *incident, const struct snapshot *snapshot,
	    const struct enrich_options *options);

/* False: process.runtime may become known if the program's file is read. */
bool runtime_is_known(struct runtimes *runtimes, const struct incident *incident);
/*
 * Sets process.runtime, after enrich(). MARKS: STACK_PROGRAM_* (stack.h) if the program's file was
 * read now, else 0. REASON: why it was not read; WHY_NONE if it was read or is known.
 */
void runtime_enrich(struct incident *incident, struct runtimes *runtimes, uint32_t marks,
		    enum missing_reason reason);

/* The unit that the cgroup of PROCESS names. */
void enrich_named(struct incident_named *process);

/*
 * Decides, once all candidates are known, which process was at the other end, and adds what
 * incident->peer_detail says about it.
 */
void enrich_peer(struct incident *incident);
/* Whom it will name, before the details are known. NULL: nobody whose start is known. */
const struct peer_candidate *enrich_peer_foresee(const struct incident *incident);
/* Names of the container of that process, from incident->peer_detail. False: there is none. */
bool peer_names_read(const struct enrich_options *options, struct incident *incident);
/* What the process PEER is. False: it does not live, or it is not in this /proc. */
bool peer_detail_read(const struct enrich_options *options, const struct peer_candidate *peer,
		      struct ev_peer *ret_detail);

/* The same of the process PID that was started at START_BOOT_NS. */
bool process_detail_read(const struct enrich_options *options, uint32_t pid,
			 struct incident_here pid_here, uint64_t start_boot_ns,
			 struct ev_peer *ret_detail);
/* Another process sent the signal, and it is known which one and when that started. */
bool enrich_sender_is_other(const struct incident *incident);
/* Adds to the sender what incident->sender_detail says about it. */
void enrich_sender(struct incident *incident);
/*
 * Opens what later tells about cores, before rights are given up. ROOT, a path in PROC_ROOT, is the
 * root directory in which the kernel starts programs; NULL: not known. 0 or -ENOMEM.
 */
int core_host_new(const char *proc_root, const char *root, struct core_host **ret_host);
/* NULL is allowed. */
void core_host_free(struct core_host *host);
/*
 * Adds to incident->core_facts what the host says, and the EXIT of the process if it was seen; else
 * NULL. False: there is nothing to add to.
 */
bool core_enrich(struct incident *incident, const struct enrich_options *options,
		 const struct ev_exit *exit);
