// SPDX-License-Identifier: GPL-2.0-or-later
/* A failed write to a unix socket: both ends are on this host, and the kernel shows both. */
#include <errno.h>
#include <sys/socket.h>

#include "advice.h"
#include "own_end.h"
#include "peer_end.h"
#include "rule.h"
#include "socket.h"

static bool has_peer(const struct incident *incident)
{
	return incident->object.unix_.flags & EV_UNIX_PEER_HAVE;
}

/*
 * The bits of a datagram socket are its own: unix_shutdown() sets them at the other end only for
 * streams and seqpackets. For these a hook tells who did it.
 */
static bool is_shut_down_locally(const struct incident *incident)
{
	return (incident->object.sock_type == SOCK_DGRAM &&
		incident->object.shutdown & EV_SHUTDOWN_SEND) ||
	       own_end_saw_shutdown(incident);
}

static bool is_peer_closed(const struct incident *incident)
{
	return has_peer(incident) && incident->object.unix_.flags & EV_UNIX_PEER_DEAD;
}

static void tell_peer_closed(const struct incident *incident, struct text *text)
{
	/*
	 * unix_release_sock() sets the error if the queue of the closing end was not empty, and for
	 * connections that still waited for accept().
	 */
	if (incident->peer.have && incident->peer.how == PEER_HOW_CLOSED_LISTENER) {
		text_add(text, "the listening socket was closed before it accepted the connection");
		return;
	}
	peer_tell_close(incident, "the peer", text);
	if (incident->object.error == ECONNRESET && incident->peer.have)
		text_add(text, " and left data unread (ECONNRESET was not read here)");
	else if (incident->object.error == ECONNRESET)
		text_add(text, " and left data unread, or it never accepted the connection "
			       "(ECONNRESET was not read here)");
}

/*
 * A hook saw it. Datagram sockets: only the end that called shutdown() has the bit. Streams:
 * unix_shutdown() sets the bit of its own socket, drops the lock, and then sets the bit of the
 * other one. In between, the socket with the bit is the one that called it.
 */
static bool is_peer_shut_down(const struct incident *incident)
{
	if (incident->peer.have && incident->peer.how == PEER_HOW_SHUT_DOWN)
		return true;
	return has_peer(incident) && incident->object.unix_.peer_shutdown & EV_SHUTDOWN_RECEIVE &&
	       !(incident->object.shutdown & EV_SHUTDOWN_SEND);
}

static void tell_peer_shut_down(const struct incident *incident, struct text *text)
{
	text_add(text, "the peer shut down receiving (shutdown(SHUT_RD) or SHUT_RDWR); its "
		       "socket is still open");
}

static bool is_shut_down(const struct incident *incident)
{
	return has_peer(incident) && incident->object.shutdown & EV_SHUTDOWN_SEND;
}

static void tell_shut_down(const struct incident *incident, struct text *text)
{
	if (incident->object.shutdown == EV_SHUTDOWN_BOTH)
		text_add(text, "this side or the peer called shutdown(SHUT_RDWR)");
	else
		text_add(text, "this side called shutdown(SHUT_WR) or the peer shutdown(SHUT_RD)");
	text_add(text,
		 "; both ends are still open, and the kernel keeps the same state either way");
}

/*
 * A dead peer is checked before the bits, because its close sets them too. A datagram socket's bits
 * are its own.
 */
const struct rule unix_rules[] = {
	{ "local_shutdown", CONFIDENCE_CERTAIN, is_shut_down_locally, socket_tell_shut_down_locally,
	  &advice_finish_writes, NULL },
	{ "peer_closed", CONFIDENCE_CERTAIN, is_peer_closed, tell_peer_closed,
	  &advice_watch_for_close, NULL },
	{ "peer_shut_down", CONFIDENCE_CERTAIN, is_peer_shut_down, tell_peer_shut_down, NULL,
	  NULL },
	{ "local_shutdown_or_peer", CONFIDENCE_LIKELY, is_shut_down, tell_shut_down, NULL, NULL },
	{ "unknown", CONFIDENCE_UNKNOWN, NULL, socket_tell_unknown, NULL, NULL },
};
