// SPDX-License-Identifier: GPL-2.0-or-later
/* Items as records of OpenTelemetry logs. Their attributes are in otlp_incident.c. */
#include "otlp_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "line_format.h"
#include "otlp_value.h"
#include "words.h"

/* SeverityNumber of logs.proto: the first of the four numbers of each range, and INFO2. */
static int severity_number(enum incident_class class, enum severity severity)
{
	static const int numbers[] = {
		[SEVERITY_INFO] = 9,
		[SEVERITY_NOTICE] = 10,
		[SEVERITY_WARNING] = 13,
		[SEVERITY_ERROR] = 17,
	};

	return class ? numbers[severity] : 0;
}

static void put_name(struct json_writer *json, const char *key, const char *name)
{
	otlp_put_text(json, key, name[0] ? name : NULL);
}

/*
 * A collector adds more by these, so they have what root alone can have named. NAMES is NULL: of no
 * container.
 */
static void begin_item(struct strbuf *buf, const struct incident_names *names)
{
	struct json_writer json = { .buf = buf };

	if (names && !names->have_user) {
		put_name(&json, "k8s.pod.uid", names->pod);
		put_name(&json, "k8s.pod.name", names->pod_name);
		put_name(&json, "k8s.namespace.name", names->pod_namespace);
		put_name(&json, "container.id", names->container);
		put_name(&json, names->pod[0] ? "k8s.container.name" : "container.name",
			 names->container_name);
		otlp_put_text(&json, "container.runtime.name",
			      word_container_runtime(names->runtime));
	}
	strbuf_add(buf, "", 1);
}

/* Up to the attributes. BODY: one line. */
static struct json_writer begin_record(struct strbuf *buf, struct timespec time, const char *event,
				       const struct strbuf *body)
{
	struct json_writer json = { .buf = buf };
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	json_begin_object(&json, NULL);
	otlp_put_unix_nano(&json, "timeUnixNano", time);
	otlp_put_unix_nano(&json, "observedTimeUnixNano", now);
	json_put_text(&json, "eventName", event);
	json_begin_object(&json, "body");
	json_put_escaped(&json, "stringValue", body);
	json_end_object(&json);
	return json;
}

static void begin_attributes(struct json_writer *json, const struct ev_session *session,
			     enum incident_class class, enum severity severity)
{
	char id[16];
	int number = severity_number(class, severity);
	size_t length;

	if (number) {
		json_put_int(json, "severityNumber", number);
		json_put_text(json, "severityText", severity_name(severity));
	}
	snprintf(id, sizeof(id), "%08x", session->id);
	json_begin_array(json, "attributes");
	otlp_put_text(json, "sigpath.session", id);
	length = strnlen(session->boot_id, sizeof(session->boot_id));
	if (length)
		otlp_put_bytes(json, "sigpath.boot_id", session->boot_id, length);
	otlp_put_text(json, "sigpath.class", class_name(class));
}

static void end_record(struct json_writer *json)
{
	json_end_array(json);
	json_end_object(json);
}

/* SIGPIPE killed server[812/815]  write(fd 7, 14 bytes): peer closed, then reset: ... */
static void add_incident_body(const struct incident *incident,
			      const struct explanation *explanation, struct strbuf *body)
{
	text_add_headline(incident, body);
	if (!explanation->text[0])
		return;
	strbuf_add_text(body, ": ");
	strbuf_add_sentence(body, explanation->text);
	if (explanation->confidence == CONFIDENCE_LIKELY)
		strbuf_add_text(body, " (likely)");
}

/* The record of ITEM cannot be made without its body. */
static void finish(struct strbuf *buf, struct strbuf *body)
{
	buf->failed |= body->failed;
	strbuf_free(body);
}

void otlp_add_incident(const struct ev_session *session, const struct incident *incident,
		       const struct explanation *explanation, struct strbuf *buf)
{
	struct strbuf body = { 0 };
	struct json_writer json;

	add_incident_body(incident, explanation, &body);
	begin_item(buf, &incident->process.names);
	json = begin_record(buf, incident->time, "sigpath.incident", &body);
	begin_attributes(&json, session, explanation->class, explanation->severity);
	otlp_put_incident(&json, incident, explanation);
	end_record(&json);
	finish(buf, &body);
}

static void put_named(struct json_writer *json, const struct incident_named *process)
{
	if (!process || !process->have)
		return;
	if (process->pid)
		otlp_put_uint(json, "process.pid", process->pid);
	otlp_put_text(json, "sigpath.comm", process->comm);
	otlp_put_uint(json, "sigpath.uid", process->uid);
	otlp_put_text(json, "sigpath.unit", process->unit[0] ? process->unit : NULL);
}

void otlp_add_repeat(const struct ev_session *session, const struct sink_repeat *repeat,
		     struct strbuf *buf)
{
	const char *outcome = word_outcome(repeat->outcome);
	struct strbuf body = { 0 };
	struct json_writer json;

	strbuf_printf(&body, "%" PRIu64 " more %s, %s", repeat->count,
		      repeat->count == 1 ? "incident" : "incidents", outcome ? outcome : "?");
	if (repeat->of)
		strbuf_printf(&body, ", like %s", repeat->of);
	/* Which container a repeat is about is not known. */
	begin_item(buf, NULL);
	json = begin_record(buf, repeat->last, "sigpath.repeat", &body);
	begin_attributes(&json, session, repeat->class, repeat->severity);
	otlp_put_text(&json, "sigpath.of", repeat->of);
	otlp_put_text(&json, "sigpath.group", repeat->group);
	otlp_put_text(&json, "sigpath.outcome", outcome);
	otlp_put_bool(&json, "sigpath.several", repeat->several);
	otlp_put_uint(&json, "sigpath.count", repeat->count);
	otlp_put_time(&json, "sigpath.first", repeat->first);
	otlp_put_time(&json, "sigpath.last", repeat->last);
	put_named(&json, repeat->process);
	end_record(&json);
	finish(buf, &body);
}

void otlp_add_end(const struct ev_session *session, const struct sink_end *end, struct strbuf *buf)
{
	struct strbuf body = { 0 };
	struct json_writer json;
	char name[WORD_SIZE];

	strbuf_add_text(&body, "core of ");
	text_add_name(&body, end->process->comm);
	strbuf_printf(&body, "[%" PRIu32 "]: ", end->process->pid);
	text_add_core(end->core, &body);
	/* The incident has the container. */
	begin_item(buf, NULL);
	json = begin_record(buf, end->time, "sigpath.end", &body);
	begin_attributes(&json, session, end->have_of ? end->class : 0, SEVERITY_INFO);
	otlp_put_text(&json, "sigpath.id", end->id);
	otlp_put_text(&json, "sigpath.signal", word_signal(end->signal, name));
	otlp_put_core(&json, end->core);
	put_named(&json, end->process);
	end_record(&json);
	finish(buf, &body);
}

void otlp_add_lost(const struct ev_session *session, uint64_t count, struct timespec time,
		   struct strbuf *buf)
{
	struct strbuf body = { 0 };
	struct json_writer json;

	strbuf_printf(&body, "%" PRIu64 " %s lost", count, count == 1 ? "record" : "records");
	begin_item(buf, NULL);
	json = begin_record(buf, time, "sigpath.lost", &body);
	/* Incidents of any class may be among them. */
	begin_attributes(&json, session, 0, SEVERITY_WARNING);
	otlp_put_uint(&json, "sigpath.count", count);
	end_record(&json);
	finish(buf, &body);
}
