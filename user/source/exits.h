/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes have exited recently: the list of the kernel side (bpf/core/exits.bpf.h), read in
 * place.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct exits;

/* MAP_FD: fd of the map `exits`. 0, or -errno if it cannot be mapped. */
int exits_new(int map_fd, struct exits **ret_exits);
void exits_free(struct exits *exits);

/*
 * The end of the process PID that was started at START_BOOT_NS. False: it is not in the list, or no
 * longer.
 */
bool exits_find(const struct exits *exits, uint32_t pid, uint64_t start_boot_ns,
		struct ev_exit *ret_exit);

/*
 * Another process that ended at SINCE_NS (CLOCK_MONOTONIC) or later has the place of PID in the
 * list: the end of PID may have been there.
 */
bool exits_were_overwritten(const struct exits *exits, uint32_t pid, uint64_t since_ns);

/* A process that wrote to a pipe without a reader. */
struct exits_writer {
	uint32_t pid, ppid, pgid;
	uint64_t start_boot_ns; /* CLOCK_BOOTTIME */
	uint64_t time_ns;	/* of the write, CLOCK_MONOTONIC */
};

/*
 * The process that most likely read the pipe of WRITER, if no hook saw the close: a process with
 * the same process group and parent, started within a second of the writer (like the commands of a
 * pipeline), whose exit is nearest in time. False: there is none.
 */
bool exits_find_reader(const struct exits *exits, const struct exits_writer *writer,
		       struct ev_exit *ret_exit);
