// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file is "NUMBER.otlp": a header with a checksum, then the JSON of the request. It is written
 * under another name and then renamed, so a run that is killed leaves no part of one under this
 * name.
 */
#include "otlp_spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "cleanup.h"
#include "log.h"

#define MAGIC "SPOTLP1"
#define NAME_SIZE 32
#define DIGITS 20
#define SUFFIX ".otlp"
#define UNFINISHED "unfinished"
#define LOCK "lock"
#define BODY_MOST (UINT32_C(32) << 20)
#define FILES_MOST 65536
#define LOCK_TRIES 20
#define LOCK_PAUSE_MS 50

struct header {
	char magic[8];
	uint32_t items, size, checksum; /* of the body: crc32 */
	uint32_t zero;
};

struct entry {
	uint64_t number;
	uint32_t size, items; /* of the body */
};

struct otlp_spool {
	int directory_fd, lock_fd;
	char *name;
	uint64_t most_bytes, bytes;
	uint64_t first_own; /* the lowest number of this run */
	uint64_t next;
	size_t count;
	struct entry *entries; /* by number; FILES_MOST */
	struct otlp_spool_counts counts;
};

static void file_name(uint64_t number, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%0*" PRIu64 SUFFIX, DIGITS, number);
}

/* 0: not the name of a request. */
static uint64_t number_of(const char *name)
{
	uint64_t number = 0;

	if (strlen(name) != DIGITS + strlen(SUFFIX) || strcmp(name + DIGITS, SUFFIX))
		return 0;
	for (size_t i = 0; i < DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9' || number > (UINT64_MAX - 9) / 10)
			return 0;
		number = number * 10 + (uint64_t)(name[i] - '0');
	}
	/* The numbers after it must exist, too. */
	return number <= UINT64_MAX / 2 ? number : 0;
}

static uint64_t disk_bytes(uint32_t size)
{
	return sizeof(struct header) + size;
}

static uint32_t checksum(const char *body, size_t size)
{
	return (uint32_t)crc32(0, (const unsigned char *)body, (uInt)size);
}

static void complain(struct otlp_spool *spool, uint64_t number, const char *what)
{
	char name[NAME_SIZE];

	file_name(number, name);
	log_warning("the spool %s: %s is refused: %s", spool->name, name, what);
	spool->counts.damaged++;
}

static bool is_trusted(const struct stat *status)
{
	return (status->st_uid == 0 || status->st_uid == geteuid()) &&
	       !(status->st_mode & (S_IWGRP | S_IWOTH));
}

