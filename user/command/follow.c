// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happened to the process afterwards? Reads the kernel's list of exited processes repeatedly.
 */
#include "follow.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "clock.h"
#include "decode.h"
#include "units.h"

struct follow {
	const struct exits *exits;
	struct work *first, **last;
	size_t count;
};

int follow_new(const struct exits *exits, struct follow **ret_follow)
{
	struct follow *follow = calloc(1, sizeof(*follow));

	if (!follow)
		return -ENOMEM;
	follow->exits = exits;
	follow->last = &follow->first;
	*ret_follow = follow;
	return 0;
}

void follow_free(struct follow *follow)
{
	struct work *work, *next;

	if (!follow)
		return;
	for (work = follow->first; work; work = next) {
		next = work->next;
		work_free(work);
	}
	free(follow);
}

bool follow_is_empty(const struct follow *follow)
{
	return !follow->first;
}

static bool is_open(const struct incident *incident)
{
	/* An io_uring worker never takes a signal. */
	return (incident->outcome == EV_OUTCOME_PENDING &&
		!(incident->process.flags & EV_PROCESS_IO_WORKER)) ||
	       incident->outcome == EV_OUTCOME_HANDLED || incident->outcome == EV_OUTCOME_TRACED;
}

bool follow_wants(const struct follow *follow, struct work *work)
{
	work->end = (struct ev_end){ 0 };
	if (!is_open(&work->incident))
		return false;
	if (follow->count == FOLLOW_MAX) {
		work->end.state = EV_END_UNKNOWN;
		return false;
	}
	return true;
}

void follow_add(struct follow *follow, struct work *work)
{
	work->until_ns = work->incident.monotonic_ns + FOLLOW_MS * NSEC_PER_MSEC;
	work->next = NULL;
	*follow->last = work;
	follow->last = &work->next;
	follow->count++;
}

/* True if enough is known about WORK. Then its end has the result. */
static bool is_decided(const struct follow *follow, struct work *work, uint64_t now, bool final)
{
	const struct incident_process *process = &work->incident.process;
	struct ev_exit exit;

	/* Even if sigpath is late: an exit after the limit does not count as its end. */
	if (exits_find(follow->exits, process->pid, process->start_boot_ns, &exit) &&
	    exit.time_ns <= work->until_ns) {
		work->end = (struct ev_end){
			.state = EV_END_ENDED,
			.time_ns = exit.time_ns,
			.status = exit.status,
		};
		return true;
	}
	if (now < work->until_ns && !final)
		return false;
	work->end.state = now < work->until_ns ? EV_END_UNKNOWN : EV_END_ALIVE;
	work->end.time_ns = now < work->until_ns ? now : work->until_ns;
	return true;
}

struct work *follow_take(struct follow *follow, bool final)
{
	uint64_t now = clock_now_ns();

	for (struct work **at = &follow->first; *at; at = &(*at)->next) {
		struct work *work = *at;

		if (!is_decided(follow, work, now, final))
			continue;
		*at = work->next;
		if (!*at)
			follow->last = at;
		follow->count--;
		return work;
	}
	return NULL;
}

static bool is_pipe_without_readers(const struct incident *incident)
{
	return (incident->object.type == EV_OBJECT_PIPE ||
		incident->object.type == EV_OBJECT_FIFO) &&
	       !incident->object.pipe.readers;
}

static bool find_reader(const struct follow *follow, const struct incident *incident,
			struct ev_exit *ret_reader)
{
	const struct incident_process *process = &incident->process;
	const struct exits_writer writer = {
		.pid = process->pid,
		.ppid = process->ppid,
		.pgid = process->pgid,
		.start_boot_ns = process->start_boot_ns,
		.time_ns = incident->monotonic_ns,
	};

	/* A process that a hook saw closing is better evidence. */
	return is_pipe_without_readers(incident) && !incident->candidate_count &&
	       exits_find_reader(follow->exits, &writer, ret_reader);
}

int follow_complete(const struct follow *follow, struct work *work)
{
	bool have_end = work->end.state != EV_END_NOT_ASKED;
	struct ev_exit reader;
	int error = have_end ? decode_end(&work->end, &work->incident) : 0;

	if (have_end && !error)
		error = record_add_block(work->record, &work->size, EV_RECORD_MAX, EV_BLOCK_END,
					 &work->end, sizeof(work->end));
	if (!find_reader(follow, &work->incident, &reader))
		return error;
	decode_reader(&reader, &work->incident);
	return record_add_block(work->record, &work->size, EV_RECORD_MAX, EV_BLOCK_READER, &reader,
				sizeof(reader))
		       ?: error;
}
