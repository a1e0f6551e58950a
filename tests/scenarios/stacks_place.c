// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts a program and its debug file where users have them. The programs are in ../stack, seen from
 * the directory of the scenario programs.
 */
#include "stacks_place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"

#define DEBUG_DIRECTORY "/usr/lib/debug/.build-id"
#define REPLACEMENT "deep"
#define DEEP_LEVELS 7
#define DEEP_NAME 120

/* The path of PART in the directory of the programs. Skips the scenario if it does not exist. */
static void find_built(const char *part, char *ret_path)
{
	char exe[PATH_MAX / 2] = { 0 }, path[PATH_MAX];

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		scenario_die("/proc/self/exe");
	*strrchr(exe, '/') = '\0';
	snprintf(path, sizeof(path), "%s/../stack/%s", exe, part);
	if (!realpath(path, ret_path))
		scenario_skip("%s was not built here", part);
}

static void copy_file(const char *from, const char *to)
{
	int source = open(from, O_RDONLY | O_CLOEXEC);
	int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t copied = 1;

	if (source < 0 || target < 0)
		scenario_die("%s to %s", from, to);
	while (copied > 0)
		copied = sendfile(target, source, NULL, 1 << 20);
	if (copied < 0)
		scenario_die("%s to %s", from, to);
	close(source);
	close(target);
}

static void make_directory(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		scenario_die("mkdir %s", path);
}

static void make_copy_directory(const char *program, struct placed *placed)
{
	strcpy(placed->directory, "/tmp/sigpath-stacks.XXXXXX");
	if (!mkdtemp(placed->directory))
		scenario_die("%s", placed->directory);
	snprintf(placed->path, sizeof(placed->path), "%s/%s", placed->directory, program);
}

static void add_debug_by_link(const char *program, struct placed *placed)
{
	char part[64], built[PATH_MAX], directory[PATH_MAX];

	snprintf(part, sizeof(part), "parts/%s.debug", program);
	find_built(part, built);
	snprintf(directory, sizeof(directory), "%s/.debug", placed->directory);
	make_directory(directory);
	snprintf(placed->debug, sizeof(placed->debug), "%s/.debug/%s.debug", placed->directory,
		 program);
	copy_file(built, placed->debug);
}

/* The file PROGRAM.place has the path that follows from the build ID: "93/ac1f....debug". */
static void add_debug_by_id(const char *program, struct placed *placed)
{
	char part[64], built[PATH_MAX], directory[PATH_MAX], place[128];
	FILE *file;

	snprintf(part, sizeof(part), "parts/%s.place", program);
	find_built(part, built);
	file = fopen(built, "re");
	if (!file || fscanf(file, "%127s", place) != 1 || place[2] != '/')
		scenario_die("%s", built);
	fclose(file);
	make_directory("/usr/lib");
	make_directory("/usr/lib/debug");
	make_directory(DEBUG_DIRECTORY);
	snprintf(directory, sizeof(directory), DEBUG_DIRECTORY "/%.2s", place);
	make_directory(directory);
	snprintf(part, sizeof(part), "parts/%s.debug", program);
	find_built(part, built);
	snprintf(placed->debug, sizeof(placed->debug), DEBUG_DIRECTORY "/%s", place);
	unlink(placed->debug);
	copy_file(built, placed->debug);
}

/* Directories with long names below that of the copy. */
static void make_deep_directory(const char *program, struct placed *placed)
{
	size_t used = strlen(placed->directory);
	char path[PATH_MAX / 2];

	strcpy(path, placed->directory);
	for (size_t level = 0; level < DEEP_LEVELS; level++) {
		path[used++] = '/';
		memset(path + used, (char)('a' + level), DEEP_NAME);
		used += DEEP_NAME;
		path[used] = '\0';
		make_directory(path);
	}
	snprintf(placed->path, sizeof(placed->path), "%s/%s", path, program);
}

static bool is_by_link(const char *program)
{
	size_t length = strlen(program), end = strlen("-by-link");

	return length > end && !strcmp(program + length - end, "-by-link");
}

void place_program(enum place place, const char *program, struct placed *ret_placed)
{
	struct placed *placed = ret_placed;
	char built[PATH_MAX];

	memset(placed, 0, sizeof(*placed));
	placed->place = place;
	find_built(program, built);
	if (place == PLACE_BUILD || place == PLACE_DEBUG_BY_ID || place == PLACE_MEMFD)
		strcpy(placed->path, built);
	else
		make_copy_directory(program, placed);
	if (place == PLACE_DEEP)
		make_deep_directory(program, placed);
	if (place == PLACE_DEBUG_BY_ID)
		add_debug_by_id(program, placed);
	if (placed->directory[0] && place != PLACE_NAMESPACE && place != PLACE_NAMESPACE_CHROOT)
		copy_file(built, placed->path);
	if (placed->directory[0] && is_by_link(program))
		add_debug_by_link(program, placed);
	if (place == PLACE_CHROOT) {
		char tmp[PATH_MAX];

		snprintf(tmp, sizeof(tmp), "%s/tmp", placed->directory);
		make_directory(tmp);
		snprintf(placed->path, sizeof(placed->path), "/%s", program);
	}
}

int place_in_memory(const char *program)
{
	int fd = memfd_create(program, MFD_CLOEXEC);
	char built[PATH_MAX];
	struct stat stat;
	int source;

	find_built(program, built);
	source = open(built, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || source < 0 || fstat(source, &stat) < 0 ||
	    sendfile(fd, source, NULL, (size_t)stat.st_size) != stat.st_size)
		scenario_die("%s in memory", program);
	return fd;
}

void place_change_root(const char *directory)
{
	if (chroot(directory) < 0 || chdir("/") < 0)
		scenario_die("chroot %s", directory);
}

void place_expected_path(const struct placed *placed, const char *program, char *ret_path,
			 size_t size)
{
	if (placed->place == PLACE_MEMFD)
		snprintf(ret_path, size, "/memfd:%s", program);
	else if (placed->place == PLACE_CHROOT)
		snprintf(ret_path, size, "%s%s", placed->directory, placed->path);
	else
		snprintf(ret_path, size, "%s", placed->path);
}

void place_enter_namespace(const struct placed *placed, const char *program)
{
	char built[PATH_MAX];

	find_built(program, built);
	if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
		scenario_die("no new namespaces");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", placed->directory, "tmpfs", 0, NULL) < 0)
		scenario_die("mount %s", placed->directory);
	copy_file(built, placed->path);
}

void place_change(const struct placed *placed)
{
	char built[PATH_MAX], other[PATH_MAX];

	if (placed->place == PLACE_DELETED && unlink(placed->path) < 0)
		scenario_die("unlink %s", placed->path);
	if (placed->place != PLACE_REPLACED)
		return;
	find_built(REPLACEMENT, built);
	snprintf(other, sizeof(other), "%s/new", placed->directory);
	copy_file(built, other);
	if (rename(other, placed->path) < 0)
		scenario_die("rename %s", other);
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *where)
{
	(void)stat;
	(void)type;
	(void)where;
	return remove(path);
}

void place_clear(const struct placed *placed)
{
	char directory[PATH_MAX];

	if (placed->place == PLACE_DEBUG_BY_ID) {
		unlink(placed->debug);
		snprintf(directory, sizeof(directory), "%.*s",
			 (int)(strrchr(placed->debug, '/') - placed->debug), placed->debug);
		rmdir(directory);
	}
	if (placed->directory[0])
		nftw(placed->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
