// SPDX-License-Identifier: GPL-2.0-or-later
#include "readers.h"

#include "units.h"

/* The process that alone was started with the read end of the incident's pipe; NULL: none. */
static const struct ev_holder *only_holder(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;
	const struct ev_holder *only = NULL;

	/* More than one open for reading: somebody opened it again through /proc/PID/fd. */
	if (incident->object.type != EV_OBJECT_PIPE || incident->object.pipe.readers ||
	    incident->object.pipe.r_counter > 1 || incident->candidate_count ||
	    history->holders_lost)
		return NULL;
	for (size_t i = 0; i < EV_HOLDERS_MAX; i++) {
		const struct ev_holder *holder = &history->holders[i];

		if (!holder->pid)
			continue;
		if (only || !(holder->flags & EV_HOLDER_SOLE) ||
		    holder->pid == incident->process.pid)
			return NULL;
		only = holder;
	}
	return only;
}

enum reader_state readers_find(const struct exits *exits, const struct incident *incident,
			       struct ev_exit *ret_exit)
{
	const struct ev_holder *holder = only_holder(incident);
	uint64_t latest_ns = incident->monotonic_ns + READER_MS * NSEC_PER_MSEC;

	if (!holder)
		return READER_NONE;
	if (!exits_find(exits, holder->pid, holder->start_boot_ns, ret_exit))
		return READER_LIVES;
	/* The incident's list of holders may be older than this exit. */
	if (ret_exit->flags & EV_EXIT_UNIX)
		return READER_NONE;
	return ret_exit->time_ns <= latest_ns ? READER_ENDED : READER_NONE;
}
