// SPDX-License-Identifier: GPL-2.0-or-later
/* The object: its ends, its state, and what is unusual about it. The field has the name of its
 * type. */
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "words.h"
#include "line_format.h"
#include "text_fields.h"
#include "unix_name.h"

static void add_address(struct strbuf *buf, uint16_t family, const char *address, const char *scope,
			uint16_t port)
{
	strbuf_add_text(buf, family == AF_INET6 ? "[" : "");
	text_add_escaped(buf, address);
	strbuf_add_text(buf, scope[0] ? "%" : "");
	text_add_name(buf, scope);
	strbuf_printf(buf, "%s:%u", family == AF_INET6 ? "]" : "", port);
}

/* 127.0.0.1:8088 -> 127.0.0.1:51234, [fe80::1%eth0]:8088 -> [fe80::2%eth0]:51234 */
static void add_ends(const struct incident_object *object, struct strbuf *buf)
{
	if (!object->have_addresses)
		return;
	strbuf_add_text(buf, " ");
	add_address(buf, object->family, object->local_address, object->local_scope,
		    object->local_port);
	if (object->peer_port) {
		strbuf_add_text(buf, " -> ");
		add_address(buf, object->family, object->peer_address, object->peer_scope,
			    object->peer_port);
	} else {
		strbuf_add_text(buf, ", no peer");
	}
}

static void add_state(const struct incident_object *object, struct strbuf *buf)
{
	char number[WORD_SIZE];

	strbuf_printf(buf, "  %s",
		      word_or_number(word_state(object->state), object->state, number));
	if (object->error)
		strbuf_printf(buf, ", error %s", word_errno(object->error, number));
	if (object->have_earlier_error) {
		strbuf_printf(buf, ", had returned %s ", word_errno(object->earlier_error, number));
		text_add_duration(buf, object->earlier_error_ago_ns);
		strbuf_add_text(buf, " before");
	}
}

static void add_tcp(const struct incident_object *object, struct strbuf *buf)
{
	add_ends(object, buf);
	add_state(object, buf);
	if (object->type == EV_OBJECT_TCP && object->tcp.bytes_sent)
		strbuf_printf(buf, ", sent %" PRIu64 " %s", object->tcp.bytes_sent,
			      object->tcp.bytes_sent == 1 ? "byte" : "bytes");
	if (object->type == EV_OBJECT_TCP && object->tcp.raw.ulp[0]) {
		strbuf_add_text(buf, ", ");
		strbuf_add_name(buf, object->tcp.raw.ulp,
				strnlen(object->tcp.raw.ulp, sizeof(object->tcp.raw.ulp)));
	}
}

static void add_pipe(const struct incident_object *object, struct strbuf *buf)
{
	const struct ev_pipe *pipe = &object->pipe;

	if (object->have_path)
		text_add_path(buf, &object->path);
	else
		strbuf_printf(buf, "%" PRIu64, object->inode);
	strbuf_printf(buf, ", %u %s, %u %s", pipe->readers,
		      pipe->readers == 1 ? "reader" : "readers", pipe->writers,
		      pipe->writers == 1 ? "writer" : "writers");
	if (pipe->unread_buffers)
		strbuf_printf(buf, ", %u unread %s", pipe->unread_buffers,
			      pipe->unread_buffers == 1 ? "buffer" : "buffers");
}

/* /run/x.sock, @abstract, @"an abstract one", "@file": a file can have such a name, too */
static void add_unix_name(struct strbuf *buf, const struct unix_name *name)
{
	static const char word[] = "socketpair";
	bool is_word = name->length == sizeof(word) - 1 && !memcmp(name->bytes, word, name->length);

	if (name->abstract) {
		strbuf_add_text(buf, "@");
		strbuf_add_name(buf, name->bytes, name->length);
	} else if (is_word || unix_name_looks_abstract(name)) {
		strbuf_add_text(buf, "\"");
		strbuf_add_inside(buf, name->bytes, name->length, '"');
		strbuf_add_text(buf, "\"");
	} else {
		strbuf_add_name(buf, name->bytes, name->length);
	}
}

static void add_unix(const struct incident *incident, struct strbuf *buf)
{
	const struct ev_unix *end = &incident->object.unix_;
	char pid[INCIDENT_NUMBER_SIZE];
	struct unix_name name;

	unix_name_get(&incident->object, &name);
	if (name.length)
		add_unix_name(buf, &name);
	else
		strbuf_add_text(buf, name.socketpair ? "socketpair" : "unnamed");
	/*
	 * Who connected, listened or made the pair: not who holds the other end. The line `peer`,
	 * if there is one, says that.
	 */
	if (end->peer_pid && end->peer_pid != incident->process.pid && !incident->peer.have)
		strbuf_printf(buf, ", SO_PEERCRED pid %s%s",
			      incident_number_text(end->peer_pid,
						   incident_here(incident, EV_NUMBER_UNIX_PEER),
						   pid),
			      end->flags & EV_UNIX_PEER_PID_GONE ? " (gone)" : "");
	if (incident->object.error) {
		char number[WORD_SIZE];

		strbuf_printf(buf, ", error %s", word_errno(incident->object.error, number));
	}
}

/* 2:1024 -> 3:5000  CLOSE */
static void add_vsock(const struct incident_object *object, struct strbuf *buf)
{
	const struct ev_vsock *vsock = &object->vsock;

	strbuf_printf(buf, "%u:%u -> %u:%u", vsock->local_cid, vsock->local_port, vsock->peer_cid,
		      vsock->peer_port);
	add_state(object, buf);
}

/* inet dgram udp 127.0.0.1:53 -> 127.0.0.1:5353  ESTABLISHED */
static void add_socket(const struct incident_object *object, struct strbuf *buf)
{
	const char *protocol = word_protocol(object->family, object->protocol);

	if (word_family(object->family))
		strbuf_printf(buf, "%s", word_family(object->family));
	else
		strbuf_printf(buf, "family %u", object->family);
	if (word_socktype(object->sock_type))
		strbuf_printf(buf, " %s", word_socktype(object->sock_type));
	else
		strbuf_printf(buf, " type %u", object->sock_type);
	if (protocol)
		strbuf_printf(buf, " %s", protocol);
	else if (object->protocol)
		strbuf_printf(buf, " protocol %u", object->protocol);
	add_ends(object, buf);
	add_state(object, buf);
}

static void add_file(const struct incident_object *object, struct strbuf *buf)
{
	if (object->have_path)
		text_add_path(buf, &object->path);
	else
		strbuf_printf(buf, "inode %" PRIu64, object->inode);
}

void text_add_object(const struct incident *incident, struct strbuf *buf)
{
	const struct incident_object *object = &incident->object;

	switch (object->type) {
	case EV_OBJECT_PIPE:
	case EV_OBJECT_FIFO:
		add_pipe(object, buf);
		break;
	case EV_OBJECT_TCP:
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
		add_tcp(object, buf);
		break;
	case EV_OBJECT_UNIX:
		add_unix(incident, buf);
		break;
	case EV_OBJECT_VSOCK:
		add_vsock(object, buf);
		break;
	case EV_OBJECT_SOCKET:
		add_socket(object, buf);
		break;
	case EV_OBJECT_FILE:
		add_file(object, buf);
		break;
	case EV_OBJECT_NONE:
		return;
	}
	if (object->status == EV_OBJECT_FD_MOVED)
		strbuf_add_text(buf, " (another thread closed or reused the fd meanwhile)");
}
