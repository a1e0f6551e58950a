// SPDX-License-Identifier: GPL-2.0-or-later
/* RFC 5424: the facts as structured data, then a sentence for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "death_fields.h"
#include "line_format.h"
#include "stack_frames.h"
#include "syslog_message.h"
#include "words.h"

/* For the sentence, which comes last: the data leaves at least so much. */
#define SENTENCE_SIZE 200

/* Printable ASCII without blanks, or "-". */
static void add_host(const struct ev_session *session, struct strbuf *buf)
{
	size_t length = strnlen(session->host, sizeof(session->host));

	for (size_t i = 0; i < length; i++)
		strbuf_add(buf,
			   session->host[i] > ' ' && session->host[i] < 0x7f ? &session->host[i]
									     : "?",
			   1);
	strbuf_add_text(buf, length ? "" : "-");
}

/* <28>1 2026-11-26T14:03:22.117004Z web-12 sigpath 812 incident */
static void begin(struct syslog_format *format, struct syslog_data *data, int severity,
		  struct timespec time, const char *kind, struct strbuf *buf)
{
	char text[STRBUF_UTC_SIZE], id[16];

	strbuf_printf(buf, "<%d>1 ", LOG_DAEMON | severity);
	strbuf_add_text(buf, strbuf_format_utc(time, 6, text) ? text : "-");
	strbuf_add_text(buf, " ");
	add_host(format->session, buf);
	strbuf_printf(buf, " sigpath %d %s ", getpid(), kind);
	syslog_data_begin(data, buf, &format->scratch, format->size - SENTENCE_SIZE);
	syslog_data_put(data, "version", SIGPATH_VERSION);
	snprintf(id, sizeof(id), "%08x", format->session->id);
	syslog_data_put(data, "session", id);
}

/* SENTENCE is printable. It is cut where the message would be too long. */
static void end(struct syslog_format *format, struct syslog_data *data, struct strbuf *sentence,
		struct strbuf *buf)
{
	syslog_data_end(data);
	strbuf_add_text(buf, " ");
	syslog_add_cut(buf, sentence, format->size);
	strbuf_free(sentence);
}

static void put_end(struct syslog_data *data, const char *name, const char *address,
		    const char *scope, uint16_t port)
{
	bool in_brackets = strchr(address, ':');
	char text[128];

	if (!port)
		return;
	snprintf(text, sizeof(text), "%s%s%s%s%s:%u", in_brackets ? "[" : "", address,
		 scope[0] ? "%" : "", scope, in_brackets ? "]" : "", port);
	syslog_data_put(data, name, text);
}

static void put_object(struct syslog_data *data, const struct incident *incident)
{
	const struct incident_object *object = &incident->object;
	const struct incident_peer_process *peer = &incident->peer;

	if (object->type != EV_OBJECT_NONE)
		syslog_data_put(data, "object", word_object_type(object->type));
	if (object->have_addresses) {
		put_end(data, "local_address", object->local_address, object->local_scope,
			object->local_port);
		put_end(data, "peer_address", object->peer_address, object->peer_scope,
			object->peer_port);
	}
	if (!peer->have)
		return;
	syslog_data_put(data, "peer_comm", peer->have_comm ? peer->comm : NULL);
	syslog_data_put_uint(data, "peer_pid", peer->pid);
	syslog_data_put(data, "peer_confidence", word_confidence(peer->confidence));
	syslog_data_put(data, "peer_unit", peer->names.unit);
	syslog_data_put(data, "peer_incident", peer->incident);
}

static void put_call(struct syslog_data *data, const struct incident_syscall *call)
{
	char number[WORD_SIZE];

	if (call->have_uring)
		syslog_data_put(data, "call",
				word_or_number(word_uring_op(call->uring_op), call->uring_op,
					       number));
	else if (call->have)
		syslog_data_put(data, "call", word_or_number(call->name, call->number, number));
	if (call->have_fd && call->fd >= 0)
		syslog_data_put_uint(data, "fd", (uint64_t)call->fd);
}

