/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the sink: a renderer turns one thing into whole lines in a buffer. Memory that runs out
 * shows in buf->failed. Everything that a traced process chose is escaped on the way.
 */
#pragma once

#include <time.h>

#include "sink.h"
#include "strbuf.h"

void text_render_incident(const struct sink_options *options, const struct incident *incident,
			  const struct explanation *explanation, struct strbuf *buf);
/* "14:03:22.117" */
void text_add_time(const struct sink_options *options, struct timespec time, struct strbuf *buf);
struct stack;
/* Frames, one a line behind the key: text_stack.c. */
void text_add_stack(const struct stack *stack, struct strbuf *buf);
/* The kernel's frames in one line. */
void text_add_kernel_stack(const struct incident_kernel_stack *stack, struct strbuf *buf);
/* What the fd was, in one line: text_object.c. */
void text_add_object(const struct incident *incident, struct strbuf *buf);
/* As duration.h. */
void text_add_duration(struct strbuf *buf, uint64_t ns);
void text_add_escaped(struct strbuf *buf, const char *text);
void text_add_path(struct strbuf *buf, const struct incident_path *path);

void json_render_incident(const struct incident *incident, const struct explanation *explanation,
			  struct strbuf *buf);
/* repeat.c */
void text_render_repeat(const struct sink_options *options, const struct sink_repeat *repeat,
			struct strbuf *buf);
void json_render_repeat(const struct sink_repeat *repeat, struct strbuf *buf);
void json_render_lost(uint64_t count, struct timespec time, struct strbuf *buf);
void json_render_summary(const struct sink_summary *summary, struct strbuf *buf);
