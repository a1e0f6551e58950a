// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The JSON blocks `syscall` and `object`. Which keys an object has depends on its type alone, never
 * on its values.
 */
#include <fcntl.h>
#include <string.h>

#include "json_blocks.h"
#include "words.h"
#include "unix_name.h"

static void add_flags(struct json_writer *json, const struct incident_syscall *call)
{
	const char *names[WORD_FLAGS_MAX];
	uint64_t rest;
	size_t count = word_flags(call->flags_kind, call->flags, names, &rest);

	json_begin_array(json, "flags");
	for (size_t i = 0; i < count; i++)
		json_put_text(json, NULL, names[i]);
	if (rest)
		json_put_hex(json, NULL, rest);
	json_end_array(json);
}

static void add_uring(struct json_writer *json, const struct incident_syscall *call)
{
	char number[WORD_SIZE];

	if (!call->have_uring) {
		json_put_null(json, "io_uring");
		return;
	}
	json_begin_object(json, "io_uring");
	json_put_text(json, "op",
		      word_or_number(word_uring_op(call->uring_op), call->uring_op, number));
	json_put_text(json, "from", call->uring_from_ring ? "ring" : "request");
	json_end_object(json);
}

static void add_call(struct json_line *line, const struct incident_syscall *call)
{
	struct json_writer *json = &line->json;
	if (call->have) {
		json_put_text(json, "name", call->name);
		if (!call->name)
			json_reason(line, MISSING_SYSCALL_NAME, WHY_NO_NAME_FOR_NUMBER);
		json_put_uint(json, "number", call->number);
		json_put_text(json, "abi", word_abi(call->abi));
		return;
	}
	json_unknown(line, "name", MISSING_SYSCALL_NAME, WHY_URING_WORKER);
	json_put_null(json, "number");
	json_put_null(json, "abi");
}

void json_add_syscall(struct json_line *line, const struct incident *incident)
{
	struct json_writer *json = &line->json;
	const struct incident_syscall *call = &incident->syscall;
	enum missing_reason fd_reason = word_fd_status(call->fd_status);

	if (!call->have && !call->have_uring) {
		json_put_null(json, "syscall");
		if (incident->subject == EV_SUBJECT_WRITE)
			json_reason(line, MISSING_SYSCALL, fd_reason ?: WHY_NOT_RECORDED);
		return;
	}
	json_begin_object(json, "syscall");
	add_call(line, call);
	if (call->have_fd)
		json_put_int(json, "fd", call->fd);
	else
		json_unknown(line, "fd", MISSING_FD, fd_reason ?: WHY_NOT_RECORDED);
	if (call->have_bytes)
		json_put_uint(json, "bytes", call->bytes);
	else
		json_unknown(line, "bytes", MISSING_BYTES, WHY_NOT_RECORDED);
	add_flags(json, call);
	add_uring(json, call);
	json_end_object(json);
}

static void add_shutdown(struct json_writer *json, const char *key, uint32_t shutdown)
{
	json_begin_array(json, key);
	if (shutdown & EV_SHUTDOWN_RECEIVE)
		json_put_text(json, NULL, "read");
	if (shutdown & EV_SHUTDOWN_SEND)
		json_put_text(json, NULL, "write");
	json_end_array(json);
}

static void add_error(struct json_writer *json, const char *key, uint32_t error)
{
	char number[WORD_SIZE];

	json_put_text(json, key, error ? word_errno(error, number) : NULL);
}

/* Keys of every socket. */
static void add_socket(struct json_writer *json, const struct incident_object *object)
{
	char number[WORD_SIZE];

	json_put_text(json, "family",
		      word_or_number(word_family(object->family), object->family, number));
	json_put_text(json, "state",
		      word_or_number(word_state(object->state), object->state, number));
	add_error(json, "error", object->error);
	add_shutdown(json, "shutdown", object->shutdown);
}

static void add_socktype(struct json_writer *json, const struct incident_object *object)
{
	char number[WORD_SIZE];

	json_put_text(json, "socktype",
		      word_or_number(word_socktype(object->sock_type), object->sock_type, number));
}

