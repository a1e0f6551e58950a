// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was the command line, and which file was executed? Normally the record has both. This is the
 * fallback if the kernel side could not read them (a page that was not resident). It works only for
 * a process that survives the incident.
 */
#include "blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "links.h"
#include "procdir.h"

#define DELETED " (deleted)" /* d_path() appends it to the path of an unlinked file */

static enum missing_reason reason_for(int err)
{
	if (err == -EACCES || err == -EPERM)
		return WHY_NO_PERMISSION;
	return WHY_PROCESS_GONE;
}

/*
 * WHY_NONE if the directory belongs to the incident's process, else the reason why it cannot be
 * used.
 */
static enum missing_reason check_identity(const struct incident_process *process, int dir)
{
	struct procdir_stat stat;
	int err;

	err = procdir_read_stat(dir, &stat);
	if (err)
		return reason_for(err);
	if (!procdir_is_start(&stat, process->start_boot_ns) || stat.state == 'Z' ||
	    stat.state == 'X')
		return WHY_PROCESS_GONE;
	/*
	 * A surviving process may have called execve() since then. Then its start time is the same,
	 * but its name is not.
	 */
	if (process->comm[0] && strncmp(stat.comm, process->comm, EV_COMM_LEN - 1) != 0)
		return WHY_PROCESS_RENAMED;
	return WHY_NONE;
}

static void split_arguments(struct incident_cmdline *cmdline, size_t length)
{
	size_t offset = 0;

	cmdline->count = 0;
	cmdline->bytes[length] = '\0';
	/* As in decode: a program that changes its title leaves NULs at the end. */
	while (length > 0 && cmdline->bytes[length - 1] == '\0')
		length--;
	while (offset < length) {
		if (cmdline->count == INCIDENT_ARGS_MAX) {
			cmdline->truncated = true;
			break;
		}
		cmdline->args[cmdline->count++] = cmdline->bytes + offset;
		offset += strlen(cmdline->bytes + offset) + 1;
	}
}

/*
 * The read cannot block on a page that the process controls: get_mm_cmdline() reads only anonymous
 * memory (FOLL_ANON, 4.17), never that of a FUSE file.
 */
static enum missing_reason read_cmdline(struct incident_cmdline *cmdline, int dir)
{
	char bytes[EV_CMDLINE_MAX + 1];
	size_t length;
	int err;

	err = procdir_read(dir, "cmdline", bytes, sizeof(bytes), &length);
	if (err)
		return reason_for(err);
	if (length == 0)
		return WHY_PROCESS_GONE;
	cmdline->truncated = length > EV_CMDLINE_MAX;
	if (cmdline->truncated)
		length = EV_CMDLINE_MAX;
	memcpy(cmdline->bytes, bytes, length);
	split_arguments(cmdline, length);
	cmdline->have = true;
	return WHY_NONE;
}

/*
 * A file that really has such a name looks the same. Only its file system could tell, and that may
 * never answer (NFS, FUSE), so it is not asked.
 */
static bool is_deleted(const char *target, size_t length)
{
	size_t suffix = strlen(DELETED);

	return length > suffix && !strcmp(target + length - suffix, DELETED);
}

enum missing_reason process_exe_target(struct links *links, int dir, char *target, size_t size,
				       bool *ret_deleted)
{
	int error = links_read_exe(links, dir, target, size);
	size_t length = strlen(target);

	if (error)
		return reason_for(error);
	if (!length)
		return WHY_PROCESS_GONE;
	*ret_deleted = is_deleted(target, length);
	if (*ret_deleted)
		target[length - strlen(DELETED)] = '\0';
	return WHY_NONE;
}

static enum missing_reason read_exe(struct incident_process *process, struct links *links, int dir)
{
	char target[PATH_MAX + 1];
	const char *start = target;
	bool deleted = false;
	enum missing_reason reason =
		process_exe_target(links, dir, target, sizeof(target), &deleted);
	size_t length;

	if (reason)
		return reason;
	process->exe_deleted |= deleted;
	length = strlen(target);
	if (length > EV_PATH_MAX) {
		/* A truncated path keeps its leaf and starts with a complete component. */
		start += length - EV_PATH_MAX;
		if (strchr(start, '/'))
			start = strchr(start, '/') + 1;
		process->exe.truncated = true;
	}
	memcpy(process->exe.text, start, strlen(start) + 1);
	process->exe.have = true;
	return WHY_NONE;
}

/* The directory of the process in /proc. WHY_NONE, or the reason why there is none. */
static enum missing_reason open_directory(const struct incident_process *process,
					  const char *proc_root, int *ret_dir)
{
	uint32_t number = incident_number_in_proc(process->pid, process->pid_here);
	int err;

	if (!number)
		return WHY_NOT_IN_PROC;
	err = procdir_open(proc_root, number, ret_dir);
	return err ? reason_for(err) : check_identity(process, *ret_dir);
}

void process_enrich(struct incident *incident, const char *proc_root, struct links *links)
{
	struct incident_process *process = &incident->process;
	cleanup(cleanup_close) int dir = -1;
	enum missing_reason reason;

	if (process->cmdline.have && process->exe.have)
		return;
	reason = open_directory(process, proc_root, &dir);
	/* It may hold the lock of its memory, which the read needs. */
	if (!reason && incident->death.stage == EV_STAGE_PENDING)
		incident_set_missing(incident, MISSING_CMDLINE, WHY_PROCESS_STUCK);
	else if (!process->cmdline.have)
		incident_set_missing(incident, MISSING_CMDLINE,
				     reason ?: read_cmdline(&process->cmdline, dir));
	if (!process->exe.have)
		incident_set_missing(incident, MISSING_EXE,
				     reason ?: read_exe(process, links, dir));
}
