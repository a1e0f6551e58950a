// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An incident in one line for grep and less -S, as logfmt: keys in a fixed order, values with
 * blanks or quotes in quotes, and "-" for what does not exist or is not known. docs/oneline.md.
 *
 * time=2026-11-21T14:03:22.117004Z host=web-12 event=killed class=service_died severity=error ...
 */
#include <string.h>
#include <sys/socket.h>

#include "line_format.h"
#include "unix_name.h"
#include "words.h"

#define END_SIZE 128   /* for an address, an interface and a port */
#define GROUP_DIGITS 8 /* of twelve: enough to distinguish the groups in one log */

static void add_key(struct strbuf *buf, const char *key)
{
	if (buf->length)
		strbuf_add(buf, " ", 1);
	strbuf_add_text(buf, key);
	strbuf_add(buf, "=", 1);
}

/* True if the value needs no quotes and does not look like an absent value. */
static bool is_bare(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] <= ' ' || bytes[i] >= 0x7f || strchr("\"=\\", bytes[i]))
			return false;
	return size && !(size == 1 && bytes[0] == '-');
}

static void add_bytes(struct strbuf *buf, const char *key, const char *bytes, size_t size)
{
	add_key(buf, key);
	if (is_bare(bytes, size))
		strbuf_add(buf, bytes, size);
	else
		strbuf_add_quoted(buf, bytes, size);
}

/* NULL: absent. */
static void add_text(struct strbuf *buf, const char *key, const char *text)
{
	if (text) {
		add_bytes(buf, key, text, strlen(text));
		return;
	}
	add_key(buf, key);
	strbuf_add(buf, "-", 1);
}

static void add_uint(struct strbuf *buf, const char *key, uint64_t value)
{
	add_key(buf, key);
	strbuf_add_uint(buf, value);
}

static void add_time(struct strbuf *buf, const char *key, struct timespec time)
{
	char text[STRBUF_UTC_SIZE];

	add_text(buf, key,
		 (time.tv_sec || time.tv_nsec) && strbuf_format_utc(time, 6, text) ? text : NULL);
}

/* The beginning of each line. */
static void begin(const struct line_options *options, struct timespec time, const char *event,
		  struct strbuf *buf)
{
	const char *host = options->session->host;

	if (!options->bare) {
		add_time(buf, "time", time);
		add_bytes(buf, "host", host, strnlen(host, sizeof(options->session->host)));
	}
	add_text(buf, "event", event);
}

static void add_class(struct strbuf *buf, enum incident_class class, enum severity severity)
{
	add_text(buf, "class", class_name(class));
	add_text(buf, "severity", class ? severity_name(severity) : NULL);
}

static void add_group(struct strbuf *buf, const char *group)
{
	if (group && group[0])
		add_bytes(buf, "group", group, strnlen(group, GROUP_DIGITS));
	else
		add_text(buf, "group", NULL);
}

static void add_call(struct strbuf *buf, const struct incident_syscall *call)
{
	char number[WORD_SIZE];

	if (call->have_uring)
		add_text(buf, "call",
			 word_or_number(word_uring_op(call->uring_op), call->uring_op, number));
	else if (call->have)
		add_text(buf, "call", word_or_number(call->name, call->number, number));
	else
		add_text(buf, "call", NULL);
	/* The value may come from a hostile capture file. */
	if (call->have_fd && call->fd >= 0)
		add_uint(buf, "fd", (uint64_t)call->fd);
	else
		add_text(buf, "fd", NULL);
	if (call->have_bytes)
		add_uint(buf, "bytes", call->bytes);
	else
		add_text(buf, "bytes", NULL);
}

