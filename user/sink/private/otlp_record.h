/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record of OpenTelemetry logs: the JSON of one LogRecord (opentelemetry-proto, logs.proto), and
 * the container whose resource it belongs to. Both are made on the worker's thread. A request
 * (otlp_request.h) joins them.
 */
#pragma once

#include "event.h"
#include "session.h"
#include "sink.h"
#include "strbuf.h"

/*
 * Each adds one item to BUF: the attributes of the pod and the container as JSON with commas (empty
 * if there is none), a NUL, and the JSON of the record. If memory runs out, buf->failed is set.
 */
void otlp_add_incident(const struct ev_session *session, const struct incident *incident,
		       const struct explanation *explanation, struct strbuf *buf);
void otlp_add_repeat(const struct ev_session *session, const struct sink_repeat *repeat,
		     struct strbuf *buf);
void otlp_add_end(const struct ev_session *session, const struct sink_end *end, struct strbuf *buf);
void otlp_add_lost(const struct ev_session *session, uint64_t count, struct timespec time,
		   struct strbuf *buf);

/* otlp_incident.c: the attributes of an incident. */
struct json_writer;
void otlp_put_incident(struct json_writer *json, const struct incident *incident,
		       const struct explanation *explanation);
void otlp_put_core(struct json_writer *json, const struct incident_core *core);
/* Not known: nothing. A path that is cut off starts with ".../". */
void otlp_put_path(struct json_writer *json, const char *key, const struct incident_path *path);
void otlp_put_arguments(struct json_writer *json, const char *key,
			const struct incident_cmdline *cmdline);

/* otlp_death.c: the sender, or the terminal; what the kernel killed it for. */
void otlp_put_sender(struct json_writer *json, const struct incident_signal *signal);
void otlp_put_death(struct json_writer *json, const struct incident *incident);