static void put_process(struct syslog_data *data, const struct incident_process *process)
{
	syslog_data_put(data, "comm", process->comm);
	syslog_data_put_uint(data, "pid", process->pid);
	syslog_data_put_uint(data, "uid", process->uid);
	syslog_data_put(data, "unit", process->names.unit);
	syslog_data_put(data, "container", process->names.container);
	syslog_data_put(data, "container_name", process->names.container_name);
	syslog_data_put(data, "pod", process->names.pod);
	syslog_data_put(data, "pod_name", process->names.pod_name);
	syslog_data_put(data, "pod_namespace", process->names.pod_namespace);
}

static void put_core(struct syslog_data *data, const struct incident_core *core)
{
	syslog_data_put(data, "core", word_core_state(core->state));
	syslog_data_put(data, "core_why", word_core_why(core->why));
	syslog_data_put(data, "core_path", core->path);
}

/* "sh < cron < systemd": the parent first. */
static void put_ancestors(struct syslog_data *data, const struct incident_sender *sender)
{
	struct strbuf names = { 0 };

	for (size_t i = 0; i < sender->ancestor_count; i++) {
		strbuf_add_text(&names, i ? " < " : "");
		strbuf_add_text(&names, sender->ancestors[i].comm);
	}
	if (names.failed)
		data->buf->failed = true;
	else if (names.length)
		syslog_data_put_bytes(data, "sender_parents", names.text, names.length);
	strbuf_free(&names);
}

static void put_sender(struct syslog_data *data, const struct incident_signal *signal)
{
	const struct incident_sender *sender = &signal->sender;

	if (signal->terminal.have)
		syslog_data_put(data, "terminal", signal->terminal.name);
	if (!sender->have)
		return;
	syslog_data_put(data, "sender_comm", sender->comm);
	syslog_data_put_uint(data, "sender_pid", sender->pid);
	syslog_data_put_uint(data, "sender_uid", sender->uid);
	syslog_data_put(data, "sender_unit", sender->names.unit);
	syslog_data_put(data, "sender_container", sender->names.container);
	put_ancestors(data, sender);
}

static void put_death_text(void *to, const struct death_field *field, const char *value)
{
	if (field->syslog)
		syslog_data_put(to, field->syslog, value);
}

static void put_death_int(void *to, const struct death_field *field, int64_t value)
{
	if (field->syslog)
		syslog_data_put_int(to, field->syslog, value);
}

static void put_death_uint(void *to, const struct death_field *field, uint64_t value)
{
	if (field->syslog)
		syslog_data_put_uint(to, field->syslog, value);
}

static void put_death_process(void *to, const struct death_field *field, uint32_t pid,
			      struct incident_here here)
{
	if (field->syslog)
		syslog_data_put_uint(to, field->syslog, pid);
}

static void put_death(struct syslog_data *data, const struct incident *incident)
{
	static const struct death_writer writer = { put_death_text, put_death_int, put_death_uint,
						    put_death_process };

	death_fields_put(incident, &writer, data);
}

static void put_path(struct syslog_data *data, const char *name, const struct incident_path *path)
{
	char text[sizeof(path->text) + 4];

	if (!path->have)
		return;
	snprintf(text, sizeof(text), "%s%s", path->truncated ? ".../" : "", path->text);
	syslog_data_put(data, name, text);
}

static void put_cmdline(struct syslog_data *data, const char *name,
			const struct incident_cmdline *cmdline)
{
	struct strbuf text = { 0 };

	if (cmdline->have)
		text_add_cmdline(cmdline, &text);
	if (text.failed)
		data->buf->failed = true;
	else if (text.length)
		syslog_data_put_bytes(data, name, text.text, text.length);
	strbuf_free(&text);
}

/* "send < flush < main": the innermost function first. */
static void put_stack(struct syslog_data *data, const struct stack *stack)
{
	struct strbuf names = { 0 };

	for (size_t i = 0; stack && i < stack->count; i++) {
		strbuf_add_text(&names, i ? " < " : "");
		strbuf_add_text(&names, stack->frames[i].symbol ?: "?");
	}
	if (names.failed)
		data->buf->failed = true;
	else if (names.length)
		syslog_data_put_bytes(data, "stack", names.text, names.length);
	strbuf_free(&names);
}