/* 10.0.0.5:8088, [2001:db8::1]:8088, [fe80::1%eth0]:8088 */
static void add_address(struct strbuf *buf, const char *key, bool in_brackets, const char *address,
			const char *scope, uint16_t port)
{
	char text[END_SIZE];
	struct strbuf end = STRBUF_IN(text);

	strbuf_add_text(&end, in_brackets ? "[" : "");
	strbuf_add_text(&end, address);
	strbuf_add_text(&end, scope[0] ? "%" : "");
	/* The name of an interface may hold nearly any byte. */
	strbuf_add_text(&end, scope);
	strbuf_add_text(&end, in_brackets ? "]:" : ":");
	strbuf_add_uint(&end, port);
	add_bytes(buf, key, end.text, end.length);
}

static void add_vsock_end(struct strbuf *buf, const char *key, uint32_t cid, uint32_t port)
{
	add_key(buf, key);
	strbuf_add_uint(buf, cid);
	strbuf_add(buf, ":", 1);
	strbuf_add_uint(buf, port);
}

/*
 * A path, or @ and an abstract name, for the end that has it. A relative path that begins with @ is
 * shown as ./@name, which is the same file.
 */
static void add_unix_ends(struct strbuf *buf, const struct incident_object *object)
{
	bool is_peer = object->unix_.flags & EV_UNIX_PATH_IS_PEER;
	char text[sizeof("./") + sizeof(object->unix_.path)];
	struct strbuf end = STRBUF_IN(text);
	struct unix_name name;

	unix_name_get(object, &name);
	if (name.abstract)
		strbuf_add_text(&end, "@");
	else if (unix_name_looks_abstract(&name))
		strbuf_add_text(&end, "./");
	strbuf_add(&end, name.bytes, name.length);
	if (is_peer || !name.length)
		add_text(buf, "local", NULL);
	if (name.length)
		add_bytes(buf, is_peer ? "peer" : "local", end.text, end.length);
	if (!is_peer || !name.length)
		add_text(buf, "peer", NULL);
}

static void add_ends(struct strbuf *buf, const struct incident_object *object)
{
	bool in_brackets = object->family == AF_INET6;

	if (object->type == EV_OBJECT_UNIX) {
		add_unix_ends(buf, object);
	} else if (object->type == EV_OBJECT_VSOCK) {
		add_vsock_end(buf, "local", object->vsock.local_cid, object->vsock.local_port);
		add_vsock_end(buf, "peer", object->vsock.peer_cid, object->vsock.peer_port);
	} else if (object->have_addresses) {
		add_address(buf, "local", in_brackets, object->local_address, object->local_scope,
			    object->local_port);
		if (object->peer_port)
			add_address(buf, "peer", in_brackets, object->peer_address,
				    object->peer_scope, object->peer_port);
		else
			add_text(buf, "peer", NULL);
	} else {
		add_text(buf, "local", NULL);
		add_text(buf, "peer", NULL);
	}
}

static void render_incident(const struct line_options *options, const struct incident *incident,
			    const struct explanation *explanation, struct strbuf *buf)
{
	const struct incident_process *process = &incident->process;
	const struct incident_peer_process *peer = &incident->peer;
	bool is_certain = peer->have_comm && peer->confidence == CONFIDENCE_CERTAIN;
	char signal[WORD_SIZE];

	begin(options, incident->time, word_outcome(incident->outcome), buf);
	add_class(buf, explanation->class, explanation->severity);
	add_text(buf, "signal", word_signal(incident->signal.number, signal));
	add_text(buf, "comm", process->comm);
	add_uint(buf, "pid", process->pid);
	add_text(buf, "unit", process->names.unit[0] ? process->names.unit : NULL);
	add_call(buf, &incident->syscall);
	add_text(buf, "object", word_object_type(incident->object.type));
	add_ends(buf, &incident->object);
	/* The line has no place to say "probably": a process that is only likely is not named. */
	add_text(buf, "peer_comm", is_certain ? peer->comm : NULL);
	add_text(buf, "cause", explanation->code);
	add_text(buf, "confidence", word_confidence(explanation->confidence));
	add_group(buf, explanation->group);
	add_uint(buf, "count", 1);
	strbuf_add(buf, "\n", 1);
}

