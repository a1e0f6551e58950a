/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds and opens the files that a question is about, with all checks of what may be opened
 * (locate.h, regular_file.h), and reads none of them but a few bytes that tell its kind. The opener
 * does this for the reader; without a child the engine does it itself.
 */
#pragma once

#include <sys/stat.h>

#include "bad_files.h"
#include "deadline.h"
#include "locate.h"
#include "maps.h"
#include "stack.h"

/* Instead of the number of a module: the executable. */
#define FINDER_PROGRAM UINT32_MAX
/* Where a debug file of .gnu_debuglink can be: beside the file, in .debug, in the debug directory. */
#define FINDER_LINK_PLACES 3

struct found_file {
	int fd; /* for reading */
	struct stat stat;
};

/* One question. What it points to must stay until the next one, and its texts must end. */
struct finder_question {
	const struct target *target;
	const struct snapshot_module *modules;
	size_t module_count;
	const struct bad_files *bad; /* not opened; NULL: none */
	bool steady_only;	     /* refuses files that others than root can write */
};

struct finder {
	const char *debug_dir;
	unsigned int time_limit_ms;
	struct locator locator;
	/* of the question */
	struct finder_question question;
	struct deadline deadline;
	struct location location;
	bool located;
	uint32_t last_module; /* found, */
	struct stat last;     /* and its file */
	struct maps *maps;    /* of a process that lives; NULL: not asked for yet */
	/* for who asks */
	bool soft;    /* a file was found that others than root can write */
	bool refused; /* and was not opened, or it would have been */
	/* How long debuginfod servers took, for all files and for the one that took longest. */
	uint64_t servers_ns, servers_longest_ns;
};

/* OPTIONS without zeros; its strings must stay. 0; -errno. finder_close() afterwards in any case. */
int finder_open(struct finder *finder, const struct stack_options *options);
void finder_close(struct finder *finder);

void finder_begin(struct finder *finder, const struct finder_question *question);
void finder_end(struct finder *finder);

/*
 * The mappings of a process that lives. The numbers of modules mean these from then on. 0; -errno:
 * it does not live.
 */
int finder_maps(struct finder *finder, const struct maps **ret_maps);
/*
 * The file of a module (its number in the question, or FINDER_PROGRAM). 0; as of
 * location_find_file(); -EDEADLK: its file system does not answer; -ECANCELED: it is bad; -EXDEV:
 * refused (steady_only).
 */
int finder_module(struct finder *finder, uint32_t number, struct found_file *ret_file);
/*
 * Files that may have the debug information of a file, which the caller must check. They come from
 * the host's own debug directory, or, by a link, from beside the module that was found last. ID,
 * NAME and PATH are hostile. 0; -ENOENT; -EXDEV; -errno.
 */
int finder_debug_by_id(struct finder *finder, const unsigned char *id, size_t length,
		       struct found_file *ret_file);
int finder_debug_by_link(struct finder *finder, uint32_t number, unsigned int place,
			 const char *name, struct found_file *ret_file);
/* The file that others share (dwz), by its absolute PATH. */
int finder_debug_by_path(struct finder *finder, const char *path, struct found_file *ret_file);
/* Waits as long as the question allows. */
int finder_debug_from_servers(struct finder *finder, const unsigned char *id, size_t length,
			      struct found_file *ret_file);
/* The perf map of the process. */
int finder_perf_map(struct finder *finder, struct found_file *ret_file);
