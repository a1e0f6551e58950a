// SPDX-License-Identifier: GPL-2.0-or-later
/* Follows the path step by step, because the kernel does not tell whose the directories on it are. */
#include "config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cleanup.h"

#define LINKS_MAX 40 /* as in the kernel (MAXSYMLINKS) */

struct walk {
	int directory; /* O_PATH; -1: the current one */
	char name[NAME_MAX + 1];
	unsigned int links;
	uid_t caller;
	struct strbuf *why; /* of -EPERM and -EINVAL */
};

static int follow(struct walk *walk);

static bool is_trusted(const struct walk *walk, uid_t uid)
{
	return uid == 0 || uid == walk->caller;
}

static bool others_write(const struct stat *status)
{
	return status->st_mode & S_IWOTH || (status->st_mode & S_IWGRP && status->st_gid != 0);
}

static bool is_read_only(int fd)
{
	struct statvfs system;

	return !fstatvfs(fd, &system) && system.f_flag & ST_RDONLY;
}

/* Who can give another file a name in the directory FD? In a sticky one only the owners can. */
static int check_directory(const struct walk *walk, int fd, const char *name)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	if (is_read_only(fd) || (is_trusted(walk, status.st_uid) &&
				 (!others_write(&status) || status.st_mode & S_ISVTX)))
		return 0;
	strbuf_add_text(walk->why, "other users can replace it: the directory '");
	strbuf_add_escaped(walk->why, name, strlen(name));
	strbuf_printf(walk->why, "' on its path belongs to uid %u and has mode %04o", status.st_uid,
		      status.st_mode & 07777u);
	return -EPERM;
}

static int enter(struct walk *walk, int at, const char *name)
{
	int fd = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = check_directory(walk, fd, name);
	if (error) {
		close(fd);
		return error;
	}
	cleanup_close(&walk->directory);
	walk->directory = fd;
	return 0;
}

/* Enters the directory that WALK names. */
static int step(struct walk *walk)
{
	int error = enter(walk, walk->directory, walk->name);

	if (error != -ELOOP && error != -ENOTDIR)
		return error;
	error = follow(walk);
	if (error)
		return error;
	return walk->name[0] ? step(walk) : 0;
}

/* Follows PATH up to its last name, which WALK gets: empty if PATH ends with a slash. */
static int follow_path(struct walk *walk, const char *path)
{
	int error = path[0] == '/' ? enter(walk, AT_FDCWD, "/") : 0;

	while (!error) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(walk->name, path, length);
		walk->name[length] = '\0';
		path += length;
		if (!path[0])
			break;
		error = step(walk);
	}
	return error;
}

