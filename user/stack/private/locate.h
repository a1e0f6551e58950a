/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a mapping to the file that it was made of, through whatever root still shows it. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "deadline.h"
#include "snapshot.h"
#include "target.h"
#include "walk.h"

#define LOCATOR_HOLDERS 16

struct locator {
	const char *proc_root;
	bool live;
	uint32_t own_mnt_ns;
	struct file_root own; /* our own root directory */
	uint64_t memory_dev;  /* kernel dev_t of memory that has no file system (memfd) */
	/* A process that was in the mount namespace at the last search. */
	struct {
		uint32_t mnt_ns, pid;
	} holders[LOCATOR_HOLDERS];
	size_t holder_next;
};

/* Descriptors of one process; -1: none. */
struct location {
	int process_dir;       /* its directory in /proc, while it lives */
	struct mounts *mounts; /* of its mount namespace; NULL: those of ours, or not known */
	struct file_root root; /* where the paths of its mount namespace are looked up; none: ours */
	bool root_is_remote;   /* and may not be used */
	char prefix[EV_PATH_MAX + 2]; /* the path of ROOT in that namespace; empty: it is its root */
	struct file_root own_root;    /* its root directory; none: as that of the namespace */
	bool own_root_is_remote;
};

/* REMOTE_FILES: file systems that may not answer are used, too. 0; -errno. */
int locator_init(struct locator *locator, const char *proc_root, bool live, bool remote_files);
void locator_close(struct locator *locator);

/* Opens what there is; location_close() afterwards in any case. */
void location_open(struct locator *locator, const struct target *target,
		   const struct deadline *deadline, struct location *ret_location);
void location_close(struct location *location);

/* Where the paths of the process's mount namespace are looked up. */
const struct file_root *location_root(const struct locator *locator,
				      const struct location *location);
/* PATH, of the process's mount namespace, as a path from location->root; NULL: not below it. */
const char *location_path(const struct location *location, const char *path);
/* A handle (O_PATH) of the regular file that the process itself finds at PATH. 0, or -errno. */
int location_find_own(const struct locator *locator, const struct location *location,
		      const char *path, int *ret_handle, struct stat *ret_stat);

/*
 * A handle (O_PATH) of MODULE's file. 0; -ESTALE: another file has its name now; -EREMOTE: its file
 * system may not answer; -errno.
 */
int location_find_file(const struct locator *locator, const struct location *location,
		       const struct target *target, const struct snapshot_module *module,
		       int *ret_handle, struct stat *ret_stat);
