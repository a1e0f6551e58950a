// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether debuginfod servers may be asked, and how long incidents may wait for them.
 *
 * The cache is where libdebuginfod has it, and where gdb finds it, too: in the home directory of
 * the user. But with sudo that can be the home directory of somebody else, and a service may have
 * none. Root must write to neither.
 */
#include "servers.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debuginfod.h"
#include "stack.h"
#include "units.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
/* As many directories at the end of the path may be made. */
#define MADE_MAX 2

/* --- the cache --- */

static int find_path(char *path, size_t size)
{
	const char *cache = getenv(DEBUGINFOD_CACHE), *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int length;

	if (cache && cache[0])
		length = snprintf(path, size, "%s", cache);
	else if (xdg && xdg[0])
		length = snprintf(path, size, "%s/debuginfod_client", xdg);
	else if (home && home[0])
		length = snprintf(path, size, "%s/.cache/debuginfod_client", home);
	else
		return -ENOENT;
	return (size_t)length < size && path[0] == '/' ? 0 : -EINVAL;
}

/* Only root and the user of sigpath can give PATH to another file. IS_LAST: or write to it. */
static int check_step(const char *path, bool is_last, bool may_make)
{
	struct stat status;

	if (lstat(path, &status)) {
		if (errno != ENOENT || !may_make || mkdir(path, 0700) || lstat(path, &status))
			return -errno;
	}
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return -EPERM;
	if (S_ISLNK(status.st_mode))
		return 0;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	if (status.st_mode & OTHERS_WRITE && (is_last || !(status.st_mode & S_ISVTX)))
		return -EPERM;
	return 0;
}

static unsigned int count_names(const char *path)
{
	unsigned int count = 0;

	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		path += strcspn(path, "/");
		count++;
	}
	return count;
}

/* Each directory is checked before something is made in it. PATH: up to the one that is wrong. */
static int check_path(char *path)
{
	int error = check_step("/", false, false);
	char *end = path;

	for (unsigned int left = count_names(path); !error && left; left--) {
		char after;

		end += strspn(end, "/");
		end += strcspn(end, "/");
		after = *end;
		*end = '\0';
		error = check_step(path, left == 1, left <= MADE_MAX);
		if (!error)
			*end = after;
	}
	return error;
}

/* The directory without symbolic links. FOUND: PATH_MAX bytes; after -errno what is wrong. */
static int find_cache(char *found)
{
	char path[PATH_MAX];
	int error = find_path(path, sizeof(path));

	strcpy(found, error ? "" : path);
	if (error)
		return error;
	error = check_path(path);
	if (!error && !realpath(path, found))
		return -errno;
	if (error)
		strcpy(found, path);
	return error ?: check_path(found);
}

bool stack_has_servers(void)
{
	return debuginfod_is_installed();
}

int stack_prepare_servers(char *why, size_t size)
{
	const char *urls = getenv(DEBUGINFOD_URLS);
	char cache[PATH_MAX];
	int error;

	if (!urls || !urls[0])
		return 0;
	if (!debuginfod_is_installed()) {
		snprintf(why, size, "%s", stack_servers_missing);
		unsetenv(DEBUGINFOD_URLS);
		return -ENOSYS;
	}
	error = find_cache(cache);
	if (!error && setenv(DEBUGINFOD_CACHE, cache, 1))
		error = -ENOMEM;
	if (!error)
		return 0;
	unsetenv(DEBUGINFOD_URLS);
	if (error == -EPERM)
		snprintf(why, size, "another user can write to %s; set " DEBUGINFOD_CACHE, cache);
	else if (!cache[0])
		snprintf(why, size, "there is no directory for the cache; set " DEBUGINFOD_CACHE);
	else
		snprintf(why, size, "%s: %s", cache, strerror(-error));
	return error;
}

/* --- the time --- */

#define MOST_NS (SERVERS_MOST_MS * NSEC_PER_MSEC)
#define SECOND_NS (100 * NSEC_PER_MSEC)
#define PAUSE_NS (60 * NSEC_PER_SEC)

void servers_init(struct servers *servers, bool limited)
{
	*servers = (struct servers){
		.budget = { .most_ns = limited ? MOST_NS : 0, .second_ns = SECOND_NS },
	};
}

unsigned int servers_left_ms(struct servers *servers, uint32_t uid, uint64_t now_ns)
{
	uint64_t left_ns = cpu_budget_left(&servers->budget, uid, now_ns);

	if (now_ns < servers->paused_until_ns)
		return 0;
	return left_ns < MOST_NS ? (unsigned int)(left_ns / NSEC_PER_MSEC) : SERVERS_MOST_MS;
}

void servers_note(struct servers *servers, uint32_t uid, uint64_t now_ns, uint64_t waited_ns,
		  uint64_t longest_ns)
{
	if (waited_ns)
		cpu_budget_spend(&servers->budget, uid, now_ns, waited_ns);
	if (longest_ns >= MOST_NS)
		servers->paused_until_ns = now_ns + PAUSE_NS;
}
