// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is the process alone with what it has set for the signal? SIG_IGN is inherited by fork() and
 * execve(), and a mask is each thread's own. /proc/PID/status tells both of those who live.
 */
#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "procdir.h"

#define STATUS_BYTES 4096

/* Whether the mask in the line KEY ("SigIgn:\t") has the bit of SIGNAL. */
static enum incident_answer mask_has(const char *status, const char *key, uint32_t signal)
{
	const char *line = strstr(status, key);

	if (!line)
		return ANSWER_UNKNOWN;
	return strtoull(line + strlen(key), NULL, 16) >> (signal - 1) & 1 ? ANSWER_YES : ANSWER_NO;
}

/* The status of PID, if it was there before the incident's process ended or was born: a reused
 * number is younger. */
static bool read_status(const char *proc_root, uint32_t pid, uint64_t not_after_boot_ns,
			char *ret_status)
{
	cleanup(cleanup_close) int dir = -1;
	struct procdir_stat stat;
	size_t length;

	if (!pid || procdir_open(proc_root, pid, &dir) || procdir_read_stat(dir, &stat) ||
	    stat.start_boot_ns > not_after_boot_ns ||
	    procdir_read(dir, "status", ret_status, STATUS_BYTES - 1, &length))
		return false;
	ret_status[length < STATUS_BYTES - 1 ? length : STATUS_BYTES - 1] = '\0';
	return true;
}

void masks_enrich(struct incident *incident, const char *proc_root)
{
	struct incident_process *process = &incident->process;
	const struct incident_signal *signal = &incident->signal;
	char status[STATUS_BYTES];

	if (signal->disposition == EV_DISPOSITION_IGNORE &&
	    read_status(proc_root, process->ppid, process->start_boot_ns, status))
		process->parent_ignores = mask_has(status, "\nSigIgn:\t", signal->number);
	if (signal->blocked && !signal->group && process->tid != process->pid &&
	    read_status(proc_root, process->pid, process->start_boot_ns, status))
		process->main_thread_blocks = mask_has(status, "\nSigBlk:\t", signal->number);
}
