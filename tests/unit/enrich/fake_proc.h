/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory that looks like /proc, in a temporary directory. */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fake_proc {
	char root[64];
};

static inline int fake_proc_setup(void **state)
{
	struct fake_proc *proc = calloc(1, sizeof(*proc));

	if (!proc)
		return -1;
	strcpy(proc->root, "/tmp/sigpath-proc-XXXXXX");
	*state = proc;
	return mkdtemp(proc->root) ? 0 : -1;
}

static inline int fake_proc_remove(const char *path, const struct stat *stat, int type,
				   struct FTW *ftw)
{
	return remove(path);
}

static inline int fake_proc_teardown(void **state)
{
	struct fake_proc *proc = *state;

	nftw(proc->root, fake_proc_remove, 8, FTW_DEPTH | FTW_PHYS);
	free(proc);
	return 0;
}

static inline void fake_proc_write(const struct fake_proc *proc, uint32_t pid, const char *name,
				   const void *bytes, size_t size)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%u", proc->root, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%u/%s", proc->root, pid, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* The file stat in the directory NAME. START in clock ticks since boot. */
static inline void fake_proc_write_stat_at(const struct fake_proc *proc, const char *name,
					   const char *comm, char state, unsigned long long start)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", proc->root, name);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/stat", proc->root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
		"%u (%s) %c 800 812 800 34816 812 4194304 120 0 0 0 1 2 0 0 20 0 1 0 "
		"%llu 3055616 228 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0\n",
		(unsigned int)strtoul(name, NULL, 10), comm, state, start);
	assert_int_equal(fclose(file), 0);
}

static inline void fake_proc_write_stat(const struct fake_proc *proc, uint32_t pid,
					const char *comm, char state, unsigned long long start)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", pid);
	fake_proc_write_stat_at(proc, name, comm, state, start);
}
