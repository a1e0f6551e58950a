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
/* Reads at most SIZE bytes of the file NAME. 0 or -errno. */
int procdir_read(int dir, const char *name, void *buffer, size_t size, size_t *ret_length);
/* 0; -errno; -EBADMSG if the file does not have the kernel's format. */
int procdir_read_stat(int dir, struct procdir_stat *ret_stat);
/* The process that was started at START_BOOT_NS, and no later one with its number, has STAT. */
bool procdir_is_start(const struct procdir_stat *stat, uint64_t start_boot_ns);
/*
 * The process PID, which was started at START_BOOT_NS, runs. False: it has ended (a zombie has), or
 * another process has its number.
 */
bool procdir_runs(const char *proc_root, uint32_t pid, uint64_t start_boot_ns);
/* /proc shows the numbers that the kernel side records. */
bool procdir_is_of_the_host(void);
/* Nanoseconds of one tick of the clock in which /proc counts. */
uint64_t procdir_tick_ns(void);
