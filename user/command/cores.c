// SPDX-License-Identifier: GPL-2.0-or-later
#include "cores.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "decode.h"
#include "enrich.h"
#include "procdir.h"
#include "units.h"

struct cores {
	size_t count;
	struct core_wait list[CORES_MAX]; /* oldest first */
};

int cores_new(struct cores **ret_cores)
{
	struct cores *cores = calloc(1, sizeof(*cores));

	if (!cores)
		return -ENOMEM;
	*ret_cores = cores;
	return 0;
}

void cores_free(struct cores *cores)
{
	free(cores);
}

void cores_complete(const struct exits *exits, const struct enrich_options *enrich,
		    struct work *work)
{
	struct incident *incident = &work->incident;
	const struct incident_process *process = &incident->process;
	struct ev_exit exit;
	bool has_ended = exits_find(exits, process->pid, process->start_boot_ns, &exit);

	if (core_enrich(incident, enrich, has_ended ? &exit : NULL))
		record_add_block(work->record, &work->size, EV_RECORD_MAX, EV_BLOCK_CORE,
				 &incident->core_facts, sizeof(incident->core_facts));
}

bool cores_are_open(const struct incident *incident)
{
	return incident->core.state == CORE_EXPECTED || incident->core.state == CORE_BEING_WRITTEN;
}

void cores_begin(const struct incident *incident, struct core_wait *ret_wait)
{
	const struct incident_process *process = &incident->process;

	*ret_wait = (struct core_wait){
		.number = incident->number,
		.incident_ns = incident->monotonic_ns,
		.time = incident->time,
		.start_boot_ns = process->start_boot_ns,
		.signal = incident->signal.number,
		.process = {
			.have = true,
			.pid = process->pid,
			.pid_here = process->pid_here,
			.uid = process->uid,
			.exe_inode = process->exe_inode,
			.exe_dev = process->exe_dev,
		},
		.core = incident->core,
	};
	memcpy(ret_wait->process.comm, process->comm, sizeof(process->comm));
	memcpy(ret_wait->process.unit, process->names.unit,
	       strnlen(process->names.unit, sizeof(ret_wait->process.unit) - 1));
}

bool cores_add(struct cores *cores, struct core_wait *wait)
{
	if (cores->count == CORES_MAX) {
		wait->given_up = EV_CORE_TOO_MANY;
		wait->end_ns = clock_now_ns();
		return false;
	}
	wait->look_ns = clock_now_ns() + NSEC_PER_SEC;
	cores->list[cores->count++] = *wait;
	return true;
}

bool cores_is_empty(const struct cores *cores)
{
	return !cores->count;
}

static void take(struct cores *cores, size_t index, struct core_wait *ret_wait)
{
	*ret_wait = cores->list[index];
	cores->count--;
	memmove(&cores->list[index], &cores->list[index + 1],
		(cores->count - index) * sizeof(cores->list[0]));
}

static bool find_end(struct core_wait *wait, const struct exits *exits)
{
	struct ev_exit exit;

	if (!exits_find(exits, wait->process.pid, wait->start_boot_ns, &exit))
		return false;
	wait->given_up = EV_CORE_SEEN;
	wait->status = exit.status;
	wait->end_ns = exit.time_ns;
	return true;
}

/* Only from time to time: it reads files. */
static bool is_gone(struct core_wait *wait, const char *proc_root, uint64_t now_ns)
{
	uint32_t number = incident_number_in_proc(wait->process.pid, wait->process.pid_here);

	if (!proc_root || !number || now_ns < wait->look_ns)
		return false;
	wait->look_ns = now_ns + NSEC_PER_SEC;
	return !procdir_runs(proc_root, number, wait->start_boot_ns);
}

/* True if WAIT has its result. */
static bool is_decided(struct core_wait *wait, const struct exits *exits, const char *proc_root,
		       bool final)
{
	uint64_t now_ns = clock_now_ns();
	bool gone;

	if (find_end(wait, exits))
		return true;
	gone = is_gone(wait, proc_root, now_ns);
	if (gone && find_end(wait, exits)) /* it came in between */
		return true;
	if (gone)
		wait->given_up = exits_were_overwritten(exits, wait->process.pid, wait->incident_ns)
					 ? EV_CORE_OVERWRITTEN
					 : EV_CORE_UNSEEN;
	else if (final)
		wait->given_up = EV_CORE_RUN_ENDED;
	else if (now_ns - wait->incident_ns > CORES_WAIT_SECONDS * NSEC_PER_SEC)
		wait->given_up = EV_CORE_TOO_LONG;
	else
		return false;
	wait->end_ns = now_ns;
	return true;
}

bool cores_take(struct cores *cores, const struct exits *exits, const char *proc_root, bool final,
		struct core_wait *ret_wait)
{
	for (size_t i = 0; i < cores->count; i++) {
		if (!is_decided(&cores->list[i], exits, proc_root, final))
			continue;
		take(cores, i, ret_wait);
		return true;
	}
	return false;
}

bool cores_take_recorded(struct cores *cores, const struct ev_core_end *end,
			 struct core_wait *ret_wait)
{
	for (size_t i = 0; i < cores->count; i++) {
		const struct core_wait *wait = &cores->list[i];

		if (wait->process.pid != end->pid || wait->start_boot_ns != end->start_boot_ns ||
		    wait->incident_ns != end->incident_ns)
			continue;
		take(cores, i, ret_wait);
		return true;
	}
	return false;
}
