// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host says about cores: its pattern, the program in it, and whether one is being written.
 */
#include "enrich.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "procdir.h"

struct core_host {
	/* Of /proc/sys/kernel, each read again and again. Not the directory: it leads everywhere. */
	int pattern, uses_pid; /* -1: not there */
	/* The program of the pattern at the start, as core_program() says it. */
	char path[EV_CORE_PATTERN_MAX + 1];
	int program; /* O_PATH; -1: not known, or it was absent */
	bool was_absent;
	bool has_root; /* the kernel starts programs in the root directory of this process */
};

static enum ev_core_program kind_of(const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_mode & 0111 ? EV_CORE_PROGRAM_RUNS
								  : EV_CORE_PROGRAM_NOT_EXECUTABLE;
}

/*
 * What exists must not be called absent because this process cannot see it: after the start its
 * root may be an empty one (confine.c). So it must have been absent at the start too.
 */
static enum ev_core_program look_at(const struct core_host *host, const char *path)
{
	bool is_noted = !strcmp(path, host->path);
	char absolute[sizeof(host->path) + 1];
	struct stat status;

	/* Without a name it was replaced. */
	if (is_noted && host->program >= 0 && !fstat(host->program, &status) && status.st_nlink)
		return kind_of(&status);
	snprintf(absolute, sizeof(absolute), "/%s", path);
	if (!host->has_root)
		return is_noted && host->was_absent ? EV_CORE_PROGRAM_ABSENT
						    : EV_CORE_PROGRAM_UNKNOWN;
	if (!stat(absolute, &status))
		return kind_of(&status);
	return (errno == ENOENT || errno == ENOTDIR) && is_noted && host->was_absent
		       ? EV_CORE_PROGRAM_ABSENT
		       : EV_CORE_PROGRAM_UNKNOWN;
}

/* The one line of the open sysctl FD without its end. */
static bool read_line(int fd, char *ret_line, size_t size)
{
	ssize_t length = fd < 0 ? -1 : pread(fd, ret_line, size - 1, 0);

	if (length < 0)
		return false;
	if (length && ret_line[length - 1] == '\n')
		length--;
	ret_line[length] = '\0';
	return true;
}

static bool read_pattern(const struct core_host *host, char ret_pattern[EV_CORE_PATTERN_MAX + 2])
{
	return read_line(host->pattern, ret_pattern, EV_CORE_PATTERN_MAX + 2) &&
	       strlen(ret_pattern) < EV_CORE_PATTERN_MAX;
}

/* Is ROOT the root directory of this process? In another mount namespace it is another one. */
static bool is_own_root(int root)
{
	struct statx theirs, ours;

	return !statx(root, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &theirs) &&
	       !statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &ours) &&
	       theirs.stx_mask & ours.stx_mask & STATX_MNT_ID &&
	       theirs.stx_mnt_id == ours.stx_mnt_id && theirs.stx_ino == ours.stx_ino;
}

/* The program of the pattern as it is now, in ROOT. */
static void note_program(struct core_host *host, int root)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	char pattern[EV_CORE_PATTERN_MAX + 2];

	if (!read_pattern(host, pattern) || !core_program(pattern, host->path, sizeof(host->path)))
		return;
	host->program = (int)syscall(SYS_openat2, root, host->path, &how, sizeof(how));
	host->was_absent = host->program < 0 && (errno == ENOENT || errno == ENOTDIR);
}

int core_host_new(const char *proc_root, const char *root, struct core_host **ret_host)
{
	struct core_host *host = calloc(1, sizeof(*host));
	cleanup(cleanup_close) int proc = -1, top = -1;

	if (!host)
		return -ENOMEM;
	proc = open(proc_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	host->pattern = openat(proc, "sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
	host->uses_pid = openat(proc, "sys/kernel/core_uses_pid", O_RDONLY | O_CLOEXEC);
	host->program = -1;
	top = root ? openat(proc, root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (top >= 0) {
		host->has_root = is_own_root(top);
		note_program(host, top);
	}
	*ret_host = host;
	return 0;
}

void core_host_free(struct core_host *host)
{
	if (!host)
		return;
	cleanup_close(&host->pattern);
	cleanup_close(&host->uses_pid);
	cleanup_close(&host->program);
	free(host);
}

static void add_pattern(const struct core_host *host, struct ev_core *facts)
{
	char pattern[EV_CORE_PATTERN_MAX + 2], program[EV_CORE_PATTERN_MAX + 1], uses_pid[8];

	if (!read_pattern(host, pattern))
		return;
	memset(facts->pattern, 0, sizeof(facts->pattern));
	memcpy(facts->pattern, pattern, strlen(pattern));
	facts->uses_pid = read_line(host->uses_pid, uses_pid, sizeof(uses_pid)) &&
			  strcmp(uses_pid, "0") != 0;
	facts->flags |= EV_CORE_PATTERN;
	if (core_program(pattern, program, sizeof(program)))
		facts->program = look_at(host, program);
}

/* CoreDumping:	1 */
static bool is_dumping(const struct incident *incident, const char *proc_root)
{
	uint32_t number =
		incident_number_in_proc(incident->process.pid, incident->process.pid_here);
	cleanup(cleanup_close) int dir = -1;
	struct procdir_stat stat;
	char text[4096];
	const char *line;
	size_t length;

	if (procdir_open(proc_root, number, &dir) || procdir_read_stat(dir, &stat) ||
	    !procdir_is_start(&stat, incident->process.start_boot_ns) ||
	    procdir_read(dir, "status", text, sizeof(text) - 1, &length))
		return false;
	text[length] = '\0';
	line = strstr(text, "\nCoreDumping:\t");
	return line && line[strlen("\nCoreDumping:\t")] == '1';
}

bool core_enrich(struct incident *incident, const struct enrich_options *options,
		 const struct ev_exit *exit)
{
	struct ev_core *facts = &incident->core_facts;

	if (!incident->have_core_facts || !options->core_host)
		return false;
	add_pattern(options->core_host, facts);
	if (exit) {
		facts->flags |= EV_CORE_EXITED;
		facts->status = exit->status;
		facts->end_ns = exit->time_ns;
	} else if (is_dumping(incident, options->proc_root)) {
		facts->flags |= EV_CORE_WRITING;
	}
	return true;
}
