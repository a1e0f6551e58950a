// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets that are neither tcp nor unix, and what fits no row. */
#include <inttypes.h>
#include <netinet/tcp.h>

#include "causes.h"

const char *socket_state_name(uint8_t state)
{
	static const char *const names[] = {
		"0",	     "ESTABLISHED", "SYN_SENT",	    "SYN_RECV",	  "FIN_WAIT1",
		"FIN_WAIT2", "TIME_WAIT",   "CLOSE",	    "CLOSE_WAIT", "LAST_ACK",
		"LISTEN",    "CLOSING",	    "NEW_SYN_RECV",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "not known";
}

static bool is_in_shutdown_state(const struct incident *incident)
{
	uint8_t state = incident->object.state;

	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING ||
	       state == TCP_LAST_ACK;
}

/* mptcp_close_state() goes by the same table as tcp_close_state(). */
bool mptcp_is_shut_down_locally(const struct incident *incident)
{
	return incident->object.type == EV_OBJECT_MPTCP && is_in_shutdown_state(incident) &&
	       incident->object.shutdown & SEND_DOWN;
}

void mptcp_tell_shut_down_locally(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "this side had shut down sending (shutdown(SHUT_WR) or SHUT_RDWR) and wrote "
		 "afterwards (mptcp, state %s)",
		 socket_state_name(incident->object.state));
}

/* sctp_cmd_new_state() takes a one-to-one socket to CLOSING, which is TCP_CLOSE_WAIT, when the
 * peer's SHUTDOWN comes. */
bool other_is_ended_by_peer(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	return (object->type == EV_OBJECT_SCTP && object->state == TCP_CLOSE_WAIT) ||
	       (object->type == EV_OBJECT_VSOCK && object->vsock.peer_shutdown & RCV_DOWN);
}

void other_tell_ended_by_peer(const struct incident *incident, struct text *text)
{
	if (incident->object.type == EV_OBJECT_SCTP)
		text_add(text, "the peer ended the association: its SHUTDOWN came");
	else
		text_add(text, "the peer closed the socket or shut down receiving");
	text_add(text, " (state %s)", socket_state_name(incident->object.state));
}

bool other_is_shut_down(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	switch (object->type) {
	case EV_OBJECT_VSOCK:
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
	case EV_OBJECT_SOCKET:
		break;
	default:
		return false;
	}
	return object->shutdown & SEND_DOWN || object->state == TCP_CLOSE ||
	       object->state == TCP_LISTEN;
}

void other_tell_shut_down(const struct incident *incident, struct text *text)
{
	const struct incident_object *object = &incident->object;

	if (object->state == TCP_LISTEN)
		text_add(text, "written to a listening socket");
	else if (is_in_shutdown_state(incident))
		text_add(text, "this side had shut down sending");
	else if (object->shutdown & SEND_DOWN)
		text_add(text,
			 "sending is shut down, by this side or because the connection ended");
	else
		text_add(text, "there is no connection");
	text_add(text, " (state %s)", socket_state_name(object->state));
}

bool other_always(const struct incident *incident)
{
	return true;
}

static const char *why_no_object(enum ev_object_status status)
{
	switch (status) {
	case EV_OBJECT_FD_CLOSED:
		return "the descriptor was closed while the call ran";
	case EV_OBJECT_REUSED:
		return "the descriptor names what cannot break: another thread reused it while the "
		       "call ran, or a layer above tcp (a socket map) refused the write";
	default:
		return "the object that was written to was not found";
	}
}

void other_tell_unknown(const struct incident *incident, struct text *text)
{
	const struct incident_object *object = &incident->object;

	switch (object->type) {
	case EV_OBJECT_NONE:
		text_add(text, "not known: %s", why_no_object(object->status));
		return;
	case EV_OBJECT_FILE:
		text_add(text, "not known: the descriptor names neither a pipe nor a socket");
		return;
	case EV_OBJECT_PIPE:
	case EV_OBJECT_FIFO:
		text_add(text, "not known: the pipe has %" PRIu32 " reader%s now",
			 object->pipe.readers, plural(object->pipe.readers));
		return;
	default:
		text_add(text, "not known: state %s, shutdown %u, error %" PRIu32 " fit no rule",
			 socket_state_name(object->state), object->shutdown, object->error);
	}
}
