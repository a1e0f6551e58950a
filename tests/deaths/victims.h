/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that die, and some that do not: what each does, and what its parent does to it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct victim {
	const char *name;
	/* In the new process. It may return: then the process waits to be killed, or exits. */
	void (*run)(void);
	/* In the parent, when the process waits. NULL: nothing; without it the process exits. */
	void (*harm)(pid_t pid);
	bool lives;	  /* no signal ends it */
	bool slow;	  /* a few are enough */
	bool ends_thread; /* a signal ends one of its threads, and it makes an incident */
	bool races;	  /* more than one signal may be the one that ends it */
	bool late;	  /* after its signal: if that is listed, it may be told before */
	bool told_early;  /* when the signal is generated: it has no command line then */
};

extern const struct victim victims[];
extern const size_t victim_count;

/* The process: runs VICTIM. It waits with a byte on READY, if its parent harms it. */
int victim_main(const struct victim *victim, int ready);
