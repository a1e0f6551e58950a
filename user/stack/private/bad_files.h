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

/*
 * Whose stacks a reader of files may answer for that has read a file of theirs: a user, or a block
 * of subordinate users, in a mount namespace. All zero: everybody's.
 */
struct file_owner {
	bool is_one;
	uint32_t uid, mnt_ns;
};

struct bad_files {
	unsigned int next;
	struct bad_file {
		struct file_id id;
		enum file_ban ban;
		struct file_owner owner; /* for whom it is not read */
	} files[BAD_FILES_MAX];
	/* Of what is added: a reader that a file may control must not ban files of others. */
	struct file_owner owner;
	/* Of the kernel: file systems for which a child still waits; 0: none. */
	uint64_t hung_devs[HUNG_DEVS_MAX];
};

struct file_id file_id_of(const struct stat *stat);
/* Of a file that nobody has asked for its state. DEV: as the kernel side records it. */
struct file_id file_id_of_mapping(uint64_t dev, uint64_t inode);
bool file_id_is_same(const struct file_id *left, const struct file_id *right);

bool file_owner_is_same(const struct file_owner *left, const struct file_owner *right);
/* What counts for OWNER. */
void bad_files_copy(const struct bad_files *from, const struct file_owner *owner,
		    struct bad_files *ret_bad);
/* For whomever it counts. */
enum file_ban bad_files_find(const struct bad_files *bad, const struct file_id *id);
bool bad_files_hang(const struct bad_files *bad, uint64_t dev);
/* For bad->owner: one level more than before, but at least BAN. */
void bad_files_add(struct bad_files *bad, const struct file_id *id, enum file_ban ban);
/* For all owners. */
void bad_files_remove(struct bad_files *bad, const struct file_id *id);
