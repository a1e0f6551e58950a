/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the program of a stack is, and what happens to its files while it runs. */
#pragma once

#include <limits.h>
#include <stddef.h>

enum place {
	PLACE_BUILD,	     /* where it was built */
	PLACE_DEBUG_BY_ID,   /* the same; its debug file in /usr/lib/debug/.build-id */
	PLACE_DEBUG_BY_LINK, /* a copy; its debug file in .debug beside it */
	PLACE_DELETED,	     /* a copy that is deleted once the program runs */
	PLACE_REPLACED,	     /* a copy that another program replaces */
	PLACE_NAMESPACE,     /* a copy that exists only in its own mount namespace */
	PLACE_DEEP,	     /* a copy with a path of more than 512 bytes */
	PLACE_MEMFD,	     /* in memory, without a path */
	PLACE_CHROOT,	     /* a copy in a directory that becomes the program's root directory */
	/* Like PLACE_NAMESPACE; the other process of that namespace has another root directory. */
	PLACE_NAMESPACE_CHROOT,
};

struct placed {
	enum place place;
	char directory[PATH_MAX / 2]; /* of the copy; empty: none */
	char path[PATH_MAX];	      /* the program to run, from its root */
	char debug[PATH_MAX];	      /* empty: no debug file */
};

/* Skips the scenario if PROGRAM was not built. */
void place_program(enum place place, const char *program, struct placed *ret_placed);
/* For PLACE_MEMFD: a descriptor to run. */
int place_in_memory(const char *program);
/* Makes DIRECTORY the root directory of this process. */
void place_change_root(const char *directory);
/* The path of the executable that a report must have. */
void place_expected_path(const struct placed *placed, const char *program, char *ret_path,
			 size_t size);
/* Call it in a process that then lives in the new mount namespace. */
void place_enter_namespace(const struct placed *placed, const char *program);
/* Call it when the program runs. */
void place_change(const struct placed *placed);
void place_clear(const struct placed *placed);
