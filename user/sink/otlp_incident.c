// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The attributes of an incident. Where OpenTelemetry's semantic conventions have a name, it has
 * that name; the others begin with "sigpath." and mean what docs/json.md says. A fact that is not
 * known has no attribute, and `sigpath.missing` has the reason.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "line_format.h"
#include "otlp_record.h"
#include "otlp_value.h"
#include "path.h"
#include "stack_frames.h"
#include "unix_name.h"
#include "words.h"

void otlp_put_path(struct json_writer *json, const char *key, const struct incident_path *path)
{
	char text[sizeof(path->text) + 4];

	if (!path->have)
		return;
	snprintf(text, sizeof(text), "%s%s", path->truncated ? ".../" : "", path->text);
	otlp_put_text(json, key, text);
}

static const char *if_any(const char *text)
{
	return text[0] ? text : NULL;
}

void otlp_put_arguments(struct json_writer *json, const char *key,
			const struct incident_cmdline *cmdline)
{
	if (!cmdline->have)
		return;
	otlp_begin_list(json, key);
	for (size_t i = 0; i < cmdline->count; i++)
		otlp_put_text(json, NULL, cmdline->args[i]);
	otlp_end_list(json);
}

static void put_process(struct json_writer *json, const struct incident_process *process)
{
	otlp_put_uint(json, "process.pid", process->pid);
	if (process->ppid)
		otlp_put_uint(json, "process.parent_pid", process->ppid);
	otlp_put_uint(json, "process.user.id", process->uid);
	if (process->exe.have && !process->exe.truncated)
		otlp_put_text(json, "process.executable.name", path_leaf(process->exe.text));
	otlp_put_path(json, "process.executable.path", &process->exe);
	otlp_put_arguments(json, "process.command_args", &process->cmdline);
	otlp_put_time(json, "process.creation.time", process->start);
	otlp_put_path(json, "process.linux.cgroup", &process->cgroup);
	otlp_put_text(json, "sigpath.comm", process->comm);
	otlp_put_text(json, "sigpath.unit", if_any(process->names.unit));
	/* The resource has those of root alone: a collector adds names by them. */
	if (process->names.have_user) {
		otlp_put_text(json, "sigpath.container", if_any(process->names.container));
		otlp_put_uint(json, "sigpath.container.user", process->names.user);
	}
	otlp_put_uint(json, "sigpath.tid", process->tid);
	otlp_put_text(json, "sigpath.thread", if_any(process->thread));
	otlp_put_text(json, "sigpath.parent_comm", if_any(process->parent_comm));
	otlp_put_text(json, "sigpath.runtime", word_runtime(process->runtime));
	otlp_put_bool(json, "sigpath.redacted", process->cmdline.redacted);
}

static void put_signal(struct json_writer *json, const struct incident_signal *signal)
{
	char name[WORD_SIZE];

	otlp_put_text(json, "sigpath.signal.name", word_signal(signal->number, name));
	otlp_put_uint(json, "sigpath.signal.number", signal->number);
	otlp_put_text(json, "sigpath.signal.origin", word_origin(signal->origin));
	otlp_put_text(json, "sigpath.signal.disposition", word_disposition(signal->disposition));
	otlp_put_text(json, "sigpath.signal.result", word_result(signal->result));
	otlp_put_text(json, "sigpath.signal.site", signal->site);
	otlp_put_sender(json, signal);
}

static void put_syscall(struct json_writer *json, const struct incident_syscall *call)
{
	char number[WORD_SIZE];

	if (call->have)
		otlp_put_text(json, "sigpath.syscall.name",
			      word_or_number(call->name, call->number, number));
	if (call->have_uring)
		otlp_put_text(json, "sigpath.io_uring.op",
			      word_or_number(word_uring_op(call->uring_op), call->uring_op,
					     number));
	if (call->have_fd)
		otlp_put_int(json, "sigpath.syscall.fd", call->fd);
	if (call->have_bytes)
		otlp_put_uint(json, "sigpath.syscall.bytes", call->bytes);
}

/* The conventions know these transports. */
static const char *transport(enum ev_object_type type)
{
	switch (type) {
	case EV_OBJECT_TCP:
	case EV_OBJECT_MPTCP:
		return "tcp";
	case EV_OBJECT_UNIX:
		return "unix";
	case EV_OBJECT_PIPE:
	case EV_OBJECT_FIFO:
		return "pipe";
	default:
		return NULL;
	}
}

/* fe80::1%eth0 */
static void put_address(struct json_writer *json, const char *key, const char *address,
			const char *scope)
{
	char text[128];

	snprintf(text, sizeof(text), "%s%s%s", address, scope[0] ? "%" : "", scope);
	otlp_put_text(json, key, text);
}