/* What one filters by comes first, because the rest may not fit. */
static void put_incident(struct syslog_data *data, const struct incident *incident,
			 const struct explanation *explanation)
{
	char signal[WORD_SIZE];

	syslog_data_put(data, "id", incident->id);
	syslog_data_put(data, "group", explanation->group);
	syslog_data_put(data, "class", class_name(explanation->class));
	syslog_data_put(data, "severity", severity_name(explanation->severity));
	syslog_data_put(data, "subject", word_subject(incident->subject));
	syslog_data_put(data, "outcome", word_outcome(incident->outcome));
	syslog_data_put(data, "signal", word_signal(incident->signal.number, signal));
	syslog_data_put(data, "cause", explanation->code);
	syslog_data_put(data, "confidence", word_confidence(explanation->confidence));
	put_process(data, &incident->process);
	put_object(data, incident);
	put_call(data, &incident->syscall);
	put_sender(data, &incident->signal);
	put_death(data, incident);
	put_core(data, &incident->core);
	put_path(data, "exe", &incident->process.exe);
	put_stack(data, incident->stack);
	put_path(data, "sender_exe", &incident->signal.sender.exe);
	put_cmdline(data, "sender_cmdline", &incident->signal.sender.cmdline);
}

/* SIGPIPE killed server[812]: peer closed, then reset: ... */
static void incident_sentence(const struct incident *incident,
			      const struct explanation *explanation, struct strbuf *text)
{
	text_add_outcome(incident->outcome, incident->signal.number, text);
	text_add_name(text, incident->process.comm);
	strbuf_printf(text, "[%" PRIu32 "]", incident->process.pid);
	if (explanation->text[0]) {
		strbuf_add_text(text, ": ");
		strbuf_add_sentence(text, explanation->text);
	}
}

void structured_add_incident(struct syslog_format *format, const struct incident *incident,
			     const struct explanation *explanation, struct strbuf *buf)
{
	struct strbuf sentence = { 0 };
	struct syslog_data data;

	begin(format, &data, syslog_severity(explanation->severity), incident->time, "incident",
	      buf);
	put_incident(&data, incident, explanation);
	incident_sentence(incident, explanation, &sentence);
	end(format, &data, &sentence, buf);
}

void structured_add_repeat(struct syslog_format *format, const struct sink_repeat *repeat,
			   struct strbuf *buf)
{
	const struct incident_named *process = repeat->process;
	struct strbuf sentence = { 0 };
	struct syslog_data data;

	begin(format, &data, syslog_repeat_severity(repeat), repeat->last, "repeat", buf);
	syslog_data_put(&data, "of", repeat->of);
	syslog_data_put(&data, "group", repeat->group);
	if (repeat->class) {
		syslog_data_put(&data, "class", class_name(repeat->class));
		syslog_data_put(&data, "severity", severity_name(repeat->severity));
	}
	syslog_data_put(&data, "outcome", word_outcome(repeat->outcome));
	syslog_data_put_uint(&data, "count", repeat->count);
	syslog_data_put(&data, "several", repeat->several ? "true" : "false");
	syslog_data_put_time(&data, "first", repeat->first);
	syslog_data_put_time(&data, "last", repeat->last);
	strbuf_printf(&sentence, "%" PRIu64 " more, %s", repeat->count,
		      word_outcome(repeat->outcome) ?: "?");
	if (process) {
		syslog_data_put(&data, "comm", process->comm);
		if (process->pid)
			syslog_data_put_uint(&data, "pid", process->pid);
		syslog_data_put_uint(&data, "uid", process->uid);
		syslog_data_put(&data, "unit", process->unit);
		strbuf_add_text(&sentence, repeat->several ? ", the last of " : ", of ");
		text_add_name(&sentence, process->comm);
	}
	end(format, &data, &sentence, buf);
}

void structured_add_end(struct syslog_format *format, const struct sink_end *core_end,
			struct strbuf *buf)
{
	const struct incident_named *process = core_end->process;
	struct strbuf sentence = { 0 };
	struct syslog_data data;
	char name[WORD_SIZE];

