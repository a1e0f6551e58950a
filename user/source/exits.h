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

/*
 * EXITS_FD and ENDED_FD: fds of the maps `exits` and `ended`. 0, or -errno if one cannot be mapped.
 */
int exits_new(int exits_fd, int ended_fd, struct exits **ret_exits);
void exits_free(struct exits *exits);

/*
 * The end of the process PID that was started at START_BOOT_NS. False: it is not in the list, or no
 * longer.
 */
bool exits_find(const struct exits *exits, uint32_t pid, uint64_t start_boot_ns,
		struct ev_exit *ret_exit);

/* The end at TIME_NS (CLOCK_MONOTONIC), by a search of the whole list. False: as above. */
bool exits_find_at(const struct exits *exits, uint64_t time_ns, struct ev_exit *ret_exit);

/* What that process was. False: it is not kept, or no longer. */
bool exits_find_detail(const struct exits *exits, uint32_t pid, uint64_t start_boot_ns,
		       struct ev_peer *ret_detail);
/*
 * Another process that ended at SINCE_NS (CLOCK_MONOTONIC) or later has the place of PID in the
 * list: the end of PID may have been there.
 */
bool exits_were_overwritten(const struct exits *exits, uint32_t pid, uint64_t since_ns);
