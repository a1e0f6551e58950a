/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A part of event.h, and included by event_death.h alone: who sent a signal, and from where. */
#pragma once

#define EV_ANCESTORS_MAX 3

/* A parent of a process, and its parent, and so on. */
struct ev_ancestor {
	__u64 start_boot_ns;
	__u32 pid;
	__u32 pid_here;
	char comm[16];
};

/*
 * An earlier signal that asked the process to end (SIGTERM, SIGINT, SIGQUIT), the last one that a
 * process sent it. time_ns 0: none was seen.
 */
struct ev_stop {
	__u64 time_ns;		    /* CLOCK_MONOTONIC */
	__u64 start_boot_ns;	    /* of the process that sent it */
	__u64 parent_start_boot_ns; /* of the parent of that */
	__u32 pid;
	__u32 pid_here; /* as in ev_exit */
	__u32 parent_pid;
	__u32 uid;
	__u8 number;
	__u8 disposition; /* enum ev_disposition */
	__u8 outcome;	  /* enum ev_outcome */
	__u8 blocked;	  /* in the mask of every thread that could take it */
	__u8 pad0[4];
	char comm[16];
};

#define EV_TERMINAL_HAVE 1u
#define EV_TERMINAL_LEADER 2u	  /* the process leads the session of the terminal */
#define EV_TERMINAL_FOREGROUND 4u /* its process group is in the foreground */

/* The controlling terminal of a process. */
struct ev_terminal {
	__u32 flags; /* EV_TERMINAL_* */
	__u32 dev;   /* kernel dev_t */
	__u32 session;
	__u32 foreground; /* process group */
	char name[64];	  /* "pts3", as the kernel names it */
};
