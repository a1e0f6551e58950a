/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process whose stack is unwound: the facts of an incident that unwinding needs. */
#pragma once

#include <stdint.h>
#include <time.h>

#include "event.h"
#include "snapshot.h"

struct target {
	enum ev_abi abi;
	uint32_t pid, ns_pid, uid, mnt_ns;
	uint32_t root_fs; /* s_magic of its root directory's file system; 0: not known */
	/* Instead of the time limit of the options; 0: that one. */
	unsigned int time_limit_ms;
	/* Most time to wait for debuginfod servers; 0: they are not asked. */
	unsigned int servers_ms;
	uint64_t start_boot_ns;
	/* Path of its root directory in its mount namespace; empty: not known. */
	char root[EV_PATH_MAX + 2];
	struct timespec start;		/* CLOCK_REALTIME */
	struct timespec time;		/* of the incident, CLOCK_REALTIME */
	struct snapshot_module program; /* the executable; only what names the file is set */
};
