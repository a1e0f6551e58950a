// SPDX-License-Identifier: GPL-2.0-or-later
#include "bad_files.h"

#include <stddef.h>

static bool is_same_time(const struct timespec *left, const struct timespec *right)
{
	return left->tv_sec == right->tv_sec && left->tv_nsec == right->tv_nsec;
}

struct file_id file_id_of(const struct stat *stat)
{
	return (struct file_id){
		.dev = stat->st_dev,
		.inode = stat->st_ino,
		.size = stat->st_size,
		.mtime = stat->st_mtim,
		.ctime = stat->st_ctim,
		.is_steady = stat->st_uid == 0 && !(stat->st_mode & (S_IWGRP | S_IWOTH)),
	};
}

struct file_id file_id_of_mapping(uint64_t dev, uint64_t inode)
{
	return (struct file_id){ .dev = dev, .inode = inode, .size = -1 };
}

bool file_id_is_same(const struct file_id *left, const struct file_id *right)
{
	return left->inode == right->inode && left->dev == right->dev &&
	       left->size == right->size && is_same_time(&left->mtime, &right->mtime) &&
	       is_same_time(&left->ctime, &right->ctime);
}

/* NULL: it is not there. */
static struct bad_file *find(struct bad_files *bad, const struct file_id *id)
{
	for (unsigned int i = 0; i < BAD_FILES_MAX; i++)
		if (bad->files[i].ban && file_id_is_same(&bad->files[i].id, id))
			return &bad->files[i];
	return NULL;
}

enum file_ban bad_files_find(const struct bad_files *bad, const struct file_id *id)
{
	const struct bad_file *file = find((struct bad_files *)bad, id);

	return file ? file->ban : BAN_NONE;
}

bool bad_files_hang(const struct bad_files *bad, uint64_t dev)
{
	for (unsigned int i = 0; i < HUNG_DEVS_MAX; i++)
		if (dev && bad->hung_devs[i] == dev)
			return true;
	return false;
}

void bad_files_add(struct bad_files *bad, const struct file_id *id, enum file_ban ban)
{
	struct bad_file *file = find(bad, id);

	if (!file) {
		file = &bad->files[bad->next++ % BAD_FILES_MAX];
		*file = (struct bad_file){ .id = *id };
	}
	if (ban > file->ban)
		file->ban = ban;
	else if (file->ban < BAN_ALL)
		file->ban++;
}

void bad_files_remove(struct bad_files *bad, const struct file_id *id)
{
	struct bad_file *file = find(bad, id);

	if (file)
		*file = (struct bad_file){};
}
