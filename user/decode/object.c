/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The object block: what the fd referred to, with times turned into ages. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "decode_private.h"
#include "units.h"
#include "words.h"

static uint64_t jiffies_ago_ns(const struct record_view *view, const struct ev_tcp *tcp,
			       uint32_t then)
{
	uint32_t age = (uint32_t)tcp->jiffies_now - then;

	return age * NSEC_PER_SEC / view->session->hz;
}

/* struct tcp_sock counts the FIN as a received byte. */
static bool tcp_got_data(const struct ev_object *object)
{
	return object->tcp.bytes_received > (object->socket_flags & EV_SOCKET_DONE ? 1 : 0);
}

static void tcp_decode(const struct record_view *view, const struct ev_object *object,
		       struct incident_tcp *tcp)
{
	const struct ev_tcp *from = &object->tcp;
	uint64_t now_ns = view->time_ns;
	uint64_t packet_ns = from->mstamp_us * 1000;

	tcp->raw = *from;
	tcp->raw.ulp[sizeof(tcp->raw.ulp) - 1] = '\0';
	tcp->bytes_sent = from->bytes_sent;
	tcp->bytes_acked = from->bytes_acked;
	tcp->bytes_received = from->bytes_received;
	tcp->bytes_retrans = from->bytes_retrans;
	/* lrcvtime is set when the connection is established; tcp_disconnect() clears it. */
	tcp->established = from->lrcvtime;
	tcp->unacked_bytes = tcp->established ? from->write_seq - from->snd_una : 0;
	tcp->have_last_send = from->bytes_sent;
	tcp->have_last_receive = tcp->established && tcp_got_data(object);
	tcp->have_last_ack = from->rcv_tstamp;
	tcp->have_last_packet = from->mstamp_us && packet_ns <= now_ns;
	if (tcp->have_last_send)
		tcp->last_send_ago_ns = jiffies_ago_ns(view, from, from->lsndtime);
	if (tcp->have_last_receive)
		tcp->last_receive_ago_ns = jiffies_ago_ns(view, from, from->lrcvtime);
	if (tcp->have_last_ack)
		tcp->last_ack_ago_ns = jiffies_ago_ns(view, from, from->rcv_tstamp);
	if (tcp->have_last_packet)
		tcp->last_packet_ago_ns = now_ns - packet_ns;
}

/* A name from a hostile file may hold anything. Then the number is shown. */
static bool is_plain_name(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] > '~' || strchr("%\"\\]", name[i]))
			return false;
	return length && length < EV_INTERFACE_LEN;
}

static void scope_decode(const struct ev_object *from, const unsigned char *address,
			 char *ret_scope)
{
	size_t length = strnlen(from->interface_name, EV_INTERFACE_LEN);

	ret_scope[0] = '\0';
	if (from->family != AF_INET6 || !from->interface ||
	    !IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)address))
		return;
	if (is_plain_name(from->interface_name, length))
		snprintf(ret_scope, EV_INTERFACE_LEN, "%.*s", (int)length, from->interface_name);
	else
		snprintf(ret_scope, EV_INTERFACE_LEN, "%u", from->interface);
}

static void addresses_decode(const struct ev_object *from, struct incident_object *object)
{
	/* A dual-stack socket has an IPv4 peer in mapped form. It is shown as ss shows it. */
	if (from->family != AF_INET && from->family != AF_INET6)
		return;
	object->local_port = from->local_port;
	object->peer_port = from->peer_port;
	object->have_addresses = from->local_port || from->peer_port;
	inet_ntop(from->family, from->local_address, object->local_address,
		  sizeof(object->local_address));
	inet_ntop(from->family, from->peer_address, object->peer_address,
		  sizeof(object->peer_address));
	scope_decode(from, from->local_address, object->local_scope);
	scope_decode(from, from->peer_address, object->peer_scope);
}

static int unix_decode(const struct ev_object *from, struct incident_object *object)
{
	struct ev_unix *unix_ = &object->unix_;

	*unix_ = from->unix_;
	if (unix_->path_length > EV_UNIX_PATH_MAX)
		return -EBADMSG;
	/* An abstract name may hold NULs: it stays in unix_.path with its length. */
	if (!unix_->path_length || unix_->flags & EV_UNIX_ABSTRACT)
		return 0;
	object->have_path = true;
	object->path.have = true;
	snprintf(object->path.text, sizeof(object->path.text), "%.*s",
		 (int)strnlen((const char *)unix_->path, unix_->path_length),
		 (const char *)unix_->path);
	return 0;
}

static int by_type_decode(const struct record_view *view, const struct ev_object *from,
			  struct incident *incident)
{
	struct incident_object *object = &incident->object;
	int error = 0;

	switch (object->type) {
	case EV_OBJECT_PIPE:
		object->pipe = from->pipe;
		break;
	case EV_OBJECT_FIFO:
		object->pipe = from->pipe;
		/* fallthrough */
	case EV_OBJECT_FILE:
		error = block_path(view, EV_BLOCK_PATH, &object->path);
		object->have_path = object->path.have;
		break;
	case EV_OBJECT_TCP:
		tcp_decode(view, from, &object->tcp);
		history_note_missing(incident);
		break;
	case EV_OBJECT_UNIX:
		error = unix_decode(from, object);
		break;
	case EV_OBJECT_VSOCK:
		object->vsock = from->vsock;
		break;
	case EV_OBJECT_NONE:
	case EV_OBJECT_SOCKET:
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
		break;
	}
	return error;
}

int object_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_object *object = &incident->object;
	struct ev_object from;
	int error;

	if (!incident_has_object(incident))
		return 0;
	if (!block_read(view, EV_BLOCK_OBJECT, &from, EV_OBJECT_COMMON_SIZE))
		from.status = EV_OBJECT_NO_FD;
	block_read(view, EV_BLOCK_DETAIL, &from.pipe, EV_OBJECT_DETAIL_SIZE);
	if (from.type > EV_OBJECT_VSOCK || from.status > EV_OBJECT_FD_MOVED)
		return -EBADMSG;
	object->type = from.type;
	object->status = from.status;
	object->inode = from.inode;
	object->dev = from.dev;
	object->file_flags = from.file_flags;
	object->mode = from.mode;
	object->family = from.family;
	object->sock_type = from.sock_type;
	object->protocol = from.protocol;
	object->state = from.state;
	object->shutdown = from.shutdown;
	object->socket_flags = from.socket_flags;
	object->error = from.error;
	object->error_soft = from.error_soft;
	object->net_ns = from.net_ns;
	object->have_earlier_error = from.earlier_error && from.earlier_error_ns <= view->time_ns;
	object->earlier_error = from.earlier_error;
	if (object->have_earlier_error)
		object->earlier_error_ago_ns = view->time_ns - from.earlier_error_ns;
	block_read(view, EV_BLOCK_EVIDENCE, &object->history, sizeof(object->history));
	addresses_decode(&from, object);
	candidate_of_closer(incident, &object->history.peer, EV_NUMBER_PEER);
	candidate_of_closer(incident, &object->history.peer_shutdown, EV_NUMBER_PEER_SHUTDOWN);
	error = by_type_decode(view, &from, incident);
	incident_note_missing(incident, MISSING_OBJECT, word_object_status(object->status));
	return error;
}
