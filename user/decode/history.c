// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which events of a connection's past are not known, and why: the socket shows that the event
 * happened, but no hook recorded its time. The fields are entries of cause.timeline.
 */
#include <netinet/tcp.h>

#include "decode_private.h"

static enum missing_reason why_unseen(const struct ev_history *history)
{
	/* The memory of connections has a fixed size (core/tcp_memory.bpf.h). */
	return history->watched_since_ns ? WHY_BEFORE_START : WHY_NOT_WATCHED;
}

/*
 * An entry of the memory that has seen the connect has not been replaced since. So the hook was
 * attached, and the kernel left it out: some do while a certain process runs (docs/not-seen.md).
 */
static enum missing_reason why_no_close(const struct ev_history *history)
{
	return history->connected_ns ? WHY_HOOK_MISSED : why_unseen(history);
}

static bool is_shut_down_here(uint8_t state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING ||
	       state == TCP_LAST_ACK;
}

static enum missing_reason why_no_fin(const struct ev_history *history)
{
	/*
	 * history_set_state() recognises a FIN by the state CLOSE_WAIT, and only an end that is
	 * still open enters this state.
	 */
	return history->local.pid ? WHY_FIN_AFTER_SHUTDOWN : why_unseen(history);
}

void history_note_missing(struct incident *incident)
{
	const struct incident_object *object = &incident->object;
	const struct ev_history *history = &object->history;

	if (object->tcp.established && !history->connected_ns)
		incident_note_missing(incident, MISSING_CONNECTED, why_unseen(history));
	if (object->socket_flags & EV_SOCKET_DONE && !history->fin_received_ns)
		incident_note_missing(incident, MISSING_FIN_RECEIVED, why_no_fin(history));
	if (is_shut_down_here(object->state) && !history->local.pid)
		incident_note_missing(incident, MISSING_LOCAL_SHUTDOWN, why_unseen(history));
	if (object->state != TCP_CLOSE || object->shutdown != EV_SHUTDOWN_BOTH ||
	    history->reset_received_ns || history->error)
		return;
	if (!history->closed_ns)
		incident_note_missing(incident, MISSING_CLOSED, why_no_close(history));
	else if (!history->local.pid)
		incident_note_missing(incident, MISSING_ERROR, WHY_NO_ERROR_HOOK);
}
