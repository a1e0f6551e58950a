// SPDX-License-Identifier: GPL-2.0-or-later
#include "finder.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "debuginfod.h"
#include "elf_file.h"
#include "path.h"
#include "regular_file.h"

int finder_open(struct finder *finder, const struct stack_options *options)
{
	*finder = (struct finder){
		.debug_dir = options->debug_dir,
		.time_limit_ms = options->time_limit_ms,
	};
	return locator_init(&finder->locator, options->proc_root, options->live,
			    options->remote_files);
}

void finder_close(struct finder *finder)
{
	finder_end(finder);
	locator_close(&finder->locator);
	free(finder->maps);
	finder->maps = NULL;
}

void finder_begin(struct finder *finder, const struct finder_question *question)
{
	finder_end(finder);
	finder->question = *question;
	finder->deadline = deadline_in_ms(question->target->time_limit_ms ?: finder->time_limit_ms);
	finder->last_module = FINDER_PROGRAM;
	finder->last = (struct stat){};
	finder->soft = finder->refused = false;
	finder->servers_ns = finder->servers_longest_ns = 0;
}

void finder_end(struct finder *finder)
{
	if (finder->located)
		location_close(&finder->location);
	finder->located = false;
}

static struct location *location_of(struct finder *finder)
{
	if (!finder->located)
		location_open(&finder->locator, finder->question.target, &finder->deadline,
			      &finder->location);
	finder->located = true;
	return &finder->location;
}

int finder_maps(struct finder *finder, const struct maps **ret_maps)
{
	const struct location *location = location_of(finder);
	int error;

	if (location->process_dir < 0)
		return -ESRCH;
	if (!finder->maps)
		finder->maps = malloc(sizeof(*finder->maps));
	if (!finder->maps)
		return -ENOMEM;
	error = maps_read(location->process_dir, finder->maps);
	if (error)
		return error;
	finder->question.modules = finder->maps->modules;
	finder->question.module_count = finder->maps->count;
	*ret_maps = finder->maps;
	return 0;
}

static const struct snapshot_module *find_module(const struct finder *finder, uint32_t number)
{
	if (number == FINDER_PROGRAM)
		return &finder->question.target->program;
	return number < finder->question.module_count ? &finder->question.modules[number] : NULL;
}

static bool is_foreign(const struct finder *finder)
{
	const struct target *target = finder->question.target;

	return target->mnt_ns && target->mnt_ns != finder->locator.own_mnt_ns;
}

/* The host has this file at the same path: as services with a mount namespace of their own. */
static bool is_of_the_host(const struct finder *finder, const char *path, const struct stat *stat)
{
	cleanup(cleanup_close) int handle = -1;
	struct stat own;

	return path[0] == '/' && !regular_file_find(&finder->locator.own, path, &handle, &own) &&
	       own.st_ino == stat->st_ino && own.st_dev == stat->st_dev;
}

/* A file system whose server somebody else may be can claim any owner. */
static bool is_local(const struct finder *finder, int handle)
{
	struct statfs fs;

	if (!finder->locator.own.remote_files)
		return true;
	return !fstatfs(handle, &fs) &&
	       file_system_of_magic((uint64_t)fs.f_type) != FILE_SYSTEM_REMOTE;
}

/*
 * Opens the file of HANDLE, which is closed. PATH: where the process has it; NULL: it is in our own
 * root directory. Only root of this host can write a steady file: root of a container can write the
 * container's own files.
 */
static int open_found(struct finder *finder, int handle, const struct stat *stat, const char *path,
		      struct found_file *ret_file)
{
	cleanup(cleanup_close) int given = handle;
	bool steady = file_id_of(stat).is_steady && is_local(finder, handle) &&
		      (!path || !is_foreign(finder) || is_of_the_host(finder, path, stat));
	int error;

	finder->soft |= !steady;
	if (!steady && finder->question.steady_only) {
		finder->refused = true;
		return -EXDEV;
	}
	error = regular_file_open(given, &ret_file->fd);
	ret_file->stat = *stat;
	return error;
}

