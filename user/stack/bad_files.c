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

bool file_owner_is_same(const struct file_owner *left, const struct file_owner *right)
{
	return left->is_one == right->is_one && left->uid == right->uid &&
	       left->mnt_ns == right->mnt_ns;
}

void bad_files_copy(const struct bad_files *from, const struct file_owner *owner,
		    struct bad_files *ret_bad)
{
	*ret_bad = *from;
	for (unsigned int i = 0; i < BAD_FILES_MAX; i++)
		if (from->files[i].owner.is_one &&
		    !file_owner_is_same(&from->files[i].owner, owner))
			ret_bad->files[i].ban = BAN_NONE;
}

enum file_ban bad_files_find(const struct bad_files *bad, const struct file_id *id)
{
	enum file_ban ban = BAN_NONE;

	for (unsigned int i = 0; i < BAD_FILES_MAX; i++)
		if (bad->files[i].ban > ban && file_id_is_same(&bad->files[i].id, id))
			ban = bad->files[i].ban;
	return ban;
}

bool bad_files_hang(const struct bad_files *bad, uint64_t dev)
{
	for (unsigned int i = 0; i < HUNG_DEVS_MAX; i++)
		if (dev && bad->hung_devs[i] == dev)
			return true;
	return false;
}

/* What was added for the same owner. NULL: nothing. */
static struct bad_file *find(struct bad_files *bad, const struct file_id *id)
{
	for (unsigned int i = 0; i < BAD_FILES_MAX; i++)
		if (bad->files[i].ban && file_id_is_same(&bad->files[i].id, id) &&
		    file_owner_is_same(&bad->files[i].owner, &bad->owner))
			return &bad->files[i];
	return NULL;
}

void bad_files_add(struct bad_files *bad, const struct file_id *id, enum file_ban ban)
{
	struct bad_file *file = find(bad, id);

	if (!file) {
		file = &bad->files[bad->next++ % BAD_FILES_MAX];
		*file = (struct bad_file){ .id = *id, .owner = bad->owner };
	}
	if (ban > file->ban)
		file->ban = ban;
	else if (file->ban < BAN_ALL)
		file->ban++;
}

void bad_files_remove(struct bad_files *bad, const struct file_id *id)
{
	for (unsigned int i = 0; i < BAD_FILES_MAX; i++)
		if (bad->files[i].ban && file_id_is_same(&bad->files[i].id, id))
			bad->files[i] = (struct bad_file){};
}
