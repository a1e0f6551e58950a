/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the output: its state, and what its two files share. */
#pragma once

#include <sys/stat.h>

#include "output.h"
#include "output_place.h"
#include "rotation.h"

struct output {
	int fd;
	bool owned;
	bool regular;	 /* a partial line can be removed */
	bool has_reader; /* false: a FIFO that nobody has opened yet */
	bool failing;	 /* the last write failed, and the failure was reported */
	bool half_line;	 /* a partial line was written and could not be removed */
	bool only_empty; /* a file that has content is not opened */
	bool begun;	 /* the file has its beginning */
	output_beginning_fn *beginning;
	void *beginning_context;
	uint64_t unwritten_since_failing;
	char *name;
	struct output_place place; /* owned: for opening it again */
	struct output_place file;  /* owned: where it is, behind all links */
	mode_t mode;
	struct rotation *rotation; /* owned; NULL: none */
};

/* output_file.c */
/*
 * Looks at the file before the items that end at ENDS are written, of which the first begins at
 * START: rotates it if that is due, and finds out whether it needs a beginning. Returns how many of
 * the items to write before the next call: at least one.
 */
size_t output_prepare(struct output *output, size_t start, const size_t *ends, size_t count);
