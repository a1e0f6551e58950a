// SPDX-License-Identifier: GPL-2.0-or-later
#include "own_end.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

static bool is_before(uint64_t a_ns, uint64_t b_ns)
{
	return !b_ns || a_ns < b_ns;
}

bool own_end_saw_shutdown(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;
	uint64_t local_ns = history->local.time_ns;

	/* tcp_abort() and tcp_reset() set an error or a reset before they change the state. */
	if (!local_ns || !is_before(local_ns, history->reset_received_ns) ||
	    !is_before(local_ns, history->error ? history->error_ns : 0))
		return false;
	if (incident->object.type == EV_OBJECT_TCP)
		return true;
	return is_before(local_ns, history->peer.time_ns) &&
	       is_before(local_ns, history->peer_shutdown.time_ns);
}

bool own_end_is_in_shutdown_state(const struct incident *incident)
{
	switch (incident->object.state) {
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		return incident->object.shutdown & EV_SHUTDOWN_SEND;
	default:
		return false;
	}
}

static enum missing_reason tcp_reason(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	if (object->state == TCP_LISTEN)
		return WHY_LISTENING;
	/* tcp_disconnect() clears the peer's port; tcp_done() leaves it. */
	if (object->state == TCP_CLOSE && !object->peer_port)
		return WHY_NOT_CONNECTED;
	if (own_end_is_in_shutdown_state(incident))
		return WHY_OWN_SHUTDOWN;
	if (object->state != TCP_CLOSE || object->shutdown != EV_SHUTDOWN_BOTH)
		return WHY_NONE;
	if (!object->tcp.established && !object->tcp.raw.rcv_nxt)
		return WHY_NOT_CONNECTED;
	return own_end_saw_shutdown(incident) ? WHY_OWN_SHUTDOWN : WHY_NONE;
}

static enum missing_reason unix_reason(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	/* unix_shutdown() sets the bits at the other end only for streams and seqpackets. */
	if (object->sock_type == SOCK_DGRAM && object->shutdown & EV_SHUTDOWN_SEND)
		return WHY_OWN_SHUTDOWN;
	if (!(object->unix_.flags & EV_UNIX_PEER_HAVE))
		return WHY_NOT_CONNECTED;
	return own_end_saw_shutdown(incident) ? WHY_OWN_SHUTDOWN : WHY_NONE;
}

enum missing_reason own_end_reason(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	switch (object->type) {
	case EV_OBJECT_TCP:
		return tcp_reason(incident);
	case EV_OBJECT_UNIX:
		return unix_reason(incident);
	case EV_OBJECT_SOCKET:
		/* UDP and raw sockets: nobody else ends them. */
		return object->family == AF_INET || object->family == AF_INET6 ? WHY_OWN_SHUTDOWN
									       : WHY_NONE;
	default:
		return WHY_NONE;
	}
}
