// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask debuginfod servers for a debug file. Only the user can allow that: without the variable the
 * library is not loaded. elfutils loads it in the same way, so it is no dependency.
 */
#include "debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

struct debuginfod_client;

typedef struct debuginfod_client *begin_function(void);
typedef int find_function(struct debuginfod_client *, const unsigned char *, int, char **);
typedef int progress_function(struct debuginfod_client *, long, long);
typedef void set_progress_function(struct debuginfod_client *, progress_function *);
typedef void end_function(struct debuginfod_client *);

static const struct deadline *running; /* the callback has no context argument */

static int stop_in_time(struct debuginfod_client *client, long done, long total)
{
	return deadline_is_over(running);
}

int debuginfod_fetch(const unsigned char *id, size_t length, const struct deadline *deadline,
		     int *ret_fd)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	struct debuginfod_client *client;
	set_progress_function *set_progress;
	begin_function *begin;
	find_function *find;
	end_function *end;
	void *library;
	int fd = -ENOENT;

	if (!urls || !urls[0])
		return -ENOENT;
	library = dlopen("libdebuginfod.so.1", RTLD_LAZY);
	if (!library)
		return -ENOENT;
	begin = (begin_function *)dlsym(library, "debuginfod_begin");
	find = (find_function *)dlsym(library, "debuginfod_find_debuginfo");
	set_progress = (set_progress_function *)dlsym(library, "debuginfod_set_progressfn");
	end = (end_function *)dlsym(library, "debuginfod_end");
	client = begin && find && set_progress && end ? begin() : NULL;
	if (client) {
		running = deadline;
		set_progress(client, stop_in_time);
		fd = find(client, id, (int)length, NULL);
		end(client);
	}
	/* The library stays loaded, because its threads and handlers may outlive the client. */
	if (fd < 0)
		return -ENOENT;
	*ret_fd = fd;
	return 0;
}