/* -ENOTDIR: what WALK names is no symbolic link. Else it afterwards names what that points to. */
static int follow(struct walk *walk)
{
	char target[PATH_MAX];
	struct stat status;
	ssize_t length;

	if (fstatat(walk->directory, walk->name, &status, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!S_ISLNK(status.st_mode))
		return -ENOTDIR;
	if (!is_trusted(walk, status.st_uid)) {
		strbuf_printf(walk->why, "a symbolic link on its path belongs to uid %u",
			      status.st_uid);
		return -EPERM;
	}
	if (walk->links++ == LINKS_MAX)
		return -ELOOP;
	length = readlinkat(walk->directory, walk->name, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	return follow_path(walk, target);
}

static int check_file(const struct walk *walk, const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		strbuf_add_text(walk->why, "it is not a regular file");
	else if (!is_trusted(walk, status->st_uid))
		strbuf_printf(walk->why,
			      "it belongs to uid %u; it must belong to root or to who runs sigpath",
			      status->st_uid);
	else if (others_write(status) && !is_read_only(walk->directory))
		strbuf_printf(walk->why, "other users can write to it (mode %04o)",
			      status->st_mode & 07777u);
	else if (status->st_size > CONFIG_BYTES_MAX)
		strbuf_printf(walk->why, "it is larger than %d KiB", CONFIG_BYTES_MAX / 1024);
	else
		return 0;
	return -EINVAL;
}

/* Opens what WALK names, which nothing is done to before it is known to be a regular file. */
static int open_file(const struct walk *walk, int *ret_fd)
{
	cleanup(cleanup_close) int fd = -1;
	struct stat status;
	int error;

	if (fstatat(walk->directory, walk->name, &status, AT_SYMLINK_NOFOLLOW))
		return -errno;
	error = check_file(walk, &status);
	if (error)
		return error;
	fd = openat(walk->directory, walk->name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status))
		return -errno;
	error = check_file(walk, &status);
	if (!error)
		*ret_fd = take_fd(&fd);
	return error;
}

/* A file that grows meanwhile, or that the kernel makes, can have more than it said. */
static int read_file(const struct walk *walk, int fd, char **ret_bytes, size_t *ret_size)
{
	cleanup(cleanup_free) char *bytes = malloc(CONFIG_BYTES_MAX + 1);
	char *shorter;
	size_t size = 0;
	ssize_t got;

	if (!bytes)
		return -ENOMEM;
	while (size <= CONFIG_BYTES_MAX &&
	       (got = read(fd, bytes + size, CONFIG_BYTES_MAX + 1 - size)) != 0) {
		if (got < 0)
			return -errno;
		size += (size_t)got;
	}
	if (size > CONFIG_BYTES_MAX) {
		strbuf_printf(walk->why, "it is larger than %d KiB", CONFIG_BYTES_MAX / 1024);
		return -EINVAL;
	}
	bytes[size] = '\0';
	/* It is kept as long as the run. */
	shorter = realloc(bytes, size + 1);
	if (shorter)
		bytes = shorter;
	*ret_bytes = take_ptr(bytes);
	*ret_size = size;
	return 0;
}

/* 0; -EPERM or -EINVAL with WHY; -errno. */
static int find(struct config_file *file, struct strbuf *why)
{
	struct walk walk = { .directory = -1, .caller = file->caller, .why = why };
	int error = file->path[0] ? 0 : -ENOENT;

	if (!error && file->path[0] != '/')
		error = enter(&walk, AT_FDCWD, ".");
	if (!error)
		error = follow_path(&walk, file->path);
	if (!error && !walk.name[0])
		error = -EISDIR;
	if (error) {
		cleanup_close(&walk.directory);
		return error;
	}
	file->directory = walk.directory;
	memcpy(file->name, walk.name, sizeof(file->name));
	return 0;
}

int config_file_read(const struct config_file *file, char **ret_bytes, size_t *ret_size,
		     struct strbuf *why)
{
	struct walk walk = { .caller = file->caller, .why = why };
	cleanup(cleanup_close) int fd = -1;
	int error = 0;

	memcpy(walk.name, file->name, sizeof(walk.name));
	walk.directory = fcntl(file->directory, F_DUPFD_CLOEXEC, 0);
	if (walk.directory < 0)
		return -errno;
	while (!error)
		error = follow(&walk);
	if (error == -ENOTDIR)
		error = walk.name[0] ? open_file(&walk, &fd) : -EISDIR;
	if (!error)
		error = read_file(&walk, fd, ret_bytes, ret_size);
	cleanup_close(&walk.directory);
	return error;
}

/* BYTES belongs to CONFIG from now on. */
static int parse(struct config *config, char *bytes, size_t size, struct config_errors *errors,
		 struct config **ret_config)
{
	int error = config_text_read(bytes, size, &config->values, errors, &config->text);

	if (error)
		config_free(config);
	else
		*ret_config = config;
	return error;
}

static struct config *config_new(const char *path, const struct config_values *values)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config)
		*config = (struct config){
			.file = { .path = path, .directory = -1, .caller = geteuid() },
			.values = *values,
		};
	return config;
}

int config_load(const char *path, const struct config_values *values, struct config_errors *errors,
		struct config **ret_config)
{
	struct config *config = config_new(path, values);
	cleanup(strbuf_free) struct strbuf why = { 0 };
	char *bytes = NULL;
	size_t size = 0;
	int error = config ? find(&config->file, &why) : -ENOMEM;

	if (!error)
		error = config_file_read(&config->file, &bytes, &size, &why);
	if (!error)
		return parse(config, bytes, size, errors, ret_config);
	if (error != -ENOMEM)
		error = config_refuse(errors, 0, "%s", why.length ? why.text : strerror(-error));
	config_free(config);
	return error;
}

int config_load_bytes(const char *path, char *bytes, size_t size,
		      const struct config_values *values, struct config_errors *errors,
		      struct config **ret_config)
{
	struct config *config = config_new(path, values);

	if (config)
		return parse(config, bytes, size, errors, ret_config);
	free(bytes);
	return -ENOMEM;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	if (config->file.directory >= 0)
		close(config->file.directory);
	config_text_free(&config->text);
	free(config);
}
