// SPDX-License-Identifier: GPL-2.0-or-later
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "deadline.h"
#include "message.h"
#include "procdir.h"
#include "units.h"

_Static_assert(SPAWNER_ASIDE_MAX == HUNG_DEVS_MAX, "one file system for each that is put aside");

/* Time after the reader's limit before it is killed. Its own alarm comes first. */
#define GRACE_MS 1000
/* How often to look whether the reader makes progress. */
#define LOOK_MS 100
/* After so many looks without progress, a reader is not waited for if there is a hurry, */
#define IDLE_LOOKS 3
/* and otherwise if it sleeps, as one that waits for a file system. */
#define HANG_LOOKS 10

static void unmap(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

static void free_memory(struct reader *reader)
{
	unmap(reader->question, sizeof(*reader->question));
	unmap(reader->answer, sizeof(*reader->answer));
	unmap(reader->notes, sizeof(*reader->notes));
	reader->question = NULL;
	reader->answer = NULL;
	reader->notes = NULL;
}

/*
 * Sealed, because a hostile reader could truncate the file and this process would get SIGBUS.
 * SEALS: more of them, which do not affect this mapping. The name is visible in /proc/PID/maps.
 */
static int share(size_t size, int seals, int *ret_fd, void *ret_memory)
{
	cleanup(cleanup_close) int fd =
		memfd_create("sigpath-stack", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *memory;

	if (fd < 0 || ftruncate(fd, (off_t)size))
		return -errno;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*(void **)ret_memory = memory;
	seals |= F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	if (fcntl(fd, F_ADD_SEALS, seals))
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int share_all(struct reader *reader, const struct stack_options *options,
		     struct spawner_ends *ends)
{
	struct isolated_question *question;
	int error;

	error = share(sizeof(*question), F_SEAL_FUTURE_WRITE, &ends->question, &reader->question);
	if (!error)
		error = share(sizeof(*reader->answer), 0, &ends->answer, &reader->answer);
	if (!error)
		error = share(sizeof(*reader->notes), 0, &ends->notes, &reader->notes);
	if (error)
		return error;
	question = reader->question;
	if (strlen(options->proc_root) >= sizeof(question->proc_root) ||
	    strlen(options->debug_dir) >= sizeof(question->debug_dir))
		return -ENAMETOOLONG;
	/* share() has not failed: the analyzer takes -errno for 0. */
	question->options = *options; /* NOLINT(clang-analyzer-core.NullDereference) */
	strcpy(question->proc_root, options->proc_root);
	strcpy(question->debug_dir, options->debug_dir);
	return 0;
}

static void close_ends(struct spawner_ends *ends)
{
	cleanup_close(&ends->reader);
	cleanup_close(&ends->opener);
	cleanup_close(&ends->question);
	cleanup_close(&ends->answer);
	cleanup_close(&ends->notes);
}

/* The places that are not in TAKEN are free again: their file systems have answered. */
static void note_ended(struct readers *readers, uint32_t taken, struct bad_files *bad)
{
	for (unsigned int i = 0; i < SPAWNER_ASIDE_MAX; i++) {
		if (taken & UINT32_C(1) << i)
			continue;
		if (readers->aside[i].inode)
			bad_files_remove(bad, &readers->aside[i]);
		readers->aside[i] = (struct file_id){};
	}
}

static int connect_and_start(struct reader *reader, struct spawner_ends *ends,
			     struct bad_files *bad)
{
	int reader_ends[2], opener_ends[2], error;
	struct spawner_pair pair;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, reader_ends))
		return -ECHILD;
	ends->reader = reader_ends[1];
	reader->socket = reader_ends[0];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, opener_ends))
		return -ECHILD;
	ends->opener = opener_ends[1];
	reader->opener_socket = opener_ends[0];
	error = spawner_start_pair(reader->all->spawner, reader->number, ends, &pair);
	if (!error || error == -EBUSY)
		note_ended(reader->all, pair.aside, bad);
	if (error)
		return error == -EBUSY ? error : -ECHILD;
	reader->child = pair.reader;
	reader->opener = pair.opener;
	reader->idle_since_ns = 0;
	return 0;
}

static void close_sockets(struct reader *reader)
{
	cleanup_close(&reader->socket);
	cleanup_close(&reader->opener_socket);
	reader->socket = reader->opener_socket = -1;
}

int reader_start(struct reader *reader, const struct stack_options *options, struct bad_files *bad)
{
	struct spawner_ends ends = { -1, -1, -1, -1, -1 };
	int error;

	free_memory(reader);
	reader->socket = reader->opener_socket = -1;
	error = share_all(reader, options, &ends) ? -ECHILD : 0;
	if (!error)
		error = connect_and_start(reader, &ends, bad);
	close_ends(&ends);
	if (error)
		close_sockets(reader);
	return error;
}

struct reader_end reader_stop(struct reader *reader)
{
	struct reader_end ended = {};
	struct spawner_pair pair;

