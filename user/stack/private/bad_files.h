/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of files that cost too much or ended their reader. A file that has changed is another. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define HUNG_DEVS_MAX 4
#define BAD_FILES_MAX 256 /* the oldest makes room */

struct file_id {
	uint64_t dev, inode; /* inode 0: no file */
	int64_t size;	     /* -1: only device (of the kernel) and inode are known */
	struct timespec mtime, ctime;
	bool is_steady; /* only root can write to it; not compared */
};

/* What must not be read again. */
enum file_ban {
	BAN_NONE,
	BAN_DEBUG, /* its debug information */
	BAN_ALL,
};

struct bad_files {
	unsigned int next;
	struct bad_file {
		struct file_id id;
		enum file_ban ban;
	} files[BAD_FILES_MAX];
	/* Of the kernel: file systems for which a child still waits; 0: none. */
	uint64_t hung_devs[HUNG_DEVS_MAX];
};

struct file_id file_id_of(const struct stat *stat);
/* Of a file that nobody has asked for its state. DEV: as the kernel side records it. */
struct file_id file_id_of_mapping(uint64_t dev, uint64_t inode);
bool file_id_is_same(const struct file_id *left, const struct file_id *right);

enum file_ban bad_files_find(const struct bad_files *bad, const struct file_id *id);
bool bad_files_hang(const struct bad_files *bad, uint64_t dev);
/* One level more than before, but at least BAN. */
void bad_files_add(struct bad_files *bad, const struct file_id *id, enum file_ban ban);
void bad_files_remove(struct bad_files *bad, const struct file_id *id);
