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

static void add_flags(struct build *build, struct json_object *parent,
		      const struct incident_syscall *call)
{
	struct json_object *flags = build_array(build, parent, "flags");
	const char *names[WORD_FLAGS_MAX];
	uint64_t rest;
	size_t count = word_flags(call->flags_kind, call->flags, names, &rest);

	for (size_t i = 0; i < count; i++)
		build_text(build, flags, NULL, names[i]);
	if (rest)
		build_hex(build, flags, NULL, rest);
}

static void add_uring(struct build *build, struct json_object *parent,
		      const struct incident_syscall *call)
{
	struct json_object *block;
	char number[WORD_SIZE];

	if (!call->have_uring) {
		build_null(build, parent, "io_uring");
		return;
	}
	block = build_object(build, parent, "io_uring");
	build_text(build, block, "op",
		   word_or_number(word_uring_op(call->uring_op), call->uring_op, number));
	build_text(build, block, "from", call->uring_from_ring ? "ring" : "request");
}

static void add_call(struct build *build, struct json_object *block,
		     const struct incident_syscall *call)
{
	if (call->have) {
		build_text(build, block, "name", call->name);
		if (!call->name)
			build_reason(build, "syscall.name", "no name for its number");
		build_uint(build, block, "number", call->number);
		build_text(build, block, "abi", word_abi(call->abi));
		return;
	}
	build_unknown(build, block, "name", "syscall.name", "an io_uring worker makes no call");
	build_unknown(build, block, "number", "syscall.number", "an io_uring worker makes no call");
	build_unknown(build, block, "abi", "syscall.abi", "an io_uring worker makes no call");
}

void json_add_syscall(struct build *build, const struct incident *incident)
{
	const struct incident_syscall *call = &incident->syscall;
	enum missing_reason why = word_fd_status(call->fd_status);
	const char *fd_reason = why ? missing_text(why) : NULL;
	struct json_object *block;

	if (!call->have && !call->have_uring) {
		build_null(build, build->root, "syscall");
		if (incident->signal.origin == EV_ORIGIN_KERNEL)
			build_reason(build, "syscall", fd_reason ? fd_reason : "not recorded");
		return;
	}
	block = build_object(build, build->root, "syscall");
	add_call(build, block, call);
	if (call->have_fd)
		build_int(build, block, "fd", call->fd);
	else
		build_unknown(build, block, "fd", "syscall.fd",
			      fd_reason ? fd_reason : "not recorded");
	if (call->have_bytes)
		build_uint(build, block, "bytes", call->bytes);
	else
		build_unknown(build, block, "bytes", "syscall.bytes", "not recorded");
	add_flags(build, block, call);
	add_uring(build, block, call);
}

static void add_shutdown(struct build *build, struct json_object *parent, const char *key,
			 uint32_t shutdown)
{
	struct json_object *array = build_array(build, parent, key);

	if (shutdown & EV_SHUTDOWN_RECEIVE)
		build_text(build, array, NULL, "read");
	if (shutdown & EV_SHUTDOWN_SEND)
		build_text(build, array, NULL, "write");
}

static void add_error(struct build *build, struct json_object *parent, const char *key,
		      uint32_t error)
{
	char number[WORD_SIZE];

	build_text(build, parent, key, error ? word_errno(error, number) : NULL);
}

/* What every socket has. */
static void add_socket(struct build *build, struct json_object *block,
		       const struct incident_object *object)
{
	char number[WORD_SIZE];

	build_text(build, block, "family",
		   word_or_number(word_family(object->family), object->family, number));
	build_text(build, block, "state",
		   word_or_number(word_state(object->state), object->state, number));
	add_error(build, block, "error", object->error);
	add_shutdown(build, block, "shutdown", object->shutdown);
}

static void add_socktype(struct build *build, struct json_object *block,
			 const struct incident_object *object)
{
	char number[WORD_SIZE];

	build_text(build, block, "socktype",
		   word_or_number(word_socktype(object->sock_type), object->sock_type, number));
}

