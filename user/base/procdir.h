/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process's directory in /proc. The descriptor stays bound to that process: once it is reaped,
 * every open below it fails with ESRCH, also when another process got the same number. So one
 * check of the start time holds for all that is read through the descriptor afterwards.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct procdir_stat {
	char comm[64];
	char state;
	uint64_t start_boot_ns; /* rounded down to a clock tick */
};

/* 0, or -errno: -ENOENT when there is no such process. */
int procdir_open(const char *proc_root, uint32_t pid, int *ret_dir);
/* Reads at most SIZE bytes of the file NAME. 0 or -errno. */
int procdir_read(int dir, const char *name, void *buffer, size_t size, size_t *ret_length);
/* 0; -errno; -EBADMSG when the file does not look like the kernel's. */
int procdir_read_stat(int dir, struct procdir_stat *ret_stat);
/* Nanoseconds of one tick of the clock in which /proc counts. */
uint64_t procdir_tick_ns(void);
