/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the JSON renderer: a line, and the blocks of an incident. Each function adds one
 * block.
 */
#pragma once

#include "explain.h"
#include "incident.h"
#include "json_writer.h"
#include "line_format.h"
#include "missing.h"

/* A line under construction, and the reasons for its unknown values. `missing` is its last key. */
struct json_line {
	struct json_writer json;
	enum missing_reason missing[MISSING_FIELDS];
};

/* A line starts as {"schema": ..., "kind": KIND}. */
void json_begin_line(struct json_writer *json, const char *kind, struct strbuf *buf);
/* Where the line comes from: host, boot, session, version. */
void json_add_origin(struct json_writer *json, const struct line_options *options);
void json_end_line(struct json_writer *json);

/* FIELD is unknown for REASON. An earlier reason stays. */
void json_reason(struct json_line *line, enum missing_field field, enum missing_reason reason);
/* Null, with its reason. */
void json_unknown(struct json_line *line, const char *key, enum missing_field field,
		  enum missing_reason reason);

/* A number of the host, and what it is here; null if it has none here, or if there is none. */
void json_put_here(struct json_writer *json, const char *key, uint32_t number,
		   struct incident_here here);

/* json_process.c: who it happened to */
void json_add_signal(struct json_line *line, const struct incident *incident,
		     const struct explanation *explanation);
/* The process of incidents that were only counted: an object, or null if PROCESS is NULL. */
void json_add_named(struct json_writer *json, const struct incident_named *process);
void json_add_process(struct json_line *line, const struct incident_process *process);
void json_add_end(struct json_writer *json, const struct incident_end *end);
/* json_death.c: how its end was seen; null without -s fatal */
/* What had asked for the end (json_death.c). */
void json_add_stop(struct json_writer *json, const struct incident_stop *stop);
void json_add_death(struct json_writer *json, const struct incident_death *death);
void json_add_peer_process(struct json_line *line, const struct incident *incident);
/* A path with its own key; one that is cut off starts with ".../". */
void json_add_path(struct json_line *line, const char *key, enum missing_field field,
		   const struct incident_path *path);

/* "cmdline" and "redacted" */
void json_add_cmdline(struct json_line *line, enum missing_field field,
		      const struct incident_cmdline *cmdline);
/* A name in CGROUP. Empty means none. Whether that is known depends on the path. */
void json_add_from_cgroup(struct json_line *line, const char *key, enum missing_field field,
			  const struct incident_path *cgroup, const char *text);

/* json_sender.c: who sent the signal */
void json_add_sender(struct json_line *line, const struct incident_signal *signal);
void json_add_terminal(struct json_line *line, const struct incident_signal *signal);

/* json_object.c: what was written to, and how */
void json_add_syscall(struct json_line *line, const struct incident *incident);
void json_add_object(struct json_line *line, const struct incident *incident);

/* json_fault.c: of these subjects; else null */
void json_add_fault(struct json_line *line, const struct incident *incident);
void json_add_abort(struct json_line *line, const struct incident *incident);
/* json_kill.c: the blocks oom, limit, seccomp, namespace_end */
void json_add_kill(struct json_writer *json, const struct incident *incident);
/* json_core.c */
void json_add_core(struct json_writer *json, const struct incident_core *core);
void json_render_end(const struct line_options *options, const struct sink_end *end,
		     struct strbuf *buf);

void json_add_stack(struct json_line *line, const struct incident *incident);
