/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the program of a stack is, and what becomes of its files while it runs. */
#pragma once

#include <limits.h>

enum place {
	PLACE_BUILD,	     /* where it was built */
	PLACE_DEBUG_BY_ID,   /* there; its debug file in /usr/lib/debug/.build-id */
	PLACE_DEBUG_BY_LINK, /* a copy; its debug file in .debug beside it */
	PLACE_DELETED,	     /* a copy that is deleted once the program runs */
	PLACE_REPLACED,	     /* a copy in whose place another program is put */
	PLACE_NAMESPACE,     /* a copy that its own mount namespace alone has */
};

struct placed {
	enum place place;
	char directory[PATH_MAX / 2]; /* of the copy; empty: none */
	char path[PATH_MAX];	      /* what is to be run */
	char debug[PATH_MAX];	      /* empty: none was put anywhere */
};

/* Skips the scenario if PROGRAM was not built. */
void place_program(enum place place, const char *program, struct placed *ret_placed);
/* In a process of the mount namespace that it makes. */
void place_enter_namespace(const struct placed *placed, const char *program);
/* The program runs. */
void place_change(const struct placed *placed);
void place_clear(const struct placed *placed);