/* Most addresses have no scope, so null means none, and nothing is unknown. */
static void add_end(struct json_writer *json, const char *key, const char *address,
		    const char *scope, uint16_t port)
{
	json_begin_object(json, key);
	json_put_text(json, "address", address);
	json_put_text(json, "scope", scope[0] ? scope : NULL);
	json_put_uint(json, "port", port);
	json_end_object(json);
}

/* A socket that never had a peer has a null without a reason, because nothing is unknown. */
static void add_ends(struct json_line *line, const struct incident_object *object)
{
	struct json_writer *json = &line->json;
	if (!object->have_addresses) {
		json_unknown(line, "local", MISSING_OBJECT_ADDRESSES, WHY_NOT_IP);
		json_put_null(json, "peer");
		return;
	}
	add_end(json, "local", object->local_address, object->local_scope, object->local_port);
	if (object->peer_port)
		add_end(json, "peer", object->peer_address, object->peer_scope, object->peer_port);
	else
		json_put_null(json, "peer");
}

/* Known only with a hook on sk_stream_error(), so absence means nothing. */
static void add_earlier_error(struct json_writer *json, const struct incident_object *object)
{
	if (!object->have_earlier_error) {
		json_put_null(json, "earlier_error");
		return;
	}
	json_begin_object(json, "earlier_error");
	add_error(json, "error", object->earlier_error);
	json_put_us(json, "ago_us", object->earlier_error_ago_ns);
	json_end_object(json);
}

static void add_tcp(struct json_line *line, const struct incident_object *object)
{
	struct json_writer *json = &line->json;
	const struct incident_tcp *tcp = &object->tcp;
	size_t ulp_length = strnlen(tcp->raw.ulp, sizeof(tcp->raw.ulp));

	add_socket(json, object);
	add_error(json, "soft_error", object->error_soft);
	add_ends(line, object);
	add_earlier_error(json, object);
	json_put_uint(json, "bytes_sent", tcp->bytes_sent);
	json_put_uint(json, "bytes_acked", tcp->bytes_acked);
	json_put_uint(json, "bytes_received", tcp->bytes_received);
	json_put_uint(json, "bytes_retrans", tcp->bytes_retrans);
	json_put_uint(json, "unacked_bytes", tcp->unacked_bytes);
	json_put_uint(json, "retransmits", tcp->raw.retransmits);
	if (ulp_length)
		json_put_bytes(json, "ulp", tcp->raw.ulp, ulp_length);
	else
		json_put_null(json, "ulp");
}

static void add_pipe(struct json_writer *json, const struct incident_object *object)
{
	json_put_uint(json, "readers", object->pipe.readers);
	json_put_uint(json, "writers", object->pipe.writers);
	json_put_uint(json, "unread_buffers", object->pipe.unread_buffers);
}

static void add_path(struct json_line *line, const struct incident_object *object)
{
	if (object->have_path)
		json_add_path(line, "path", MISSING_OBJECT_PATH, &object->path);
	else
		json_unknown(line, "path", MISSING_OBJECT_PATH, WHY_NOT_RECORDED);
}

static void add_unix_name(struct json_line *line, const struct incident_object *object)
{
	struct json_writer *json = &line->json;
	struct unix_name name;

	unix_name_get(object, &name);
	if (name.length && !name.abstract)
		json_put_bytes(json, "path", name.bytes, name.length);
	else
		json_put_null(json, "path");
	if (name.length && name.abstract)
		json_put_bytes(json, "abstract", name.bytes, name.length);
	else
		json_put_null(json, "abstract");
	if (name.length)
		json_put_text(json, "name_of",
			      object->unix_.flags & EV_UNIX_PATH_IS_PEER ? "peer" : "local");
	else
		json_put_null(json, "name_of");
	if (name.length || name.socketpair)
		json_put_bool(json, "socketpair", name.socketpair);
	else
		json_unknown(line, "socketpair", MISSING_OBJECT_SOCKETPAIR, WHY_NO_PEER_SOCKET);
}