static void add_end(struct build *build, struct json_object *parent, const char *key,
		    const char *address, uint16_t port)
{
	struct json_object *block = build_object(build, parent, key);

	build_text(build, block, "address", address);
	build_uint(build, block, "port", port);
}

/* A socket that never had a peer has a null without a reason: nothing is unknown. */
static void add_ends(struct build *build, struct json_object *block,
		     const struct incident_object *object)
{
	if (!object->have_addresses) {
		build_unknown(build, block, "local", "object.local", "not an IP socket");
		build_unknown(build, block, "peer", "object.peer", "not an IP socket");
		return;
	}
	add_end(build, block, "local", object->local_address, object->local_port);
	if (object->peer_port)
		add_end(build, block, "peer", object->peer_address, object->peer_port);
	else
		build_null(build, block, "peer");
}

/* Known only where sk_stream_error() is hooked: absence says nothing. */
static void add_earlier_error(struct build *build, struct json_object *parent,
			      const struct incident_object *object)
{
	struct json_object *block;

	if (!object->have_earlier_error) {
		build_null(build, parent, "earlier_error");
		return;
	}
	block = build_object(build, parent, "earlier_error");
	add_error(build, block, "error", object->earlier_error);
	build_ms(build, block, "ago_ms", object->earlier_error_ago_ns);
}

static void add_tcp(struct build *build, struct json_object *block,
		    const struct incident_object *object)
{
	const struct incident_tcp *tcp = &object->tcp;
	size_t ulp_length = strnlen(tcp->raw.ulp, sizeof(tcp->raw.ulp));

	add_socket(build, block, object);
	add_error(build, block, "soft_error", object->error_soft);
	add_ends(build, block, object);
	add_earlier_error(build, block, object);
	build_uint(build, block, "bytes_sent", tcp->bytes_sent);
	build_uint(build, block, "bytes_acked", tcp->bytes_acked);
	build_uint(build, block, "bytes_received", tcp->bytes_received);
	build_uint(build, block, "bytes_retrans", tcp->bytes_retrans);
	build_uint(build, block, "unacked_bytes", tcp->unacked_bytes);
	build_uint(build, block, "retransmits", tcp->raw.retransmits);
	if (ulp_length)
		build_bytes(build, block, "ulp", tcp->raw.ulp, ulp_length);
	else
		build_null(build, block, "ulp");
}

static void add_pipe(struct build *build, struct json_object *block,
		     const struct incident_object *object)
{
	build_uint(build, block, "readers", object->pipe.readers);
	build_uint(build, block, "writers", object->pipe.writers);
	build_uint(build, block, "unread_buffers", object->pipe.unread_buffers);
}

static void add_path(struct build *build, struct json_object *block,
		     const struct incident_object *object)
{
	if (object->have_path)
		json_add_path(build, block, "path", "object.path", &object->path);
	else
		build_unknown(build, block, "path", "object.path", "not in the record");
}

static void add_unix_name(struct build *build, struct json_object *block,
			  const struct incident_object *object)
{
	struct unix_name name;

	unix_name_get(object, &name);
	if (name.length && !name.abstract)
		build_bytes(build, block, "path", name.bytes, name.length);
	else
		build_null(build, block, "path");
	if (name.length && name.abstract)
		build_bytes(build, block, "abstract", name.bytes, name.length);
	else
		build_null(build, block, "abstract");
	if (name.length)
		build_text(build, block, "name_of",
			   object->unix_.flags & EV_UNIX_PATH_IS_PEER ? "peer" : "local");
	else
		build_null(build, block, "name_of");
	if (name.length || name.socketpair)
		build_bool(build, block, "socketpair", name.socketpair);
	else
		build_unknown(build, block, "socketpair", "object.socketpair",
			      "there is no peer to tell it by");
}

