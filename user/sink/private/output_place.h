/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an output is, in directories that other users may write to. An attacker plants symbolic
 * links, hard links, FIFOs and files there, before sigpath opens the output and while it runs.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "strbuf.h"

/* A directory that stays the same one, whatever gets its name later, and a name in it. */
struct output_place {
	int directory;	/* O_PATH; -1: none */
	bool swappable; /* another user can choose which directory the path leads to */
	unsigned int links_followed;
	char name[NAME_MAX + 1];
};

/*
 * Finds the directory of PATH; the name need not exist. 0; -EPERM and WHY, as it reads after
 * "PATH: ", if a symbolic link is not to be followed; or another -errno. The caller calls
 * output_place_close().
 */
int output_place_find(const char *path, struct output_place *ret_place, struct strbuf *why);
/* Closes the directory, if there is one. */
void output_place_close(struct output_place *place);

/*
 * Opens what has the name now for ACCESS (O_WRONLY or O_RDWR) and appending, without waiting, or
 * creates a file of this MODE. A regular file that exists gets the MODE too, which is reported;
 * PATH is for that message; NULL: it keeps its mode. What another user planted is refused: -EPERM
 * and WHY. A file that sigpath was started with (/dev/stdout, /dev/fd/N) is opened as it is.
 * RET_FILE may be NULL: where it is, which is not PLACE if links were followed, and has no
 * directory if sigpath was started with it. The caller calls output_place_close(). 0 or -errno.
 */
int output_place_open(const struct output_place *place, const char *path, int access, mode_t mode,
		      int *ret_fd, struct output_place *ret_file, struct strbuf *why);