/* The names of the abilities in this state, with commas; "-": none. */
static void add_abilities(struct strbuf *buf, const char *key, const struct abilities *abilities,
			  enum ability_state state)
{
	bool have = false;

	add_key(buf, key);
	for (size_t i = 0; i < abilities->count; i++) {
		if (abilities->list[i].state != state)
			continue;
		strbuf_add_text(buf, have ? "," : "");
		strbuf_add_text(buf, abilities->list[i].name);
		have = true;
	}
	strbuf_add_text(buf, have ? "" : "-");
}

static void render_start(const struct line_options *options, const struct sink_start *start,
			 struct strbuf *buf)
{
	const struct ev_session *session = options->session;

	begin(options, start->time, "start", buf);
	add_text(buf, "version", SIGPATH_VERSION);
	add_bytes(buf, "kernel", session->release,
		  strnlen(session->release, sizeof(session->release)));
	add_abilities(buf, "degraded", start->abilities, ABILITY_DEGRADED);
	add_abilities(buf, "missing", start->abilities, ABILITY_MISSING);
	strbuf_add(buf, "\n", 1);
}

static void add_named(struct strbuf *buf, const struct incident_named *process)
{
	add_text(buf, "comm", process ? process->comm : NULL);
	if (process && process->pid)
		add_uint(buf, "pid", process->pid);
	else
		add_text(buf, "pid", NULL);
	if (process)
		add_uint(buf, "uid", process->uid);
	else
		add_text(buf, "uid", NULL);
	add_text(buf, "unit", process && process->unit[0] ? process->unit : NULL);
}

static void render_repeat(const struct line_options *options, const struct sink_repeat *repeat,
			  struct strbuf *buf)
{
	begin(options, repeat->last, "repeat", buf);
	add_class(buf, repeat->class, repeat->severity);
	add_text(buf, "of", repeat->of);
	add_text(buf, "outcome", word_outcome(repeat->outcome));
	add_time(buf, "first", repeat->first);
	add_group(buf, repeat->group);
	add_named(buf, repeat->process);
	add_uint(buf, "count", repeat->count);
	strbuf_add(buf, "\n", 1);
}

static void render_end(const struct line_options *options, const struct sink_end *end,
		       struct strbuf *buf)
{
	const struct incident_core *core = end->core;
	char name[WORD_SIZE];

	begin(options, end->time, "end", buf);
	add_class(buf, end->have_of ? end->class : 0, end->severity);
	add_text(buf, "id", end->id);
	add_text(buf, "signal", word_signal(end->signal, name));
	add_named(buf, end->process);
	add_text(buf, "core", word_core_state(core->state));
	add_text(buf, "why", word_core_why(core->why));
	add_text(buf, "path", core->path[0] ? core->path : NULL);
	strbuf_add(buf, "\n", 1);
}

static void render_lost(const struct line_options *options, uint64_t count, struct timespec time,
			struct strbuf *buf)
{
	begin(options, time, "lost", buf);
	add_uint(buf, "count", count);
	strbuf_add(buf, "\n", 1);
}

static void render_summary(const struct line_options *options, const struct sink_summary *summary,
			   struct strbuf *buf)
{
	begin(options, summary->last, "summary", buf);
	add_uint(buf, "incidents", summary->incidents);
	add_uint(buf, "repeats", summary->repeats);
	add_uint(buf, "ungrouped", summary->ungrouped);
	add_uint(buf, "filtered", summary->filtered);
	add_uint(buf, "lost", summary->lost);
	add_uint(buf, "unseen", summary->unseen);
	add_uint(buf, "skipped_stacks", summary->skipped_stacks);
	add_uint(buf, "malformed", summary->malformed);
	add_uint(buf, "dropped", summary->dropped);
	add_uint(buf, "unwritten", summary->unwritten);
	strbuf_add(buf, "\n", 1);
}

const struct line_renderer oneline_lines = {
	.start = render_start,
	.incident = render_incident,
	.repeat = render_repeat,
	.end = render_end,
	.lost = render_lost,
	.summary = render_summary,
};