/* A descriptor, and its HEADER; NULL in WHAT, or why the file is refused. */
static int open_file(const struct otlp_spool *spool, uint64_t number, struct header *header,
		     const char **what)
{
	char name[NAME_SIZE];
	struct stat status;
	int fd;

	file_name(number, name);
	fd = openat(spool->directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	*what = NULL;
	if (fd < 0 || fstat(fd, &status))
		*what = errno == ELOOP ? "it is a symbolic link" : "it cannot be opened";
	else if (!S_ISREG(status.st_mode))
		*what = "it is not a regular file";
	else if (!is_trusted(&status) || status.st_nlink != 1)
		*what = "others could have written it";
	else if (pread(fd, header, sizeof(*header), 0) != sizeof(*header) ||
		 memcmp(header->magic, MAGIC, sizeof(header->magic)) || header->zero)
		*what = "it does not begin as a request does";
	else if (header->size > BODY_MOST || !header->items || header->items > header->size ||
		 (uint64_t)status.st_size != disk_bytes(header->size))
		*what = "it is not whole";
	return fd;
}

static void forget(struct otlp_spool *spool, size_t index)
{
	struct entry *entry = &spool->entries[index];

	spool->bytes -= disk_bytes(entry->size);
	spool->counts.waiting -= entry->items;
	memmove(entry, entry + 1, (--spool->count - index) * sizeof(*entry));
}

static void remove_file(struct otlp_spool *spool, size_t index)
{
	char name[NAME_SIZE];

	file_name(spool->entries[index].number, name);
	unlinkat(spool->directory_fd, name, 0);
	forget(spool, index);
}

static void drop(struct otlp_spool *spool, size_t index)
{
	const struct entry *entry = &spool->entries[index];

	if (otlp_spool_is_own(spool, entry->number))
		spool->counts.dropped += entry->items;
	else
		spool->counts.dropped_before += entry->items;
	remove_file(spool, index);
}

/* --- the start --- */

static void add_entry(struct otlp_spool *spool, uint64_t number, const struct header *header)
{
	spool->entries[spool->count++] = (struct entry){
		.number = number,
		.size = header->size,
		.items = header->items,
	};
	spool->bytes += disk_bytes(header->size);
	spool->counts.waiting += header->items;
}

static void take_file(struct otlp_spool *spool, uint64_t number)
{
	struct header header;
	const char *what;
	int fd = open_file(spool, number, &header, &what);

	if (fd >= 0)
		close(fd);
	if (number >= spool->next)
		spool->next = number + 1;
	if (what)
		complain(spool, number, what);
	else if (spool->count < FILES_MOST)
		add_entry(spool, number, &header);
}

static int by_number(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

static int read_directory(struct otlp_spool *spool)
{
	int fd = openat(spool->directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		int error = -errno;

		if (fd >= 0)
			close(fd);
		return error;
	}
	while ((entry = readdir(directory)))
		if (number_of(entry->d_name))
			take_file(spool, number_of(entry->d_name));
	closedir(directory);
	unlinkat(spool->directory_fd, UNFINISHED, 0);
	qsort(spool->entries, spool->count, sizeof(*spool->entries), by_number);
	while (spool->count && spool->bytes > spool->most_bytes)
		drop(spool, 0);
	return 0;
}

static int check_directory(const struct otlp_spool *spool, struct strbuf *why)
{
	struct stat status;

	if (fstat(spool->directory_fd, &status))
		return -errno;
	if (is_trusted(&status))
		return 0;
	strbuf_add_text(why,
			"it must belong to root or to the user of sigpath, and nobody else may "
			"write to it");
	return -EPERM;
}

/* Two runs would send the same requests, and drop those of each other. */
static int take_lock(struct otlp_spool *spool, struct strbuf *why)
{
	int error;

	spool->lock_fd = openat(spool->directory_fd, LOCK,
				O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (spool->lock_fd < 0)
		return -errno;
	/* The process of a run that was killed may still hold it. */
	for (unsigned int tries = 0; flock(spool->lock_fd, LOCK_EX | LOCK_NB); tries++) {
		if (errno == EWOULDBLOCK && tries < LOCK_TRIES) {
			poll(NULL, 0, LOCK_PAUSE_MS);
			continue;
		}
		error = -errno;
		if (error == -EWOULDBLOCK)
			strbuf_add_text(why, "another sigpath uses it");
		return error;
	}
	return 0;
}

int otlp_spool_open(int directory_fd, const char *name, uint64_t most_bytes, struct strbuf *why,
		    struct otlp_spool **ret_spool)
{
	struct otlp_spool *spool = calloc(1, sizeof(*spool));
	int error;

	if (!spool) {
		close(directory_fd);
		return -ENOMEM;
	}
	*spool = (struct otlp_spool){ .directory_fd = directory_fd,
				      .lock_fd = -1,
				      .name = strdup(name),
				      .most_bytes = most_bytes,
				      .first_own = UINT64_MAX,
				      .next = 1 };
	spool->entries = calloc(FILES_MOST, sizeof(*spool->entries));
	error = spool->name && spool->entries ? check_directory(spool, why) : -ENOMEM;
	error = error ?: take_lock(spool, why);
	error = error ?: read_directory(spool);
	spool->first_own = spool->next;
	if (error)
		otlp_spool_free(spool);
	else
		*ret_spool = spool;
	return error;
}

void otlp_spool_free(struct otlp_spool *spool)
{
	if (!spool)
		return;
	close(spool->directory_fd);
	if (spool->lock_fd >= 0)
		close(spool->lock_fd);
	free(spool->name);
	free(spool->entries);
	free(spool);
}

/* --- the requests --- */

static int write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t written = write(fd, at, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written ? -errno : -EIO;
		at += written;
		size -= (size_t)written;
	}
	return 0;
}

static int write_file(struct otlp_spool *spool, const struct header *header, const char *body,
		      uint64_t number)
{
	cleanup(cleanup_close) int fd = -1;
	char name[NAME_SIZE];
	int error;

	unlinkat(spool->directory_fd, UNFINISHED, 0);
	fd = openat(spool->directory_fd, UNFINISHED,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	error = write_all(fd, header, sizeof(*header)) ?: write_all(fd, body, header->size);
	if (!error && fdatasync(fd))
		error = -errno;
	file_name(number, name);
	if (!error && renameat(spool->directory_fd, UNFINISHED, spool->directory_fd, name))
		error = -errno;
	if (error)
		unlinkat(spool->directory_fd, UNFINISHED, 0);
	return error;
}

/* False: no space can be made. */
static bool make_space(struct otlp_spool *spool, uint64_t needed, uint64_t kept)
{
	while (spool->bytes + needed > spool->most_bytes || spool->count == FILES_MOST) {
		size_t oldest = spool->count && spool->entries[0].number == kept;

		if (oldest >= spool->count)
			return false;
		drop(spool, oldest);
	}
	return true;
}

int otlp_spool_put(struct otlp_spool *spool, const char *body, size_t size, uint32_t items,
		   uint64_t kept, uint64_t *ret_number)
{
	struct header header = { .magic = MAGIC, .items = items, .size = (uint32_t)size };
	int error;

	if (size > BODY_MOST || !make_space(spool, disk_bytes((uint32_t)size), kept))
		return -EFBIG;
	header.checksum = checksum(body, size);
	error = write_file(spool, &header, body, spool->next);
	if (error)
		return error;
	add_entry(spool, spool->next, &header);
	*ret_number = spool->next++;
	return 0;
}

/* The body after HEADER; NULL in BODY: WHAT says why, or there is no memory. */
static char *read_body(int fd, const struct header *header, const char **what)
{
	char *body = malloc((size_t)header->size + 1);

	if (!body)
		return NULL;
	if (pread(fd, body, header->size, sizeof(*header)) != (ssize_t)header->size ||
	    checksum(body, header->size) != header->checksum) {
		*what = "its checksum is wrong";
		free(body);
		return NULL;
	}
	body[header->size] = '\0';
	return body;
}

int otlp_spool_oldest(struct otlp_spool *spool, struct otlp_spooled *ret_request)
{
	while (spool->count) {
		const struct entry *entry = &spool->entries[0];
		struct header header;
		const char *what;
		int fd = open_file(spool, entry->number, &header, &what);
		char *body = what ? NULL : read_body(fd, &header, &what);

		if (fd >= 0)
			close(fd);
		if (body) {
			*ret_request = (struct otlp_spooled){ entry->number, body, header.size,
							      header.items };
			return 0;
		}
		if (!what)
			return -ENOMEM;
		complain(spool, entry->number, what);
		forget(spool, 0);
	}
	return -ENOENT;
}

void otlp_spool_remove(struct otlp_spool *spool, uint64_t number)
{
	for (size_t i = 0; i < spool->count; i++) {
		if (spool->entries[i].number != number)
			continue;
		remove_file(spool, i);
		return;
	}
}

bool otlp_spool_is_own(const struct otlp_spool *spool, uint64_t number)
{
	return number >= spool->first_own;
}

struct otlp_spool_counts otlp_spool_count(const struct otlp_spool *spool)
{
	return spool->counts;
}