static void add_unix(struct json_line *line, const struct incident *incident)
{
	const struct incident_object *object = &incident->object;
	struct json_writer *json = &line->json;
	const struct ev_unix *end = &object->unix_;
	bool have_peer = end->flags & EV_UNIX_PEER_HAVE;

	add_socket(json, object);
	add_socktype(json, object);
	add_unix_name(line, object);
	if (end->peer_pid)
		json_put_uint(json, "peer_pid", end->peer_pid);
	else
		json_unknown(line, "peer_pid", MISSING_OBJECT_PEER_PID, WHY_NO_PEER_RECORDED);
	json_put_here(json, "peer_pid_here", end->peer_pid,
		      incident_here(incident, EV_NUMBER_UNIX_PEER));
	if (!have_peer) {
		json_unknown(line, "peer_closed", MISSING_OBJECT_PEER_CLOSED, WHY_NO_PEER_SOCKET);
		json_put_null(json, "peer_inode");
		json_put_null(json, "peer_shutdown");
		return;
	}
	json_put_bool(json, "peer_closed", end->flags & EV_UNIX_PEER_DEAD);
	if (end->peer_inode)
		json_put_uint(json, "peer_inode", end->peer_inode);
	else
		json_unknown(line, "peer_inode", MISSING_OBJECT_PEER_INODE, WHY_PEER_SOCKET_CLOSED);
	add_shutdown(json, "peer_shutdown", end->peer_shutdown);
}

static void add_vsock_end(struct json_writer *json, const char *key, uint32_t cid, uint32_t port)
{
	json_begin_object(json, key);
	json_put_uint(json, "cid", cid);
	json_put_uint(json, "port", port);
	json_end_object(json);
}

static void add_vsock(struct json_writer *json, const struct incident_object *object)
{
	const struct ev_vsock *vsock = &object->vsock;

	add_socket(json, object);
	add_socktype(json, object);
	add_vsock_end(json, "local", vsock->local_cid, vsock->local_port);
	add_vsock_end(json, "peer", vsock->peer_cid, vsock->peer_port);
	add_shutdown(json, "peer_shutdown", vsock->peer_shutdown);
}

static void add_other_socket(struct json_line *line, const struct incident_object *object)
{
	struct json_writer *json = &line->json;
	char number[WORD_SIZE];

	add_socket(json, object);
	add_socktype(json, object);
	json_put_text(json, "protocol",
		      word_or_number(word_protocol(object->family, object->protocol),
				     object->protocol, number));
	add_ends(line, object);
}

static void add_by_type(struct json_line *line, const struct incident *incident)
{
	const struct incident_object *object = &incident->object;
	struct json_writer *json = &line->json;
	switch (object->type) {
	case EV_OBJECT_FIFO:
		add_path(line, object);
		add_pipe(json, object);
		break;
	case EV_OBJECT_PIPE:
		add_pipe(json, object);
		break;
	case EV_OBJECT_TCP:
		add_tcp(line, object);
		break;
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
		add_socket(json, object);
		add_error(json, "soft_error", object->error_soft);
		add_ends(line, object);
		break;
	case EV_OBJECT_UNIX:
		add_unix(line, incident);
		break;
	case EV_OBJECT_VSOCK:
		add_vsock(json, object);
		break;
	case EV_OBJECT_SOCKET:
		add_other_socket(line, object);
		break;
	case EV_OBJECT_FILE:
		add_path(line, object);
		break;
	case EV_OBJECT_NONE:
		break;
	}
}

void json_add_object(struct json_line *line, const struct incident *incident)
{
	struct json_writer *json = &line->json;
	const struct incident_object *object = &incident->object;
	enum missing_reason reason = word_object_status(object->status);

	if (object->type == EV_OBJECT_NONE) {
		json_put_null(json, "object");
		if (incident->subject == EV_SUBJECT_WRITE)
			json_reason(line, MISSING_OBJECT, reason ?: WHY_NOT_RECORDED);
		return;
	}
	json_begin_object(json, "object");
	json_put_text(json, "type", word_object_type(object->type));
	json_put_uint(json, "inode", object->inode);
	json_put_bool(json, "nonblocking", object->file_flags & O_NONBLOCK);
	json_put_bool(json, "fd_moved", object->status == EV_OBJECT_FD_MOVED);
	add_by_type(line, incident);
	json_end_object(json);
}
