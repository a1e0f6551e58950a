// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask debuginfod servers for a debug file. Only the user can allow that: without the variable the
 * library is not loaded. elfutils loads it in the same way, so it is no dependency.
 */
#include "debuginfod.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "landlock.h"
#include "message.h"
#include "own_process.h"
#include "regular_file.h"
#include "rights.h"
#include "stack.h"
#include "units.h"

#define ID_MAX 64
#define LIBRARY "libdebuginfod.so.1"

const char stack_servers_missing[] = "there is no libdebuginfod";
const char stack_servers_remedy[] = "install libdebuginfod (Debian: libdebuginfod1)";

struct debuginfod_client;

typedef struct debuginfod_client *begin_function(void);
typedef int find_function(struct debuginfod_client *, const unsigned char *, int, char **);
typedef int progress_function(struct debuginfod_client *, long, long);
typedef void set_progress_function(struct debuginfod_client *, progress_function *);
typedef void end_function(struct debuginfod_client *);

/* What to fetch. */
struct order {
	uint32_t number; /* the answer has the same */
	uint32_t length;
	uint64_t end_ns; /* CLOCK_MONOTONIC: not needed any more */
	unsigned char id[ID_MAX];
};

static struct {
	bool tried; /* to start it. It is not started again */
	pid_t pid;  /* 0: it does not run */
	int socket;
	uint32_t number;
} fetcher;

static uint64_t running_end_ns; /* the callback has no context argument */

static int stop_in_time(struct debuginfod_client *client, long done, long total)
{
	return clock_now_ns() >= running_end_ns;
}

/* A proxy, for example, may have answered with a page of its own. It must not stay in the cache. */
static int check(int fd, const char *path)
{
	char bytes[SELFMAG];

	if (fd < 0 || (pread(fd, bytes, SELFMAG, 0) == SELFMAG && !memcmp(bytes, ELFMAG, SELFMAG)))
		return fd;
	if (path)
		unlink(path);
	close(fd);
	return -1;
}

/* A descriptor; -1: the servers do not have it. */
static int ask_servers(void *library, const struct order *order)
{
	begin_function *begin = (begin_function *)dlsym(library, "debuginfod_begin");
	find_function *find = (find_function *)dlsym(library, "debuginfod_find_debuginfo");
	set_progress_function *set_progress =
		(set_progress_function *)dlsym(library, "debuginfod_set_progressfn");
	end_function *end = (end_function *)dlsym(library, "debuginfod_end");
	struct debuginfod_client *client = begin && find && set_progress && end ? begin() : NULL;
	char *path = NULL;
	int fd;

	if (!client)
		return -1;
	running_end_ns = order->end_ns;
	set_progress(client, stop_in_time);
	fd = find(client, order->id, (int)order->length, &path);
	fd = check(fd, path);
	free(path);
	end(client);
	return fd;
}

/* Every file may be read, if its mode allows it, and only the cache may be written to. */
static int confine(void)
{
	const struct rlimit most = { REGULAR_FILE_BYTES_MAX, REGULAR_FILE_BYTES_MAX };
	cleanup(cleanup_close) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup(cleanup_close) int cache = open(getenv(DEBUGINFOD_CACHE) ?: "", O_PATH | O_CLOEXEC);
	const struct landlock_grant grants[] = {
		{ .fd = root, .access = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR },
		{ .fd = cache,
		  .access = LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE | LANDLOCK_MAKE_REG |
			    LANDLOCK_MAKE_DIR | LANDLOCK_REMOVE_FILE | LANDLOCK_REMOVE_DIR },
	};
	const struct landlock_rules rules = { .grants = grants,
					      .count = ARRAY_SIZE(grants),
					      .network = true };
	int error;

	if (root < 0 || cache < 0 || setrlimit(RLIMIT_FSIZE, &most))
		return -errno;
	error = rights_drop(0, NULL) ?: landlock_restrict(&rules);
	return error == -EOPNOTSUPP ? 0 : error;
}

_Noreturn static void fetch_for_others(int socket, pid_t parent)
{
	void *library = dlopen(LIBRARY, RTLD_LAZY);
	struct order order;
	int fd;

	prctl(PR_SET_NAME, "sigpath-fetch");
	if (!library || confine())
		_exit(1);
	own_process_end_with(parent);
	while (message_receive(socket, &order, sizeof(order), NULL, 0, 0) == sizeof(order)) {
		fd = ask_servers(library, &order);
		if (message_send(socket, &order.number, sizeof(order.number), &fd, fd >= 0))
			break;
		if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

bool debuginfod_is_installed(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(!dlopen(LIBRARY, RTLD_LAZY));
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

void debuginfod_start(void)
{
	const char *urls = getenv(DEBUGINFOD_URLS);
	pid_t parent = getpid();
	int ends[2];

	if (fetcher.tried || !urls || !urls[0] ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return;
	fetcher.tried = true;
	fetcher.pid = fork();
	if (!fetcher.pid) {
		dup2(ends[1], STDERR_FILENO + 1);
		own_process_close(STDERR_FILENO + 2);
		fetch_for_others(STDERR_FILENO + 1, parent);
	}
	close(ends[1]);
	fetcher.socket = ends[0];
	if (fetcher.pid > 0)
		return;
	fetcher.pid = 0;
	close(ends[0]);
}

static void end_fetcher(void)
{
	kill(fetcher.pid, SIGKILL);
	waitpid(fetcher.pid, NULL, 0);
	close(fetcher.socket);
	fetcher.pid = 0;
}

/* The answer to the last order. 0; -ENOENT: the process has ended, or has no file; -ETIME. */
static int wait_for_answer(uint64_t end_ns, int *ret_fd)
{
	struct pollfd wait = { .fd = fetcher.socket, .events = POLLIN };
	uint32_t number = 0;

	while (number != fetcher.number) {
		*ret_fd = -1;
		while (poll(&wait, 1, 50) <= 0)
			if (clock_now_ns() >= end_ns)
				return -ETIME;
		if (message_receive(fetcher.socket, &number, sizeof(number), ret_fd, 1,
				    MSG_DONTWAIT) != sizeof(number)) {
			end_fetcher();
			return -ENOENT;
		}
		/* One that came too late. */
		if (number != fetcher.number && *ret_fd >= 0)
			close(*ret_fd);
	}
	return *ret_fd < 0 ? -ENOENT : 0;
}

int debuginfod_fetch(const unsigned char *id, size_t length, uint64_t end_ns, int *ret_fd)
{
	struct order order = { .length = (uint32_t)length, .end_ns = end_ns };

	debuginfod_start();
	if (!fetcher.pid || length > sizeof(order.id))
		return -ENOENT;
	memcpy(order.id, id, length);
	order.number = ++fetcher.number;
	if (message_send(fetcher.socket, &order, sizeof(order), NULL, 0)) {
		end_fetcher();
		return -ENOENT;
	}
	return wait_for_answer(end_ns, ret_fd);
}