	begin(format, &data, LOG_INFO, core_end->time, "end", buf);
	syslog_data_put(&data, "id", core_end->id);
	put_core(&data, core_end->core);
	if (core_end->have_of) {
		syslog_data_put(&data, "class", class_name(core_end->class));
		syslog_data_put(&data, "severity", severity_name(core_end->severity));
	}
	syslog_data_put(&data, "signal", word_signal(core_end->signal, name));
	syslog_data_put(&data, "comm", process->comm);
	syslog_data_put_uint(&data, "pid", process->pid);
	syslog_data_put_uint(&data, "uid", process->uid);
	syslog_data_put(&data, "unit", process->unit);
	strbuf_add_text(&sentence, "core of ");
	text_add_name(&sentence, process->comm);
	strbuf_printf(&sentence, "[%" PRIu32 "]: ", process->pid);
	text_add_core(core_end->core, &sentence);
	end(format, &data, &sentence, buf);
}

void structured_add_lost(struct syslog_format *format, uint64_t count, struct timespec time,
			 struct strbuf *buf)
{
	struct strbuf sentence = { 0 };
	struct syslog_data data;

	begin(format, &data, LOG_WARNING, time, "lost", buf);
	syslog_data_put_uint(&data, "count", count);
	strbuf_printf(&sentence, "%" PRIu64 " records were lost", count);
	end(format, &data, &sentence, buf);
}

/* The names of the abilities in this state, with commas. */
static void put_abilities(struct syslog_data *data, const char *name,
			  const struct abilities *abilities, enum ability_state state)
{
	struct strbuf names = { 0 };

	for (size_t i = 0; i < abilities->count; i++) {
		if (abilities->list[i].state != state)
			continue;
		strbuf_add_text(&names, names.length ? "," : "");
		strbuf_add_text(&names, abilities->list[i].name);
	}
	if (names.failed)
		data->buf->failed = true;
	else if (names.length)
		syslog_data_put_bytes(data, name, names.text, names.length);
	strbuf_free(&names);
}

void structured_add_start(struct syslog_format *format, const struct sink_start *start,
			  struct strbuf *buf)
{
	const struct ev_session *session = format->session;
	struct strbuf sentence = { 0 };
	struct syslog_data data;

	begin(format, &data, LOG_INFO, start->time, "start", buf);
	syslog_data_put_bytes(&data, "boot_id", session->boot_id,
			      strnlen(session->boot_id, sizeof(session->boot_id)));
	syslog_data_put_bytes(&data, "kernel", session->release,
			      strnlen(session->release, sizeof(session->release)));
	put_abilities(&data, "degraded", start->abilities, ABILITY_DEGRADED);
	put_abilities(&data, "missing", start->abilities, ABILITY_MISSING);
	strbuf_add_text(&sentence, "sigpath " SIGPATH_VERSION " has started");
	end(format, &data, &sentence, buf);
}

void structured_add_summary(struct syslog_format *format, const struct sink_summary *summary,
			    struct strbuf *buf)
{
	struct strbuf sentence = { 0 };
	struct syslog_data data;

	begin(format, &data, syslog_summary_severity(summary), syslog_now(), "summary", buf);
	syslog_data_put_uint(&data, "incidents", summary->incidents);
	syslog_data_put_uint(&data, "repeats", summary->repeats);
	syslog_data_put_uint(&data, "ungrouped", summary->ungrouped);
	syslog_data_put_uint(&data, "filtered", summary->filtered);
	syslog_data_put_uint(&data, "lost", summary->lost);
	syslog_data_put_uint(&data, "unseen", summary->unseen);
	syslog_data_put_uint(&data, "skipped_stacks", summary->skipped_stacks);
	syslog_data_put_uint(&data, "malformed", summary->malformed);
	syslog_data_put_uint(&data, "dropped", summary->dropped);
	syslog_data_put_uint(&data, "unwritten", summary->unwritten);
	strbuf_printf(&sentence,
		      "sigpath has ended: %" PRIu64 " incidents, %" PRIu64 " repeats, %" PRIu64
		      " lost",
		      summary->incidents, summary->repeats, summary->lost);
	end(format, &data, &sentence, buf);
}
