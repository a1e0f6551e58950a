/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of one process in /proc. The descriptor stays bound to this process: after it is
 * reaped, every open below the directory fails with ESRCH, even if another process gets the same
 * number. So one check of the start time is enough for everything that is read through the
 * descriptor later.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct procdir_stat {
	char comm[64];
	char state;
	uint32_t threads;
	uint64_t start_boot_ns; /* by the host's clock, rounded down to a clock tick */
};

/* 0, or -errno: -ENOENT when there is no such process. */
int procdir_open(const char *proc_root, uint32_t pid, int *ret_dir);
/*
 * Reads at most SIZE bytes of the file NAME. 0 or -errno. What hidepid refuses (mount option of
 * /proc) procdir_helper is asked for.
 */
int procdir_read(int dir, const char *name, void *buffer, size_t size, size_t *ret_length);
/* Who may read what this process may not. READ: as procdir_read(), by one thread; NULL: nobody. */
struct procdir_helper {
	int (*read)(void *context, int dir, const char *name, void *buffer, size_t size,
		    size_t *ret_length);
	void *context;
};
/* Set before any other thread looks into /proc. */
extern struct procdir_helper procdir_helper;

/* 0; -errno; -EBADMSG if the file does not have the kernel's format. */
int procdir_read_stat(int dir, struct procdir_stat *ret_stat);
/* The process that was started at START_BOOT_NS, and no later one with its number, has STAT. */
bool procdir_is_start(const struct procdir_stat *stat, uint64_t start_boot_ns);
/*
 * The process PID, which was started at START_BOOT_NS, runs. False: it has ended (a zombie has), or
 * another process has its number.
 */
bool procdir_runs(const char *proc_root, uint32_t pid, uint64_t start_boot_ns);

/* Which numbers the directories in /proc have. */
enum procdir_numbers {
	PROCDIR_NUMBERS_HOST, /* the host's, as the kernel side records them */
	PROCDIR_NUMBERS_HERE, /* those in the PID namespace of sigpath */
	PROCDIR_NUMBERS_NONE, /* those of another namespace: it is of no use */
};

/* Set before any other thread looks into /proc. */
extern enum procdir_numbers procdir_numbers;

/*
 * The number in /proc of a process: PID as the host counts, HERE in the PID namespace of sigpath.
 * 0: /proc does not have it. No directory has the name 0.
 */
uint32_t procdir_number(uint32_t pid, uint32_t here);
/* This process is in the PID namespace of the host. False, too, if /proc does not tell. */
bool procdir_is_on_the_host(void);
/*
 * How many PID namespaces deep this process is, from the one that /proc shows: 1 if it is its own.
 * 0 if /proc does not have it.
 */
uint32_t procdir_own_depth(void);
/* Nanoseconds of one tick of the clock in which /proc counts. */
uint64_t procdir_tick_ns(void);
