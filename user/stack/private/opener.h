/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that opens files for the reader. It trusts the question, which comes from the tracer,
 * and nothing that the reader says.
 */
#pragma once

#include <limits.h>
#include <sys/stat.h>

#include "bad_files.h"

enum opener_what {
	OPENER_MAPS = 1,
	OPENER_MODULE,
	OPENER_DEBUG_BY_ID,
	OPENER_DEBUG_BY_LINK,
	OPENER_DEBUG_BY_PATH,
	OPENER_DEBUG_FROM_SERVERS,
	OPENER_PERF_MAP,
};

/* A message of the reader: the first bytes, and LENGTH of TEXT. */
struct opener_request {
	uint32_t what; /* OPENER_* */
	uint32_t module, place;
	uint32_t length;
	char text[PATH_MAX]; /* a name, or the bytes of an id */
};

/*
 * The answer, with a descriptor if ERROR is 0. That of OPENER_MAPS is memory with the first bytes
 * of a struct maps.
 */
struct opener_reply {
	int32_t error;
	struct stat stat;
};

/* What the tracer learns. The opener writes it while it works, so it is there if it hangs. */
struct opener_notes {
	bool soft, refused; /* as in finder.h */
	struct file_id at;  /* the mapping whose file it looks for; inode 0: none */
	bool at_servers;    /* it waits for debuginfod servers */
	uint64_t servers_ns, servers_longest_ns; /* as in finder.h */
};

/* A message of the tracer: the question is new. */
struct opener_begin {
	bool steady_only;
};

struct opener_ends {
	int tracer, reader; /* sockets */
	int question;	    /* memory: struct isolated_question, to be read */
	int notes;	    /* memory: struct opener_notes */
};

/* Runs in the child of fork(), until one of the sockets ends. */
_Noreturn void opener_run(const struct opener_ends *ends);
