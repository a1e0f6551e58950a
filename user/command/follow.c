// SPDX-License-Identifier: GPL-2.0-or-later
/* What became of the process? Asked of the kernel's list of ended processes, again and again. */
#include "follow.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "clock.h"

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

static bool is_open(const struct ev_incident *record)
{
	/* An io_uring worker never takes a signal. */
	return (record->signal.outcome == EV_OUTCOME_PENDING &&
		!(record->process.flags & EV_PROCESS_IO_WORKER)) ||
	       record->signal.outcome == EV_OUTCOME_HANDLED ||
	       record->signal.outcome == EV_OUTCOME_TRACED;
}

bool follow_add(struct follow *follow, struct work *work)
{
	struct ev_incident *record = work->record;

	if (!is_open(record))
		return false;
	if (follow->count == FOLLOW_MAX) {
		record->end.state = EV_END_UNKNOWN;
		return false;
	}
	work->until_ns = record->header.time_ns + FOLLOW_MS * UINT64_C(1000000);
	work->next = NULL;
	*follow->last = work;
	follow->last = &work->next;
	follow->count++;
	return true;
}

static void end_with(struct ev_incident *record, const struct ev_exit *exit)
{
	record->end.state = EV_END_ENDED;
	record->end.time_ns = exit->time_ns;
	record->end.status = exit->status;
	/* Whatever held it back, it has done its work. A handler's process chose its end itself. */
	if (record->signal.outcome != EV_OUTCOME_HANDLED && WIFSIGNALED(exit->status) &&
	    WTERMSIG(exit->status) == (int)record->signal.number)
		record->signal.outcome = EV_OUTCOME_KILLED;
}

/* Whether enough is known of WORK; then its record says it. */
static bool is_decided(const struct follow *follow, struct work *work, uint64_t now, bool final)
{
	struct ev_incident *record = work->record;
	struct ev_exit exit;

	/* However late we are: what came after the bound is not its end. */
	if (exits_find(follow->exits, record, &exit) && exit.time_ns <= work->until_ns) {
		end_with(record, &exit);
		return true;
	}
	if (now < work->until_ns && !final)
		return false;
	record->end.state = now < work->until_ns ? EV_END_UNKNOWN : EV_END_ALIVE;
	record->end.time_ns = now < work->until_ns ? now : work->until_ns;
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