int finder_module(struct finder *finder, uint32_t number, struct found_file *ret_file)
{
	const struct snapshot_module *module = find_module(finder, number);
	const struct bad_files *bad = finder->question.bad;
	struct file_id id;
	struct stat stat;
	int handle, error;

	if (!module)
		return -EINVAL;
	id = file_id_of_mapping(module->dev, module->inode);
	if (bad && bad_files_hang(bad, module->dev))
		return -EDEADLK;
	if (bad && bad_files_find(bad, &id))
		return -ECANCELED;
	error = location_find_file(&finder->locator, location_of(finder), finder->question.target,
				   module, &handle, &stat);
	if (error)
		return error;
	finder->last_module = number;
	finder->last = stat;
	return open_found(finder, handle, &stat, module->path, ret_file);
}

/* Everybody may read it, or the process's user owns it: nobody learns by it what is secret. */
static bool is_readable_by_target(const struct finder *finder, const struct stat *stat)
{
	return stat->st_mode & S_IROTH || stat->st_uid == finder->question.target->uid;
}

/* ELF that is no core file: the caller must not get memory of others. */
static bool may_be_debug_file(int fd)
{
	unsigned char bytes[EI_NIDENT + 2];

	return pread(fd, bytes, sizeof(bytes), 0) == sizeof(bytes) &&
	       !memcmp(bytes, ELFMAG, SELFMAG) && bytes[EI_DATA] == ELFDATA2LSB &&
	       (bytes[EI_NIDENT] | bytes[EI_NIDENT + 1] << 8) != ET_CORE;
}

/* ROOT: of PATH. PROGRAM: whose debug file it must be; NULL: it is in the host's debug directory. */
static int open_debug(struct finder *finder, const struct file_root *root, const char *path,
		      const struct stat *program, struct found_file *ret_file)
{
	struct found_file file = { .fd = -1 };
	struct stat stat;
	int handle, error;

	error = regular_file_find(root, path, &handle, &stat);
	if (error)
		return error;
	/* Beside a program, in /tmp for example, may be a file of anybody. */
	if (!is_readable_by_target(finder, &stat) ||
	    (program && stat.st_uid != 0 && stat.st_uid != program->st_uid &&
	     stat.st_uid != finder->question.target->uid)) {
		close(handle);
		return -EACCES;
	}
	error = open_found(finder, handle, &stat, program ? path : NULL, &file);
	if (error)
		return error;
	if (!may_be_debug_file(file.fd)) {
		close(file.fd);
		return -ENOEXEC;
	}
	*ret_file = file;
	return 0;
}

/* /usr/lib/debug/.build-id/93/ac1f....debug */
int finder_debug_by_id(struct finder *finder, const unsigned char *id, size_t length,
		       struct found_file *ret_file)
{
	const size_t room = 2 * ELF_FILE_BUILD_ID_MAX + sizeof("/.build-id//.debug");
	char path[PATH_MAX];
	int at;

	if (length < 2 || length > ELF_FILE_BUILD_ID_MAX ||
	    strlen(finder->debug_dir) + room > sizeof(path))
		return -ENOENT;
	at = sprintf(path, "%s/.build-id/%02x/", finder->debug_dir, id[0]);
	for (size_t i = 1; i < length; i++)
		at += sprintf(path + at, "%02x", id[i]);
	strcpy(path + at, ".debug");
	return open_debug(finder, &finder->locator.own, path, NULL, ret_file);
}

/* A name with a slash is refused: no tool writes one. */
int finder_debug_by_link(struct finder *finder, uint32_t number, unsigned int place,
			 const char *name, struct found_file *ret_file)
{
	const struct snapshot_module *module = find_module(finder, number);
	const struct location *location = location_of(finder);
	const char *file, *slash;
	char path[PATH_MAX];
	int dir, length;

	if (!module || number != finder->last_module || !finder->last.st_ino || !name[0] ||
	    strlen(name) > NAME_MAX || strchr(name, '/') || !strcmp(name, ".."))
		return -ENOENT;
	file = module->path[0] == '/' ? location_path(location, module->path) : NULL;
	slash = file ? strrchr(file, '/') : NULL;
	if (!slash)
		return -ENOENT;
	dir = (int)(slash - file);
	if (place < 2)
		length = snprintf(path, sizeof(path), "%.*s%s/%s", dir, file,
				  place ? "/.debug" : "", name);
	else
		length = snprintf(path, sizeof(path), "%s%.*s/%s", finder->debug_dir, dir, file,
				  name);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENOENT;
	if (place < 2)
		return open_debug(finder, location_root(&finder->locator, location), path,
				  &finder->last, ret_file);
	return open_debug(finder, &finder->locator.own, path, NULL, ret_file);
}

