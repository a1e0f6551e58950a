/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The head of a capture file. Records (event.h) follow it. */
#pragma once

#include <linux/types.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/*
 * What the numbers of a run mean. A reader needs it, so a capture file begins with it. hz is the
 * kernel's tick rate; struct ev_tcp counts in ticks.
 */
#define EV_SESSION_MAGIC 0x0a48544150474953ull /* "SIGPATH\n", little-endian */

struct ev_session {
	__u64 magic;
	__u32 size;    /* of this struct in the writer's version: it may grow */
	__u32 version; /* EV_VERSION */
	__u32 id;      /* random: the first half of incident ids */
	__u32 hz;
	/* At the start of the run; struct ev_clock tells when they change. */
	__s64 realtime_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	__s64 boottime_offset_ns; /* CLOCK_REALTIME - CLOCK_BOOTTIME */
	char release[64];	  /* uname -r */
	char boot_id[40];	  /* of this boot: kernel addresses are valid only in one boot */
	char machine[16];	  /* uname -m */
	char host[72];		  /* uname -n */
	__u32 pid_ns; /* inode of sigpath's PID namespace; 0: the host's (struct ev_numbers) */
	__u32 incidents_before; /* of the run, in earlier files of a capture that was rotated */
};

#pragma GCC diagnostic pop
