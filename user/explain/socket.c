// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A failed write to a socket that is neither tcp nor unix (mptcp, sctp, vsock, others), and a
 * failed write whose object is not known.
 */
#include "own_end.h"
#include "socket.h"

#include <inttypes.h>
#include <netinet/tcp.h>

#include "advice.h"
#include "rule.h"
#include "words.h"

void socket_add_state(const struct incident *incident, struct text *text)
{
	char number[WORD_SIZE];
	uint8_t state = incident->object.state;

	text_add(text, "%s", word_or_number(word_state(state), state, number));
}

void socket_tell_shut_down_locally(const struct incident *incident, struct text *text)
{
	text_add(text, "this side had shut down sending (shutdown(SHUT_WR) or SHUT_RDWR) and wrote "
		       "afterwards");
}

void socket_tell_unknown(const struct incident *incident, struct text *text)
{
	const struct incident_object *object = &incident->object;

	text_add(text, "not known: state ");
	socket_add_state(incident, text);
	text_add(text, ", shutdown %u, error %" PRIu32 " fit no rule", object->shutdown,
		 object->error);
}

/* mptcp_close_state() uses the same table as tcp_close_state(). */
static bool is_mptcp_shut_down_locally(const struct incident *incident)
{
	return incident->object.type == EV_OBJECT_MPTCP && own_end_is_in_shutdown_state(incident);
}

static void tell_mptcp_shut_down_locally(const struct incident *incident, struct text *text)
{
	socket_tell_shut_down_locally(incident, text);
	text_add(text, " (mptcp, state ");
	socket_add_state(incident, text);
	text_add(text, ")");
}

/*
 * sctp_cmd_new_state() moves a one-to-one socket to CLOSING, which is TCP_CLOSE_WAIT, when the
 * peer's SHUTDOWN arrives.
 */
static bool is_ended_by_peer(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	return (object->type == EV_OBJECT_SCTP && object->state == TCP_CLOSE_WAIT) ||
	       (object->type == EV_OBJECT_VSOCK &&
		object->vsock.peer_shutdown & EV_SHUTDOWN_RECEIVE);
}

static void tell_ended_by_peer(const struct incident *incident, struct text *text)
{
	if (incident->object.type == EV_OBJECT_SCTP)
		text_add(text, "the peer ended the association: it sent SHUTDOWN");
	else
		text_add(text, "the peer closed the socket or shut down receiving");
	text_add(text, " (state ");
	socket_add_state(incident, text);
	text_add(text, ")");
}

static bool is_shut_down(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	return object->shutdown & EV_SHUTDOWN_SEND || object->state == TCP_CLOSE ||
	       object->state == TCP_LISTEN;
}

static void tell_shut_down(const struct incident *incident, struct text *text)
{
	const struct incident_object *object = &incident->object;

	if (object->state == TCP_LISTEN)
		text_add(text, "written to a listening socket");
	else if (own_end_is_in_shutdown_state(incident))
		text_add(text, "this side had shut down sending");
	else if (object->shutdown & EV_SHUTDOWN_SEND)
		text_add(text,
			 "sending is shut down, by this side or because the connection ended");
	else
		text_add(text, "the socket has no connection");
	text_add(text, " (state ");
	socket_add_state(incident, text);
	text_add(text, ")");
}

const struct rule socket_rules[] = {
	{ "local_shutdown", CONFIDENCE_CERTAIN, is_mptcp_shut_down_locally,
	  tell_mptcp_shut_down_locally, &advice_finish_writes, NULL },
	{ "socket_shut_down", CONFIDENCE_CERTAIN, is_ended_by_peer, tell_ended_by_peer,
	  &advice_watch_for_close, NULL },
	{ "socket_shut_down", CONFIDENCE_LIKELY, is_shut_down, tell_shut_down, NULL, NULL },
	{ "unknown", CONFIDENCE_UNKNOWN, NULL, socket_tell_unknown, NULL, NULL },
};

static const char *why_not_known(const struct incident_object *object)
{
	if (object->type != EV_OBJECT_NONE)
		return "the fd refers to neither a pipe nor a socket";
	switch (object->status) {
	case EV_OBJECT_FD_CLOSED:
		return "another thread closed the fd while the call ran";
	case EV_OBJECT_REUSED:
		return "the fd refers to a file that cannot break: another thread reused the fd "
		       "while the call ran, or a layer above tcp (a socket map) refused the write";
	default:
		return "the object that was written to was not found";
	}
}

static bool has_link(const struct incident *incident, enum link_what what)
{
	for (size_t i = 0; i < incident->link_count; i++)
		if (incident->links[i].what == what)
			return true;
	return false;
}

/* -s fatal: the record was made at the death, when the call that had failed was over. */
static void tell_held_back(const struct incident *incident, struct text *text)
{
	char after[DURATION_SIZE];

	text_add(text,
		 "not known: the write failed %s before the death, and the signal was held back; ",
		 duration_text(incident->death.after_ns, DURATION_FINE, after));
	text_add(text, has_link(incident, LINK_SAME_SIGNAL)
			       ? "the related incident is about the write"
			       : "the call was over when the process died");
}

static void tell_unknown(const struct incident *incident, struct text *text)
{
	if (incident->object.type == EV_OBJECT_NONE && incident->signal.blocked &&
	    incident->death.have_after) {
		tell_held_back(incident, text);
		return;
	}
	text_add(text, "not known: %s", why_not_known(&incident->object));
}

const struct rule unknown_rules[] = {
	{ "unknown", CONFIDENCE_UNKNOWN, NULL, tell_unknown, NULL, NULL },
};
