// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "output_place.h"

/* How long a change may wait. The collector reads the file at each scrape: mostly every 15 s. */
#define CHANGE_MS 5000
/* The file is new at least this often, so that its age tells that the run is alive. */
#define SAME_TURNS 12
/* How long metrics_file_free() waits for a thread that was not asked to finish. */
#define FREE_MS 100

/* The collector runs as another user, and the numbers are no secret. */
#define FILE_MODE 0644

struct metrics_file {
	char *path; /* for messages */
	struct output_place place;
	char temporary[NAME_MAX + sizeof("..new")];
	struct metrics *metrics;
	pthread_t thread;
	bool has_thread;
	/* for the thread */
	struct strbuf text, written;
	unsigned int turns; /* since it was written */
	bool failure_was_said;
	/* for both */
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool stop, has_ended, is_written;
	bool is_rendering; /* the thread uses the metrics */
	bool left_behind;  /* the thread hangs, and must not use them any more */
};

/*
 * Whose file it is does not matter: a rename replaces the name, and writes to nothing that has it.
 * But nobody wants a device or a link to be replaced.
 */
static int check_name(const struct output_place *place, struct strbuf *why)
{
	struct stat status;

	if (fstatat(place->directory, place->name, &status, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (S_ISREG(status.st_mode))
		return 0;
	strbuf_add_text(why, "it is not a regular file");
	return -EPERM;
}

int metrics_file_open(const char *path, struct metrics_file **ret_file, struct strbuf *why)
{
	struct metrics_file *file = calloc(1, sizeof(*file));
	int error, length;

	if (!file)
		return -ENOMEM;
	file->place.directory = -1;
	file->path = strdup(path);
	error = file->path ? output_place_find(path, &file->place, why) : -ENOMEM;
	if (!error)
		error = check_name(&file->place, why);
	/* A collector reads *.prom alone. */
	length = snprintf(file->temporary, sizeof(file->temporary), ".%s.new", file->place.name);
	if (!error && length > NAME_MAX)
		error = -ENAMETOOLONG;
	if (error) {
		output_place_close(&file->place);
		free(file->path);
		free(file);
		return error;
	}
	pthread_mutex_init(&file->lock, NULL);
	clock_condition_init(&file->change);
	*ret_file = file;
	return 0;
}

int metrics_file_directory(const struct metrics_file *file)
{
	return file->place.directory;
}

/* What has the name goes: it is from a run that was killed, or was planted. */
static int create_temporary(const struct metrics_file *file, int *ret_fd)
{
	int at = file->place.directory;

	if (unlinkat(at, file->temporary, 0) && errno != ENOENT)
		return -errno;
	*ret_fd = openat(at, file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			 S_IRUSR | S_IWUSR);
	return *ret_fd < 0 ? -errno : 0;
}

static int write_all(int fd, const struct strbuf *text)
{
	size_t done = 0;

	while (done < text->length) {
		ssize_t size = write(fd, text->text + done, text->length - done);

		if (size < 0 && errno != EINTR)
			return -errno;
		done += size > 0 ? (size_t)size : 0;
	}
	/* Whatever the umask took away. */
	return fchmod(fd, FILE_MODE) ? -errno : 0;
}

static int replace(const struct metrics_file *file)
{
	cleanup(cleanup_close) int fd = -1;
	int at = file->place.directory, error = create_temporary(file, &fd);

	if (error)
		return error;
	error = write_all(fd, &file->text);
	if (!error && renameat(at, file->temporary, at, file->place.name))
		error = -errno;
	if (error)
		unlinkat(at, file->temporary, 0);
	return error;
}

static bool is_same(const struct metrics_file *file)
{
	return file->turns < SAME_TURNS && file->text.length == file->written.length &&
	       !memcmp(file->text.text, file->written.text, file->text.length);
}

static void say_failure(struct metrics_file *file, int error)
{
	if (!file->failure_was_said)
		log_warning("%s cannot be written: %s; sigpath will try again", file->path,
			    strerror(-error));
	file->failure_was_said = true;
}

/* Writes it if there is something new. False: it failed. */
static bool write_text(struct metrics_file *file)
{
	struct strbuf written = file->written;
	int error;

	file->turns++;
	if (!file->text.failed && is_same(file))
		return true;
	error = file->text.failed ? -ENOMEM : replace(file);
	if (error) {
		say_failure(file, error);
		return false;
	}
	if (file->failure_was_said)
		log_warning("%s can be written again", file->path);
	file->failure_was_said = false;
	file->turns = 0;
	file->written = file->text;
	file->text = written;
	return true;
}

static void render(struct metrics_file *file)
{
	file->is_rendering = true;
	pthread_mutex_unlock(&file->lock);
	strbuf_reset(&file->text);
	metrics_render(file->metrics, METRICS_TEXT, &file->text);
	pthread_mutex_lock(&file->lock);
	file->is_rendering = false;
	pthread_cond_broadcast(&file->change);
}

/* With the lock. True: that was the last one. */
static bool turn(struct metrics_file *file)
{
	bool is_over = file->stop, is_written;
	struct timespec next;

	render(file);
	if (file->left_behind)
		return true;
	pthread_mutex_unlock(&file->lock);
	is_written = write_text(file);
	next = clock_after_ms(CHANGE_MS);
	pthread_mutex_lock(&file->lock);
	file->is_written = is_written;
	while (!is_over && !file->stop &&
	       !pthread_cond_timedwait(&file->change, &file->lock, &next))
		continue;
	return is_over || file->left_behind;
}

static void *write_main(void *context)
{
	struct metrics_file *file = context;

	pthread_mutex_lock(&file->lock);
	while (!turn(file))
		continue;
	file->has_ended = true;
	pthread_cond_broadcast(&file->change);
	pthread_mutex_unlock(&file->lock);
	return NULL;
}

int metrics_file_start(struct metrics_file *file, struct metrics *metrics)
{
	int error;

	file->metrics = metrics;
	error = pthread_create(&file->thread, NULL, write_main, file);
	file->has_thread = !error;
	return -error;
}

/* With the lock. Waits for the end of the thread. */
static void stop_thread(struct metrics_file *file, int timeout_ms)
{
	const struct timespec end = clock_after_ms(timeout_ms);

	file->stop = true;
	pthread_cond_broadcast(&file->change);
	while (!file->has_ended && !pthread_cond_timedwait(&file->change, &file->lock, &end))
		continue;
}

bool metrics_file_finish(struct metrics_file *file, int timeout_ms)
{
	bool is_written;

	pthread_mutex_lock(&file->lock);
	stop_thread(file, timeout_ms);
	is_written = file->has_ended && file->is_written;
	if (!file->has_ended)
		log_warning("%s: the last numbers were not written in time", file->path);
	pthread_mutex_unlock(&file->lock);
	return is_written;
}

/* False: it hangs. From then on it uses nothing but FILE. */
static bool end_thread(struct metrics_file *file)
{
	bool has_ended;

	pthread_mutex_lock(&file->lock);
	stop_thread(file, FREE_MS);
	has_ended = file->has_ended;
	file->left_behind = !has_ended;
	while (file->is_rendering)
		pthread_cond_wait(&file->change, &file->lock);
	pthread_mutex_unlock(&file->lock);
	if (has_ended)
		pthread_join(file->thread, NULL);
	return has_ended;
}

void metrics_file_free(struct metrics_file *file)
{
	if (!file || (file->has_thread && !end_thread(file)))
		return;
	output_place_close(&file->place);
	strbuf_free(&file->text);
	strbuf_free(&file->written);
	pthread_mutex_destroy(&file->lock);
	pthread_cond_destroy(&file->change);
	free(file->path);
	free(file);
}
