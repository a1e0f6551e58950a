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
