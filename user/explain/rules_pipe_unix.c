// SPDX-License-Identifier: GPL-2.0-or-later
/* Pipes, FIFOs and unix sockets: both ends are on this host, and the kernel shows both. */
#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>

#include "causes.h"

bool pipe_has_no_reader(const struct incident *incident)
{
	return (incident->object.type == EV_OBJECT_PIPE ||
		incident->object.type == EV_OBJECT_FIFO) &&
	       incident->object.pipe.readers == 0;
}

/* alloc_pipe_info() starts r_counter at 1: for an anonymous pipe that is its read end, for a FIFO
 * nobody. */
static uint32_t times_opened(const struct incident_object *object)
{
	return object->pipe.r_counter - (object->type == EV_OBJECT_FIFO ? 1 : 0);
}

void pipe_tell_reader_closed(const struct incident *incident, struct text *text)
{
	const struct ev_pipe *pipe = &incident->object.pipe;
	uint32_t opened = times_opened(&incident->object);

	/* More than once: an anonymous pipe through /proc/PID/fd. */
	if (opened > 1)
		text_add(text,
			 "the last reader closed its end (opened for reading %" PRIu32 " times)",
			 opened);
	else
		text_add(text, "the reader closed its end");
	if (pipe->unread_buffers > 0)
		text_add(text, " and left data unread (%" PRIu32 " of %" PRIu32 " buffers)",
			 pipe->unread_buffers, pipe->max_buffers);
	else
		text_add(text, "; it had read everything");
	if (pipe->writers > 1)
		text_add(text, "; %" PRIu32 " write ends are open", pipe->writers);
}

static bool has_unix_peer(const struct incident *incident)
{
	return incident->object.type == EV_OBJECT_UNIX &&
	       incident->object.unix_.flags & EV_UNIX_PEER_HAVE;
}

/* A datagram socket's bits are its own alone: unix_shutdown() marks the other end of streams and
 * seqpackets. */
bool unix_is_shut_down_locally(const struct incident *incident)
{
	return incident->object.type == EV_OBJECT_UNIX &&
	       incident->object.sock_type == SOCK_DGRAM && incident->object.shutdown & SEND_DOWN;
}

void unix_tell_shut_down_locally(const struct incident *incident, struct text *text)
{
	text_add(text, "this side had shut down sending (shutdown(SHUT_WR) or SHUT_RDWR) and wrote "
		       "afterwards");
}

bool unix_is_peer_closed(const struct incident *incident)
{
	return has_unix_peer(incident) && incident->object.unix_.flags & EV_UNIX_PEER_DEAD;
}

void unix_tell_peer_closed(const struct incident *incident, struct text *text)
{
	/* unix_release_sock() sets the error when the closing end had a non-empty queue, and also
	 * for what still waited for accept(). */
	if (incident->object.error == ECONNRESET)
		text_add(text, "the peer closed its end and left data unread, or it never accepted "
			       "the connection (ECONNRESET was not read here)");
	else
		text_add(text, "the peer closed its end");
}

/*
 * Datagram sockets: only the end that called shutdown() is marked. Streams: unix_shutdown() marks
 * its own socket, drops the lock and then marks the other one; in between the one that is marked
 * alone is the one that called it.
 */
bool unix_is_peer_shut_down(const struct incident *incident)
{
	return has_unix_peer(incident) && incident->object.unix_.peer_shutdown & RCV_DOWN &&
	       !(incident->object.shutdown & SEND_DOWN);
}

void unix_tell_peer_shut_down(const struct incident *incident, struct text *text)
{
	text_add(text, "the peer shut down receiving (shutdown(SHUT_RD) or SHUT_RDWR) and is open");
}

bool unix_is_shut_down(const struct incident *incident)
{
	return has_unix_peer(incident) && incident->object.shutdown & SEND_DOWN;
}

void unix_tell_shut_down(const struct incident *incident, struct text *text)
{
	if (incident->object.shutdown == BOTH_DOWN)
		text_add(text, "this side or the peer called shutdown(SHUT_RDWR)");
	else
		text_add(text, "this side called shutdown(SHUT_WR) or the peer shutdown(SHUT_RD)");
	text_add(text, "; both ends are open, and the kernel keeps the same state for either");
}