static void put_addresses(struct json_writer *json, const struct incident_object *object)
{
	if (!object->have_addresses)
		return;
	otlp_put_text(json, "network.type", object->family == AF_INET6 ? "ipv6" : "ipv4");
	put_address(json, "network.local.address", object->local_address, object->local_scope);
	otlp_put_uint(json, "network.local.port", object->local_port);
	if (!object->peer_port)
		return;
	put_address(json, "network.peer.address", object->peer_address, object->peer_scope);
	otlp_put_uint(json, "network.peer.port", object->peer_port);
}

/* The address of a unix socket is its path, or @ and its abstract name. */
static void put_unix(struct json_writer *json, const struct incident_object *object)
{
	bool is_peer = object->unix_.flags & EV_UNIX_PATH_IS_PEER;
	char text[sizeof("./") + sizeof(object->unix_.path)];
	struct strbuf address = STRBUF_IN(text);
	struct unix_name name;

	unix_name_get(object, &name);
	if (!name.length)
		return;
	if (name.abstract)
		strbuf_add_text(&address, "@");
	else if (unix_name_looks_abstract(&name))
		strbuf_add_text(&address, "./");
	strbuf_add(&address, name.bytes, name.length);
	otlp_put_bytes(json, is_peer ? "network.peer.address" : "network.local.address",
		       address.text, address.length);
}

static void put_object(struct json_writer *json, const struct incident_object *object)
{
	char number[WORD_SIZE];

	if (object->type == EV_OBJECT_NONE)
		return;
	otlp_put_text(json, "network.transport", transport(object->type));
	otlp_put_text(json, "sigpath.object.type", word_object_type(object->type));
	otlp_put_uint(json, "sigpath.object.inode", object->inode);
	if (object->have_path)
		otlp_put_path(json, "sigpath.object.path", &object->path);
	if (object->type == EV_OBJECT_UNIX)
		put_unix(json, object);
	else
		put_addresses(json, object);
	if (object->error)
		otlp_put_text(json, "sigpath.object.error", word_errno(object->error, number));
	if (object->type != EV_OBJECT_TCP)
		return;
	otlp_put_uint(json, "sigpath.tcp.bytes_sent", object->tcp.bytes_sent);
	otlp_put_uint(json, "sigpath.tcp.bytes_received", object->tcp.bytes_received);
	otlp_put_uint(json, "sigpath.tcp.unacked_bytes", object->tcp.unacked_bytes);
}

static void put_peer(struct json_writer *json, const struct incident_peer_process *peer)
{
	if (!peer->have)
		return;
	otlp_put_uint(json, "sigpath.peer.pid", peer->pid);
	otlp_put_text(json, "sigpath.peer.comm", peer->have_comm ? peer->comm : NULL);
	if (peer->have_uid)
		otlp_put_uint(json, "sigpath.peer.uid", peer->uid);
	otlp_put_path(json, "sigpath.peer.exe", &peer->exe);
	otlp_put_arguments(json, "sigpath.peer.command_args", &peer->cmdline);
	otlp_put_text(json, "sigpath.peer.unit", if_any(peer->names.unit));
	otlp_put_text(json, "sigpath.peer.container", if_any(peer->names.container));
	otlp_put_text(json, "sigpath.peer.container.name", if_any(peer->names.container_name));
	otlp_put_text(json, "sigpath.peer.pod", if_any(peer->names.pod));
	otlp_put_text(json, "sigpath.peer.pod.name", if_any(peer->names.pod_name));
	otlp_put_text(json, "sigpath.peer.pod.namespace", if_any(peer->names.pod_namespace));
	otlp_put_text(json, "sigpath.peer.how", word_peer_how(peer->how));
	otlp_put_text(json, "sigpath.peer.confidence", word_confidence(peer->confidence));
	if (peer->have_exit && WIFEXITED(peer->exit_status))
		otlp_put_int(json, "sigpath.peer.exit_code", WEXITSTATUS(peer->exit_status));
	if (peer->have_exit && WIFSIGNALED(peer->exit_status))
		otlp_put_int(json, "sigpath.peer.exit_signal", WTERMSIG(peer->exit_status));
}

static void put_end(struct json_writer *json, const struct incident_end *end)
{
	otlp_put_text(json, "sigpath.end", word_end(end));
	if (end->state != EV_END_ENDED)
		return;
	if (WIFEXITED(end->status))
		otlp_put_int(json, "process.exit.code", WEXITSTATUS(end->status));
	else if (WIFSIGNALED(end->status))
		otlp_put_int(json, "sigpath.end.signal", WTERMSIG(end->status));
}

