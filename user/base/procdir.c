// SPDX-License-Identifier: GPL-2.0-or-later
/* Which process has this number in /proc now, and what does its directory contain? */
#include "procdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "units.h"

/* include/linux/proc_ns.h: the initial namespace. */
#define PROC_PID_INIT_INO 0xEFFFFFFCu

/* proc(5): field numbers from 1 */
#define STAT_STATE 3
#define STAT_NUM_THREADS 20
#define STAT_STARTTIME 22

int procdir_open(const char *proc_root, uint32_t pid, int *ret_dir)
{
	char path[PATH_MAX];
	int length, fd;

	length = snprintf(path, sizeof(path), "%s/%u", proc_root, pid);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_dir = fd;
	return 0;
}

struct procdir_helper procdir_helper;

/*
 * ERROR: of open(). proc_pid_permission() of fs/proc/base.c refuses with EPERM (hidepid=1) or
 * ENOENT (hidepid=2) what an O_PATH descriptor of the directory leads to.
 */
static int read_by_helper(int error, int dir, const char *name, void *buffer, size_t size,
			  size_t *ret_length)
{
	if (!procdir_helper.read || (error != -EPERM && error != -ENOENT))
		return error;
	return procdir_helper.read(procdir_helper.context, dir, name, buffer, size, ret_length)
		       ? error
		       : 0;
}

int procdir_read(int dir, const char *name, void *buffer, size_t size, size_t *ret_length)
{
	cleanup(cleanup_close) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	size_t length = 0;

	if (fd < 0)
		return read_by_helper(-errno, dir, name, buffer, size, ret_length);
	while (length < size) {
		ssize_t got = read(fd, (char *)buffer + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	*ret_length = length;
	return 0;
}

uint64_t procdir_tick_ns(void)
{
	long hz = sysconf(_SC_CLK_TCK);

	return NSEC_PER_SEC / (hz > 0 ? (uint64_t)hz : 100);
}

/* The text of field NUMBER. AFTER_COMM points to the blank before field 3. */
static const char *find_field(const char *after_comm, unsigned int number)
{
	const char *cursor = after_comm;

	for (unsigned int field = STAT_STATE;; field++) {
		if (*cursor != ' ' || cursor[1] == '\0')
			return NULL;
		cursor++;
		if (field == number)
			return cursor;
		cursor += strcspn(cursor, " ");
	}
}

/* 812 (server) S 800 812 800 34816 ... 19 0 1 0 123456 ...: do_task_stat() of fs/proc/array.c */
int procdir_read_stat(int dir, struct procdir_stat *ret_stat)
{
	struct procdir_stat stat = {};
	char text[2048], *end;
	const char *comm, *after, *field;
	size_t length = 0, comm_length;
	uint64_t ticks;
	int err;

	err = procdir_read(dir, "stat", text, sizeof(text) - 1, &length);
	if (err)
		return err;
	text[length] = '\0';
	/*
	 * comm is not escaped and may contain ") S 1". Only the last parenthesis comes from the
	 * kernel.
	 */
	comm = strchr(text, '(');
	after = strrchr(text, ')');
	if (!comm || !after || after < comm)
		return -EBADMSG;
	comm_length = (size_t)(after - ++comm);
	if (comm_length >= sizeof(stat.comm))
		comm_length = sizeof(stat.comm) - 1;
	memcpy(stat.comm, comm, comm_length);

	field = find_field(after + 1, STAT_STATE);
	if (!field)
		return -EBADMSG;
	stat.state = *field;
	field = find_field(after + 1, STAT_NUM_THREADS);
	if (!field)
		return -EBADMSG;
	stat.threads = (uint32_t)strtoul(field, NULL, 10);
	field = find_field(after + 1, STAT_STARTTIME);
	if (!field || *field < '0' || *field > '9')
		return -EBADMSG;
	errno = 0;
	ticks = strtoull(field, &end, 10);
	if (errno || __builtin_mul_overflow(ticks, procdir_tick_ns(), &stat.start_boot_ns))
		return -EBADMSG;
	stat.start_boot_ns -= (uint64_t)clock_shift.boottime_ns;
	*ret_stat = stat;
	return 0;
}

bool procdir_is_start(const struct procdir_stat *stat, uint64_t start_boot_ns)
{
	/* do_task_stat() rounds down: nsec_to_clock_t(). */
	return stat->start_boot_ns <= start_boot_ns &&
	       start_boot_ns - stat->start_boot_ns < procdir_tick_ns();
}

bool procdir_runs(const char *proc_root, uint32_t pid, uint64_t start_boot_ns)
{
	cleanup(cleanup_close) int dir = -1;
	struct procdir_stat stat;

	if (procdir_open(proc_root, pid, &dir) || procdir_read_stat(dir, &stat) ||
	    !procdir_is_start(&stat, start_boot_ns))
		return false;
	/* The main thread may have ended before the others. */
	return stat.threads > 1 || (stat.state != 'Z' && stat.state != 'X');
}

enum procdir_numbers procdir_numbers = PROCDIR_NUMBERS_HOST;

uint32_t procdir_number(uint32_t pid, uint32_t here)
{
	switch (procdir_numbers) {
	case PROCDIR_NUMBERS_HOST:
		return pid;
	case PROCDIR_NUMBERS_HERE:
		return here;
	case PROCDIR_NUMBERS_NONE:
		break;
	}
	return 0;
}

/* NSpid:	812	7: in the namespace of /proc, and so on down to the own one. */
uint32_t procdir_own_depth(void)
{
	cleanup(cleanup_close) int dir = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[4096];
	const char *line;
	uint32_t depth = 0;
	size_t length = 0;

	if (dir < 0 || procdir_read(dir, "status", text, sizeof(text) - 1, &length))
		return 0;
	text[length] = '\0';
	line = strstr(text, "\nNSpid:");
	/* Without CONFIG_PID_NS there is only one namespace, and no such line. */
	if (!line)
		return 1;
	for (line += strlen("\nNSpid:"); *line && *line != '\n'; line++)
		depth += *line == '\t';
	return depth;
}

bool procdir_is_on_the_host(void)
{
	struct stat status;

	return !stat("/proc/self/ns/pid", &status) && status.st_ino == PROC_PID_INIT_INO;
}