static void add_unix(struct build *build, struct json_object *block,
		     const struct incident_object *object)
{
	const struct ev_unix *end = &object->unix_;
	bool have_peer = end->flags & EV_UNIX_PEER_HAVE;

	add_socket(build, block, object);
	add_socktype(build, block, object);
	add_unix_name(build, block, object);
	if (end->peer_pid)
		build_uint(build, block, "peer_pid", end->peer_pid);
	else
		build_unknown(build, block, "peer_pid", "object.peer_pid",
			      "the kernel recorded none");
	if (!have_peer) {
		build_unknown(build, block, "peer_closed", "object.peer_closed",
			      "there is no peer");
		build_null(build, block, "peer_inode");
		build_null(build, block, "peer_shutdown");
		return;
	}
	build_bool(build, block, "peer_closed", end->flags & EV_UNIX_PEER_DEAD);
	if (end->peer_inode)
		build_uint(build, block, "peer_inode", end->peer_inode);
	else
		build_unknown(build, block, "peer_inode", "object.peer_inode",
			      "a closed socket has none");
	add_shutdown(build, block, "peer_shutdown", end->peer_shutdown);
}

static void add_vsock_end(struct build *build, struct json_object *parent, const char *key,
			  uint32_t cid, uint32_t port)
{
	struct json_object *block = build_object(build, parent, key);

	build_uint(build, block, "cid", cid);
	build_uint(build, block, "port", port);
}

static void add_vsock(struct build *build, struct json_object *block,
		      const struct incident_object *object)
{
	const struct ev_vsock *vsock = &object->vsock;

	add_socket(build, block, object);
	add_socktype(build, block, object);
	add_vsock_end(build, block, "local", vsock->local_cid, vsock->local_port);
	add_vsock_end(build, block, "peer", vsock->peer_cid, vsock->peer_port);
	add_shutdown(build, block, "peer_shutdown", vsock->peer_shutdown);
}

static void add_other_socket(struct build *build, struct json_object *block,
			     const struct incident_object *object)
{
	char number[WORD_SIZE];

	add_socket(build, block, object);
	add_socktype(build, block, object);
	build_text(build, block, "protocol",
		   word_or_number(word_protocol(object->family, object->protocol), object->protocol,
				  number));
	add_ends(build, block, object);
}

static void add_by_type(struct build *build, struct json_object *block,
			const struct incident_object *object)
{
	switch (object->type) {
	case EV_OBJECT_FIFO:
		add_path(build, block, object);
		add_pipe(build, block, object);
		break;
	case EV_OBJECT_PIPE:
		add_pipe(build, block, object);
		break;
	case EV_OBJECT_TCP:
		add_tcp(build, block, object);
		break;
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
		add_socket(build, block, object);
		add_error(build, block, "soft_error", object->error_soft);
		add_ends(build, block, object);
		break;
	case EV_OBJECT_UNIX:
		add_unix(build, block, object);
		break;
	case EV_OBJECT_VSOCK:
		add_vsock(build, block, object);
		break;
	case EV_OBJECT_SOCKET:
		add_other_socket(build, block, object);
		break;
	case EV_OBJECT_FILE:
		add_path(build, block, object);
		break;
	case EV_OBJECT_NONE:
		break;
	}
}

void json_add_object(struct build *build, const struct incident *incident)
{
	const struct incident_object *object = &incident->object;
	enum missing_reason why = word_object_status(object->status);
	const char *reason = why ? missing_text(why) : NULL;
	struct json_object *block;

	if (object->type == EV_OBJECT_NONE) {
		build_null(build, build->root, "object");
		if (object->status != EV_OBJECT_NOT_ASKED)
			build_reason(build, "object", reason ? reason : "not recorded");
		return;
	}
	block = build_object(build, build->root, "object");
	build_text(build, block, "type", word_object_type(object->type));
	build_uint(build, block, "inode", object->inode);
	build_bool(build, block, "nonblocking", object->file_flags & O_NONBLOCK);
	build_bool(build, block, "fd_moved", object->status == EV_OBJECT_FD_MOVED);
	add_by_type(build, block, object);
}
