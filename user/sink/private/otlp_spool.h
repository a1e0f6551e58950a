/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that wait on disk (--spool), one file each, the oldest first. They outlive the run. The
 * size of all files is bounded: the oldest are dropped. Files of a directory that others can write
 * to are not trusted, so such a directory is refused; a file that is not whole is refused, too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"

#define OTLP_SPOOL_BYTES (UINT64_C(64) << 20)

struct otlp_spool;

struct otlp_spool_counts {
	uint64_t waiting;	 /* items */
	uint64_t dropped;	 /* items of this run, for lack of space */
	uint64_t dropped_before; /* items of earlier runs likewise */
	uint64_t damaged;	 /* files that were refused */
};

/* One request. */
struct otlp_spooled {
	uint64_t number;
	char *body; /* allocated */
	size_t size;
	uint32_t items;
};

/*
 * DIRECTORY_FD: is taken, also on failure. MOST_BYTES: of all files together. The directory and its
 * files must belong to root or to the user of this process, and nobody else may write to them. What
 * is wrong with single files is logged, with NAME, the name of the directory. 0; -errno: WHY says
 * why, if it is not clear from the number.
 */
int otlp_spool_open(int directory_fd, const char *name, uint64_t most_bytes, struct strbuf *why,
		    struct otlp_spool **ret_spool);
void otlp_spool_free(struct otlp_spool *spool);

/*
 * Writes a request, with a number above all others. The oldest files are removed while there is no
 * space for it, but not KEPT, which is under way (0: none). 0 or -errno: it is not in the spool.
 */
int otlp_spool_put(struct otlp_spool *spool, const char *body, size_t size, uint32_t items,
		   uint64_t kept, uint64_t *ret_number);
/* The oldest one that is whole. 0; -ENOENT: none waits; -ENOMEM. The caller frees the body. */
int otlp_spool_oldest(struct otlp_spool *spool, struct otlp_spooled *ret_request);
/* It was delivered, or is refused for good. */
void otlp_spool_remove(struct otlp_spool *spool, uint64_t number);
/* NUMBER was put by this run. */
bool otlp_spool_is_own(const struct otlp_spool *spool, uint64_t number);
struct otlp_spool_counts otlp_spool_count(const struct otlp_spool *spool);