/* The innermost frame that has a name. */
static void put_code(struct json_writer *json, const struct stack *stack)
{
	const struct stack_frame *frame = stack->frames, *end = frame + stack->count;

	while (frame < end && !frame->symbol)
		frame++;
	if (frame == end)
		return;
	otlp_put_text(json, "code.function.name", frame->symbol);
	otlp_put_text(json, "code.file.path", frame->file);
	if (frame->file && frame->line)
		otlp_put_uint(json, "code.line.number", frame->line);
}

static void put_stack(struct json_writer *json, const struct incident *incident)
{
	struct strbuf text = { 0 };

	if (incident->stack && incident->stack->count) {
		text_add_stack(incident->stack, &text);
		otlp_put_escaped(json, "code.stacktrace", &text);
		put_code(json, incident->stack);
	}
	strbuf_reset(&text);
	if (incident->kernel_stack.count) {
		text_add_kernel_stack(&incident->kernel_stack, &text);
		otlp_put_escaped(json, "sigpath.kernel_stack", &text);
	}
	json->buf->failed |= text.failed;
	strbuf_free(&text);
	if (incident->stack)
		otlp_put_text(json, "sigpath.stack.reason", incident->stack->reason_code);
}

static void put_explanation(struct json_writer *json, const struct explanation *explanation)
{
	otlp_put_text(json, "sigpath.cause", explanation->code);
	otlp_put_text(json, "sigpath.confidence", word_confidence(explanation->confidence));
	otlp_put_sentence(json, "sigpath.cause.text", explanation->text);
	otlp_put_sentence(json, "sigpath.disposition.text", explanation->disposition);
	if (explanation->note_count) {
		otlp_begin_list(json, "sigpath.notes");
		for (size_t i = 0; i < explanation->note_count; i++)
			otlp_put_text(json, NULL, explanation->notes[i].code);
		otlp_end_list(json);
	}
	if (explanation->advice_count) {
		otlp_begin_list(json, "sigpath.advice");
		for (size_t i = 0; i < explanation->advice_count; i++)
			otlp_put_sentence(json, NULL, explanation->advice[i].text);
		otlp_end_list(json);
	}
}

/* "peer_died: 5f0c2a91-000020" */
static void put_links(struct json_writer *json, const struct incident *incident)
{
	char text[64];

	if (!incident->link_count)
		return;
	otlp_begin_list(json, "sigpath.links");
	for (size_t i = 0; i < incident->link_count; i++) {
		snprintf(text, sizeof(text), "%s: %s", word_link(incident->links[i].what),
			 incident->links[i].id);
		otlp_put_text(json, NULL, text);
	}
	otlp_end_list(json);
}

void otlp_put_core(struct json_writer *json, const struct incident_core *core)
{
	otlp_put_text(json, "sigpath.core", word_core_state(core->state));
	otlp_put_text(json, "sigpath.core.why", word_core_why(core->why));
	otlp_put_text(json, "sigpath.core.path", if_any(core->path));
}

/* "process.cmdline: not_resident" */
static void put_missing(struct json_writer *json, const struct incident *incident)
{
	char text[128];
	bool first = true;

	for (size_t i = 0; i < MISSING_FIELDS; i++) {
		if (!incident->missing[i])
			continue;
		if (first)
			otlp_begin_list(json, "sigpath.missing");
		first = false;
		snprintf(text, sizeof(text), "%s: %s", missing_path(i),
			 missing_code(incident->missing[i]));
		otlp_put_text(json, NULL, text);
	}
	if (!first)
		otlp_end_list(json);
}

void otlp_put_incident(struct json_writer *json, const struct incident *incident,
		       const struct explanation *explanation)
{
	otlp_put_text(json, "sigpath.id", incident->id);
	otlp_put_text(json, "sigpath.group", if_any(explanation->group));
	otlp_put_text(json, "sigpath.subject", word_subject(incident->subject));
	otlp_put_text(json, "sigpath.outcome", word_outcome(incident->outcome));
	put_explanation(json, explanation);
	put_signal(json, &incident->signal);
	otlp_put_death(json, incident);
	put_process(json, &incident->process);
	put_syscall(json, &incident->syscall);
	put_object(json, &incident->object);
	put_peer(json, &incident->peer);
	put_links(json, incident);
	put_end(json, &incident->end);
	otlp_put_core(json, &incident->core);
	put_stack(json, incident);
	put_missing(json, incident);
}
