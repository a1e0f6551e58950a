// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What of a connection's past is not known, and why: an event that the socket shows to have
 * happened and whose time no hook has kept. The fields are entries of cause.timeline.
 */
#include <netinet/tcp.h>

#include "decode_private.h"

#define RCV_AND_SEND 3 /* sk_shutdown */

static const char *why_unseen(const struct ev_history *history)
{
	/* The memory of connections has a fixed size (core/tcp_memory.bpf.h). */
	return history->watched_since_ns
		       ? "before sigpath started, or forgotten for newer connections"
		       : "no hook watched connections in this run";
}

static bool is_shut_down_here(uint8_t state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING ||
	       state == TCP_LAST_ACK;
}

static const char *why_no_fin(const struct ev_history *history)
{
	/* history_set_state() knows it by CLOSE_WAIT, which only an end that is still open enters. */
	return history->local.pid ? "no hook tells when this side has shut down before"
				  : why_unseen(history);
}

void history_note_missing(struct incident *incident)
{
	const struct incident_object *object = &incident->object;
	const struct ev_history *history = &object->history;

	if (object->tcp.established && !history->connected_ns)
		incident_note_missing(incident, "cause.timeline.connected", why_unseen(history));
	if (object->socket_flags & EV_SOCKET_DONE && !history->fin_received_ns)
		incident_note_missing(incident, "cause.timeline.fin_received", why_no_fin(history));
	if (is_shut_down_here(object->state) && !history->local.pid)
		incident_note_missing(incident, "cause.timeline.local_shutdown",
				      why_unseen(history));
	if (object->state != TCP_CLOSE || object->shutdown != RCV_AND_SEND ||
	    history->reset_received_ns || history->error)
		return;
	if (!history->closed_ns)
		incident_note_missing(incident, "cause.timeline.closed", why_unseen(history));
	else if (!history->local.pid)
		incident_note_missing(incident, "cause.timeline.error",
				      "not told by this kernel (inet_sk_error_report, 5.14), "
				      "or there was none");
}
