// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child process of isolated.c. The parent has threads when it starts one. A child that only
 * forks would inherit locks that other threads held (of stdio, for example), all memory of the
 * parent, and what the parent shares with the kernel. So the child executes this program again and
 * gets two descriptors.
 */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "deadline.h"
#include "isolated_child.h"
#include "procdir.h"
#include "units.h"

/* Time after the child's limit before the parent kills it. The child's own alarm comes first. */
#define GRACE_MS 1000
/* Wait for the end of a killed child. A file system that hangs can delay it without limit. */
#define END_MS 200
/* How often to look whether the child makes progress. */
#define LOOK_MS 100
/* After so many looks without progress, a child is not waited for if there is a hurry, */
#define IDLE_LOOKS 3
/* and otherwise if it sleeps, as one that waits for a file system. */
#define HANG_LOOKS 10

/*
 * Runs in the child of fork(). Other threads of the parent may have held any lock, so it makes
 * system calls only. If the parent has given up capabilities, execve() would bring back those of
 * root and of the file; no_new_privs prevents that.
 */
_Noreturn static void become_reader(int socket, int shared)
{
	static char name[] = "sigpath", argument[] = ISOLATED_ARGUMENT;
	char *argv[] = { name, argument, NULL };

	/* Each may have the number that the other one needs. */
	socket = fcntl(socket, F_DUPFD_CLOEXEC, ISOLATED_SHARED + 1);
	shared = fcntl(shared, F_DUPFD_CLOEXEC, ISOLATED_SHARED + 1);
	if (dup2(socket, ISOLATED_SOCKET) >= 0 && dup2(shared, ISOLATED_SHARED) >= 0 &&
	    !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		execve("/proc/self/exe", argv, environ);
	_exit(READER_NOT_STARTED);
}

/* A place for a child that cannot be ended; NULL: all are taken. */
static struct aside *find_place(struct reader *reader)
{
	for (size_t i = 0; i < READER_ASIDE_MAX; i++)
		if (!reader->aside[i].child)
			return &reader->aside[i];
	return NULL;
}

bool reader_reap(struct reader *reader, struct bad_files *bad)
{
	for (size_t i = 0; i < READER_ASIDE_MAX; i++) {
		struct aside *aside = &reader->aside[i];

		if (!aside->child || waitpid(aside->child, NULL, WNOHANG) == 0)
			continue;
		/* Its file system has answered. */
		bad_files_remove(bad, &aside->file);
		*aside = (struct aside){};
	}
	return find_place(reader);
}

int reader_start(struct reader *reader, int shared)
{
	sigset_t all, before;
	int ends[2], error;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -ECHILD;
	/* The parent's signal handlers must not run in the child, which shares its descriptors. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	child = fork();
	if (child == 0)
		become_reader(ends[1], shared);
	error = child < 0 ? -ECHILD : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return error;
	}
	reader->child = child;
	reader->socket = ends[0];
	return 0;
}

static uint64_t ns_of(struct timeval time)
{
	return (uint64_t)time.tv_sec * NSEC_PER_SEC + (uint64_t)time.tv_usec * 1000;
}

struct reader_end reader_stop(struct reader *reader)
{
	struct reader_end ended = {};
	struct rusage usage;
	struct aside *place;
	pid_t child = reader->child;

	if (!child)
		return ended;
	close(reader->socket);
	/* It has not been reaped, so its PID cannot belong to another process. */
	kill(child, SIGKILL);
	reader->child = 0;
	for (unsigned int i = 0; i < END_MS; i++) {
		if (wait4(child, &ended.status, WNOHANG, &usage) != 0) {
			ended.cpu_ns = ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
			return ended;
		}
		usleep(1000);
	}
	/* There is a place, or it would not have been started. */
	place = find_place(reader);
	if (place)
		place->child = child;
	ended.aside = place;
	return ended;
}

uint64_t reader_cpu_ns(const struct reader *reader)
{
	clockid_t clock;

	return clock_getcpuclockid(reader->child, &clock) ? 0 : clock_ns(clock);
}

/* As opposed to one that waits for a CPU. One that asks debuginfod servers waits for these. */
static bool is_asleep(const struct reader *reader)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	cleanup(cleanup_close) int dir = -1;
	struct procdir_stat stat;

	if (urls && urls[0])
		return false;
	/* Elsewhere the number is that of another process. */
	if (procdir_own_depth() != 1)
		return true;
	return !procdir_open("/proc", (uint32_t)reader->child, &dir) &&
	       !procdir_read_stat(dir, &stat) && (stat.state == 'S' || stat.state == 'D');
}

/*
 * A child on a slow machine uses CPU time while it works. A child that waits for a file system that
 * hangs uses none. (The looks count, not the clock: this process may be stopped for a while, too.)
 */
struct look {
	uint64_t cpu_ns;     /* at the last progress */
	unsigned int idle;   /* looks without progress since then */
	unsigned int asleep; /* the last of them, in a row, in which it slept */
};

static void look(struct reader *reader, struct look *look)
{
	uint64_t cpu_ns = reader_cpu_ns(reader);

	if (cpu_ns < look->cpu_ns + NSEC_PER_MSEC) {
		look->idle++;
		look->asleep = is_asleep(reader) ? look->asleep + 1 : 0;
		return;
	}
	*look = (struct look){ .cpu_ns = cpu_ns };
	atomic_fetch_add(&reader->progress, 1);
}

int reader_wait(struct reader *reader, unsigned int limit_ms)
{
	uint64_t begin = clock_now_ns();
	uint64_t wait_ns = (DEADLINE_STRETCH * (uint64_t)limit_ms + GRACE_MS) * NSEC_PER_MSEC;
	struct pollfd wait = { .fd = reader->socket, .events = POLLIN };
	struct look last = {};
	char byte = 0;

	if (send(reader->socket, &byte, 1, MSG_NOSIGNAL) != 1)
		return -EPIPE;
	while (clock_now_ns() - begin < wait_ns) {
		int ready = poll(&wait, 1, LOOK_MS);

		if (ready > 0)
			return recv(reader->socket, &byte, 1, MSG_DONTWAIT) == 1 ? 0 : -EPIPE;
		if (ready < 0 && errno != EINTR)
			return -EPIPE;
		look(reader, &last);
		if (last.idle >= IDLE_LOOKS && atomic_load(&reader->hurry))
			return -ETIME;
		if (last.asleep >= HANG_LOOKS)
			return -EDEADLK;
	}
	return -ETIME;
}

void reader_hung_devs(const struct reader *reader, uint64_t devs[HUNG_DEVS_MAX])
{
	for (size_t i = 0; i < READER_ASIDE_MAX; i++) {
		const struct aside *aside = &reader->aside[i];

		/* That of stat() may have another number. */
		devs[i] = aside->child && aside->file.size < 0 ? aside->file.dev : 0;
	}
}

void reader_note_aside(struct reader *reader, const struct file_id *file)
{
	for (size_t i = 0; i < READER_ASIDE_MAX; i++)
		if (reader->aside[i].child && !reader->aside[i].file.inode)
			reader->aside[i].file = *file;
}