/* On Debian it is in /usr/lib/debug/.dwz. */
int finder_debug_by_path(struct finder *finder, const char *path, struct found_file *ret_file)
{
	size_t length = strlen(finder->debug_dir);

	if (strncmp(path, finder->debug_dir, length) != 0 || path[length] != '/' ||
	    strstr(path, "/../"))
		return -ENOENT;
	return open_debug(finder, &finder->locator.own, path, NULL, ret_file);
}

/* One that is late is not asked for the next file of the question. */
static int ask_servers(struct finder *finder, const unsigned char *id, size_t length, int *ret_fd)
{
	uint64_t limit_ns = finder->question.target->servers_ms * NSEC_PER_MSEC;
	uint64_t begin_ns = clock_now_ns(), end_ns, waited_ns;
	int error;

	if (finder->servers_ns >= limit_ns)
		return -ENOENT;
	end_ns = begin_ns + limit_ns - finder->servers_ns;
	if (end_ns > finder->deadline.end_ns)
		end_ns = finder->deadline.end_ns;
	error = debuginfod_fetch(id, length, end_ns, ret_fd);
	waited_ns = clock_now_ns() - begin_ns;
	finder->servers_ns = error == -ETIME ? limit_ns : finder->servers_ns + waited_ns;
	if (waited_ns > finder->servers_longest_ns)
		finder->servers_longest_ns = waited_ns;
	return error;
}

int finder_debug_from_servers(struct finder *finder, const unsigned char *id, size_t length,
			      struct found_file *ret_file)
{
	struct found_file file = { .fd = -1 };

	if (!length || length > ELF_FILE_BUILD_ID_MAX || ask_servers(finder, id, length, &file.fd))
		return -ENOENT;
	if (fstat(file.fd, &file.stat) || !S_ISREG(file.stat.st_mode) ||
	    file.stat.st_size > REGULAR_FILE_BYTES_MAX || !may_be_debug_file(file.fd)) {
		close(file.fd);
		return -ENOENT;
	}
	*ret_file = file;
	return 0;
}

/* The file has this name, and no symbolic link of somebody leads to it. */
static bool has_name(int handle, const char *name)
{
	char proc_path[64], target[PATH_MAX];
	ssize_t length;

	snprintf(proc_path, sizeof(proc_path), "/proc/self/fd/%d", handle);
	length = readlink(proc_path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return !strcmp(path_leaf(target), name);
}

/* Root's own file is one that everybody may read: the caller must not get one by a trick. */
static bool may_be_perf_map(const struct finder *finder, int handle, const struct stat *stat,
			    const char *name)
{
	const struct target *target = finder->question.target;

	if (stat->st_mtim.tv_sec < target->start.tv_sec)
		return false;
	return stat->st_uid == target->uid ||
	       (stat->st_uid == 0 && stat->st_mode & S_IROTH && has_name(handle, name));
}

/*
 * A JIT compiler uses its PID in its own PID namespace, and /tmp of its own root. Anybody can
 * create a file there, so only a file of the process's user or of root is used.
 */
int finder_perf_map(struct finder *finder, struct found_file *ret_file)
{
	struct stat stat;
	char path[64];
	int handle;

	if (!finder->locator.live)
		return -ENOENT;
	snprintf(path, sizeof(path), "/tmp/perf-%" PRIu32 ".map", finder->question.target->ns_pid);
	if (location_find_own(&finder->locator, location_of(finder), path, &handle, &stat))
		return -ENOENT;
	if (!may_be_perf_map(finder, handle, &stat, path_leaf(path))) {
		close(handle);
		return -EACCES;
	}
	return open_found(finder, handle, &stat, path, ret_file);
}
