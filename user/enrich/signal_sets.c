// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do the parent and the other threads ignore or block the signal? If the parent ignores it, the
 * process may have inherited that across execve(). Only for processes and threads that still exist,
 * and only if the parent is the process that started this one.
 */
#include "blocks.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "procdir.h"

#define THREADS_MAX 1024
#define STATUS_BYTES 4096

/*
 * Is NUMBER in the set in the line NAME of a status file? The name of the process cannot fake such
 * a line: proc_task_name() escapes it.
 */
static bool read_set(int dir, const char *file, const char *name, uint32_t number, bool *ret_is_in)
{
	char text[STATUS_BYTES + 1], wanted[32];
	size_t length;
	const char *line;

	if (procdir_read(dir, file, text, STATUS_BYTES, &length))
		return false;
	text[length] = '\0';
	snprintf(wanted, sizeof(wanted), "\n%s:\t", name);
	line = strstr(text, wanted);
	if (!line)
		return false;
	*ret_is_in = strtoull(line + strlen(wanted), NULL, 16) >> (number - 1) & 1;
	return true;
}

static void find_parent(struct incident *incident, const char *proc_root)
{
	struct incident_process *process = &incident->process;
	cleanup(cleanup_close) int dir = -1;
	uint32_t number = incident_number_in_proc(process->ppid, process->ppid_here);
	struct procdir_stat stat;
	bool ignores;

	/*
	 * A parent that started later only has the same number. And sigpath ignores SIGPIPE itself,
	 * but gives COMMAND the disposition that it inherited.
	 */
	if (!(process->flags & EV_PROCESS_PARENT_FORKED) || !process->ppid ||
	    incident_number_here(process->ppid, process->ppid_here) == (uint32_t)getpid() ||
	    procdir_open(proc_root, number, &dir) || procdir_read_stat(dir, &stat) ||
	    stat.start_boot_ns > process->start_boot_ns + procdir_tick_ns())
		return;
	if (read_set(dir, "status", "SigIgn", incident->signal.number, &ignores))
		process->parent_ignores = ignores ? ANSWER_YES : ANSWER_NO;
}

static DIR *open_threads(int dir)
{
	int fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *threads;

	if (fd < 0)
		return NULL;
	threads = fdopendir(fd);
	if (!threads)
		close(fd);
	return threads;
}

/* The incident on the clock of start times, which does not stop during a suspend. */
static uint64_t boot_time_ns(const struct incident *incident)
{
	return incident->monotonic_ns + (clock_boot_ns() - clock_now_ns());
}

/*
 * What thread NAME of the process in DIR does with the signal. ANSWER_UNKNOWN: it is gone, or it
 * was started after the incident.
 */
static enum incident_answer thread_blocks(const struct incident *incident, int dir,
					  const char *name)
{
	cleanup(cleanup_close) int thread = -1;
	struct procdir_stat stat;
	char path[300];
	bool blocked;

	snprintf(path, sizeof(path), "task/%s", name);
	thread = openat(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (thread < 0 || procdir_read_stat(thread, &stat) ||
	    stat.start_boot_ns > boot_time_ns(incident) ||
	    !read_set(thread, "status", "SigBlk", incident->signal.number, &blocked))
		return ANSWER_UNKNOWN;
	return blocked ? ANSWER_YES : ANSWER_NO;
}

/* Counts the open threads, if all threads of the incident are still there. */
static void find_threads(struct incident *incident, const char *proc_root)
{
	struct incident_process *process = &incident->process;
	cleanup(cleanup_close) int dir = -1;
	uint32_t number = incident_number_in_proc(process->pid, process->pid_here);
	uint32_t thread = incident_number_in_proc(process->tid, process->tid_here);
	uint32_t seen = 0, open = 0;
	struct procdir_stat stat;
	struct dirent *entry;
	bool still = false; /* the thread of the incident blocks it still */
	DIR *threads;

	if (process->threads < 2 || process->threads > THREADS_MAX ||
	    procdir_open(proc_root, number, &dir) || procdir_read_stat(dir, &stat) ||
	    !procdir_is_start(&stat, process->start_boot_ns))
		return;
	threads = open_threads(dir);
	while (threads && (entry = readdir(threads))) {
		enum incident_answer blocks = ANSWER_UNKNOWN;

		if (entry->d_name[0] != '.')
			blocks = thread_blocks(incident, dir, entry->d_name);
		seen += blocks != ANSWER_UNKNOWN;
		if (strtoul(entry->d_name, NULL, 10) == thread)
			still = blocks == ANSWER_YES;
		else
			open += blocks == ANSWER_NO;
	}
	if (threads)
		closedir(threads);
	if (still && seen == process->threads)
		process->threads_open = open;
}

void signal_sets_enrich(struct incident *incident, const char *proc_root)
{
	const struct incident_signal *signal = &incident->signal;

	if (incident->subject == EV_SUBJECT_EXIT)
		return;
	/* Handlers do not survive execve(). */
	if (signal->disposition != EV_DISPOSITION_HANDLER)
		find_parent(incident, proc_root);
	/* The other threads would ignore it. */
	if (incident->outcome == EV_OUTCOME_PENDING && signal->blocked &&
	    signal->disposition != EV_DISPOSITION_IGNORE)
		find_threads(incident, proc_root);
}
