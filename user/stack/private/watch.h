/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file the work is at, and what each costs: to know which one was too much. */
#pragma once

#include "image.h"

#define WATCH_COSTLY_MAX 8
/* CPU time of one file in one question, opening it included. */
#ifdef __SANITIZE_ADDRESS__
#define WATCH_COST_MS 4000
#else
#define WATCH_COST_MS 1000
#endif

/* In memory that the parent of the child reads. */
struct file_watch {
	struct file_id at;	/* inode 0: no file */
	struct file_id soft;	/* the last one that others than root can write; inode 0: none */
	struct file_id mapping; /* what is looked for, as the kernel side has recorded it */
	unsigned int costly_count;
	struct file_id costly[WATCH_COSTLY_MAX];
};

struct watch {
	struct file_watch *file;
	struct image *image; /* at work; NULL: none */
	uint64_t question, since_ns;
};

void watch_begin(struct watch *watch, struct file_watch *file);
/* The file of MAPPING is looked for and opened; with its state once that is known. */
void watch_mapping(struct watch *watch, uint64_t dev, uint64_t inode);
void watch_file(struct watch *watch, const struct file_id *id);
/* IMAGE is at work from now on: was opened at the end of watch_file(), if that came before. */
void watch_image(struct watch *watch, struct image *image);
void watch_end(struct watch *watch);