	if (!reader->child)
		return ended;
	close_sockets(reader);
	reader->child = reader->opener = 0;
	if (spawner_stop_pair(reader->all->spawner, reader->number, &pair))
		return ended;
	ended.aside = pair.place >= 0;
	ended.place = pair.place;
	ended.status = pair.status;
	ended.cpu_ns = pair.cpu_ns;
	return ended;
}

void reader_free(struct reader *reader)
{
	reader_stop(reader);
	free_memory(reader);
}

static uint64_t process_cpu_ns(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) ? 0 : clock_ns(clock);
}

uint64_t reader_cpu_ns(const struct reader *reader)
{
	return process_cpu_ns(reader->child) + process_cpu_ns(reader->opener);
}

uint64_t reader_idle_ns(const struct reader *reader)
{
	return reader->child ? reader_cpu_ns(reader) - reader->idle_since_ns : 0;
}

/* As opposed to one that waits for a CPU. */
static bool is_asleep(pid_t pid)
{
	cleanup(cleanup_close) int dir = -1;
	struct procdir_stat stat;

	return !procdir_open("/proc", (uint32_t)pid, &dir) && !procdir_read_stat(dir, &stat) &&
	       (stat.state == 'S' || stat.state == 'D');
}

/* Either may wait for the other, so both sleep. */
static bool are_asleep(const struct reader *reader)
{
	if (reader->notes->at_servers)
		return false;
	/* Elsewhere the numbers are those of other processes. */
	if (procdir_own_depth() != 1)
		return true;
	return is_asleep(reader->child) && is_asleep(reader->opener);
}

/*
 * A child on a slow machine uses CPU time while it works. A child that waits for a file system that
 * hangs uses none. (The looks count, not the clock: this process may be stopped for a while, too.)
 */
struct look {
	uint64_t most_ns;    /* of CPU time */
	uint64_t cpu_ns;     /* at the last progress */
	unsigned int idle;   /* looks without progress since then */
	unsigned int asleep; /* the last of them, in a row, in which it slept */
};

/* 0: it is waited for; -ETIME; -EDEADLK. */
static int look(struct reader *reader, struct look *look)
{
	uint64_t cpu_ns = reader_cpu_ns(reader);

	if (cpu_ns < look->cpu_ns + NSEC_PER_MSEC) {
		look->idle++;
		look->asleep = are_asleep(reader) ? look->asleep + 1 : 0;
	} else {
		*look = (struct look){ .most_ns = look->most_ns, .cpu_ns = cpu_ns };
		atomic_fetch_add(&reader->all->progress, 1);
	}
	/* The opener waits for a bounded time, and the end of a run must leave it that. */
	if (reader->notes->at_servers)
		atomic_fetch_add(&reader->all->progress, 1);
	/* A hostile reader can keep its opener busy, which has no alarm. */
	if (cpu_ns > look->most_ns ||
	    (look->idle >= IDLE_LOOKS && atomic_load(&reader->all->hurry)))
		return -ETIME;
	return look->asleep >= HANG_LOOKS ? -EDEADLK : 0;
}

/* To the opener first: the reader asks it about this question. */
static int begin(struct reader *reader, bool steady_only)
{
	const struct opener_begin message = { .steady_only = steady_only };
	const char byte = 0;

	if (message_send(reader->opener_socket, &message, sizeof(message), NULL, 0) ||
	    message_send(reader->socket, &byte, 1, NULL, 0))
		return -ECONNRESET;
	return 0;
}

int reader_wait(struct reader *reader, bool steady_only, unsigned int limit_ms)
{
	uint64_t start = clock_now_ns();
	uint64_t wait_ns = (DEADLINE_STRETCH * (uint64_t)limit_ms + GRACE_MS) * NSEC_PER_MSEC;
	struct pollfd wait = { .fd = reader->socket, .events = POLLIN };
	struct look last = {
		.most_ns = reader_cpu_ns(reader) + (limit_ms + GRACE_MS) * NSEC_PER_MSEC,
	};
	int error = 0;
	char byte;

	if (begin(reader, steady_only))
		return -ECONNRESET;
	while (!error && clock_now_ns() - start < wait_ns) {
		int ready = poll(&wait, 1, LOOK_MS);

		if (ready > 0)
			return recv(reader->socket, &byte, 1, MSG_DONTWAIT) == 1 ? 0 : -EPIPE;
		if (ready < 0 && errno != EINTR)
			return -EPIPE;
		error = look(reader, &last);
	}
	return error ?: -ETIME;
}

void reader_hung_devs(const struct readers *readers, uint64_t devs[HUNG_DEVS_MAX])
{
	for (size_t i = 0; i < SPAWNER_ASIDE_MAX; i++)
		/* That of stat() may have another number. */
		devs[i] = readers->aside[i].inode && readers->aside[i].size < 0
				  ? readers->aside[i].dev
				  : 0;
}
