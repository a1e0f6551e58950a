// SPDX-License-Identifier: GPL-2.0-or-later
#include "rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "rotation_private.h"

/* What is added to a name: ".1000.gz.part". */
#define LONGEST_SUFFIX 16
#define RETRY_NS (10 * NSEC_PER_SEC)

void rotation_name(const struct rotation *rotation, unsigned int number, const char *suffix,
		   char ret_name[ROTATION_NAME_SIZE])
{
	snprintf(ret_name, ROTATION_NAME_SIZE, "%s.%u%s", rotation->name, number, suffix);
}

int rotation_new(const struct output_rotation *rules, const char *path, int directory,
		 const char *name, struct rotation **ret_rotation)
{
	struct rotation *rotation;

	if (strlen(name) + LONGEST_SUFFIX > NAME_MAX)
		return -ENAMETOOLONG;
	rotation = calloc(1, sizeof(*rotation));
	if (!rotation)
		return -ENOMEM;
	rotation->path = strdup(path);
	if (!rotation->path) {
		free(rotation);
		return -ENOMEM;
	}
	rotation->rules = *rules;
	rotation->directory = directory;
	strcpy(rotation->name, name);
	pthread_mutex_init(&rotation->lock, NULL);
	clock_condition_init(&rotation->change);
	*ret_rotation = rotation;
	return 0;
}

int rotation_start(struct rotation *rotation, int directory)
{
	int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	rotation->directory = copy;
	rotation->owns_directory = true;
	return rotation->rules.compress ? compressor_start(rotation) : 0;
}

void rotation_release(struct rotation *rotation)
{
	if (rotation->owns_directory)
		close(rotation->directory);
	pthread_cond_destroy(&rotation->change);
	pthread_mutex_destroy(&rotation->lock);
	free(rotation->path);
	free(rotation);
}

void rotation_free(struct rotation *rotation)
{
	if (rotation && compressor_stop(rotation))
		rotation_release(rotation);
}

/* --- when --- */

/* By local time, so that days begin at midnight. */
static int64_t period_of(const struct rotation *rotation, time_t time)
{
	struct tm local;

	if (!rotation->rules.period_ns || !localtime_r(&time, &local))
		return 0;
	return ((int64_t)time + local.tm_gmtoff) /
	       (int64_t)(rotation->rules.period_ns / NSEC_PER_SEC);
}

static int64_t period_now(const struct rotation *rotation)
{
	return period_of(rotation, (time_t)(clock_ns(CLOCK_REALTIME) / NSEC_PER_SEC));
}

void rotation_note_file(struct rotation *rotation, const struct stat *status)
{
	rotation->period = status->st_size ? period_of(rotation, status->st_mtim.tv_sec)
					   : period_now(rotation);
}

bool rotation_is_due(struct rotation *rotation, const struct stat *status, size_t bytes)
{
	const struct output_rotation *rules = &rotation->rules;

	if (!status->st_size)
		rotation->period = period_now(rotation);
	if (!status->st_size || (rotation->retry_ns && clock_now_ns() < rotation->retry_ns))
		return false;
	return (rules->bytes && (uint64_t)status->st_size + bytes > rules->bytes) ||
	       period_now(rotation) != rotation->period;
}

size_t rotation_fits(const struct rotation *rotation, const struct stat *status, size_t start,
		     const size_t *ends, size_t count)
{
	uint64_t size = (uint64_t)status->st_size, limit = rotation->rules.bytes;
	size_t fits = 1;

	if (!limit || size > limit)
		return count;
	while (fits < count && size + (ends[fits] - start) <= limit)
		fits++;
	return fits;
}

/* --- names --- */

static bool exists(const struct rotation *rotation, unsigned int number, const char *suffix)
{
	char name[ROTATION_NAME_SIZE];
	struct stat status;

	rotation_name(rotation, number, suffix, name);
	return !fstatat(rotation->directory, name, &status, AT_SYMLINK_NOFOLLOW);
}

static bool is_taken(const struct rotation *rotation, unsigned int number)
{
	return exists(rotation, number, "") || exists(rotation, number, ROTATION_PACKED);
}

static int remove_one(const struct rotation *rotation, unsigned int number, const char *suffix)
{
	char name[ROTATION_NAME_SIZE];

	rotation_name(rotation, number, suffix, name);
	return unlinkat(rotation->directory, name, 0) && errno != ENOENT ? -errno : 0;
}

static int remove_number(struct rotation *rotation, unsigned int number)
{
	if (rotation->compressing == number)
		rotation->compressing = 0;
	return remove_one(rotation, number, "") ?: remove_one(rotation, number, ROTATION_PACKED);
}

static int move_one(const struct rotation *rotation, unsigned int number, const char *suffix)
{
	char from[ROTATION_NAME_SIZE], to[ROTATION_NAME_SIZE];

	rotation_name(rotation, number, suffix, from);
	rotation_name(rotation, number + 1, suffix, to);
	return renameat(rotation->directory, from, rotation->directory, to) && errno != ENOENT
		       ? -errno
		       : 0;
}

static int move_number(struct rotation *rotation, unsigned int number)
{
	int error = move_one(rotation, number, "");

	if (error)
		return error;
	if (rotation->compressing == number)
		rotation->compressing = number + 1;
	return move_one(rotation, number, ROTATION_PACKED);
}

/*
 * Makes the number 1 free. Only what is in the way moves: if a rotation fails in the middle, the
 * next one pushes no file out that the first has made room for.
 */
static int make_room(struct rotation *rotation)
{
	unsigned int keep = rotation->rules.keep, free_number = 1;
	int error = 0;

	while (free_number <= keep && is_taken(rotation, free_number))
		free_number++;
	/* The last one, and those of a run that was to keep more. */
	for (unsigned int number = keep; !error && free_number > keep; number++) {
		if (!is_taken(rotation, number))
			free_number = keep;
		else
			error = remove_number(rotation, number);
	}
	for (unsigned int number = free_number - 1; !error && number; number--)
		error = move_number(rotation, number);
	return error;
}

int rotation_move(struct rotation *rotation)
{
	char first[ROTATION_NAME_SIZE];
	int error;

	pthread_mutex_lock(&rotation->lock);
	error = make_room(rotation);
	rotation_name(rotation, 1, "", first);
	if (!error && renameat(rotation->directory, rotation->name, rotation->directory, first))
		error = -errno;
	pthread_mutex_unlock(&rotation->lock);
	return error;
}

void rotation_move_back(struct rotation *rotation)
{
	char first[ROTATION_NAME_SIZE];

	pthread_mutex_lock(&rotation->lock);
	rotation_name(rotation, 1, "", first);
	if (renameat(rotation->directory, first, rotation->directory, rotation->name))
		log_warning("%s: its old name cannot be restored: %s", rotation->path,
			    strerror(errno));
	pthread_mutex_unlock(&rotation->lock);
}

void rotation_done(struct rotation *rotation)
{
	rotation->retry_ns = 0;
	pthread_mutex_lock(&rotation->lock);
	rotation->wanted = true;
	pthread_cond_broadcast(&rotation->change);
	pthread_mutex_unlock(&rotation->lock);
}

void rotation_failed(struct rotation *rotation, const char *why)
{
	if (!rotation->retry_ns)
		log_warning("%s cannot be rotated: %s; writing on to it, and trying again every "
			    "%u s",
			    rotation->path, why, (unsigned int)(RETRY_NS / NSEC_PER_SEC));
	rotation->retry_ns = clock_now_ns() + RETRY_NS;
}
