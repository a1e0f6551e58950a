/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the sinks of lines: how a format adds whole lines for one item to a buffer. If memory
 * runs out, buf->failed is set. Everything that a traced process chose is escaped.
 */
#pragma once

#include <time.h>

#include "event.h"
#include "session.h"
#include "formats.h"
#include "sink.h"
#include "strbuf.h"

struct stack;
struct stack_frame;
struct text_state;

struct line_options {
	const struct ev_session *session; /* where the incidents were recorded */
	bool bare;			  /* oneline only: without time and host */
	bool brief;			  /* JSON only: `missing` has codes without sentences */
	/* text only */
	bool color;
	bool is_terminal;
	size_t width; /* columns; 0: LAYOUT_WIDTH */
	struct text_options text;
	struct text_state *state; /* what the lines before have said; NULL: nothing */
};

/* One format. A row NAME of LINE_FORMATS has a renderer NAME_lines. */
struct line_renderer {
	/* NULL: the format has no such line */
	void (*start)(const struct line_options *options, const struct sink_start *start,
		      struct strbuf *buf);
	void (*incident)(const struct line_options *options, const struct incident *incident,
			 const struct explanation *explanation, struct strbuf *buf);
	void (*repeat)(const struct line_options *options, const struct sink_repeat *repeat,
		       struct strbuf *buf);
	/* What became of a core. */
	void (*end)(const struct line_options *options, const struct sink_end *end,
		    struct strbuf *buf);
	/* NULL: the format has no such line, and the message goes to stderr. */
	void (*lost)(const struct line_options *options, uint64_t count, struct timespec time,
		     struct strbuf *buf);
	void (*summary)(const struct line_options *options, const struct sink_summary *summary,
			struct strbuf *buf);
};

#define DECLARE_LINES(constant, name, ...) extern const struct line_renderer name##_lines;
LINE_FORMATS(DECLARE_LINES)
#undef DECLARE_LINES

const struct line_renderer *line_renderer(enum line_format format);

/* For a line that stands alone: "14:03:22.117", with the date in a replay. text_time.c */
void text_add_time(const struct line_options *options, struct timespec time, struct strbuf *buf);
/* From when to when, with the date and the zone: "2026-11-21 14:03:22 to 14:05:01 +00:00". */
void text_add_span(const struct line_options *options, struct timespec first, struct timespec last,
		   struct strbuf *buf);
/* For a column of a table: "14:03:22"; "11-21" if it was a day before END, or longer. */
void text_add_short_time(const struct line_options *options, struct timespec time,
			 struct timespec end, struct strbuf *buf);
/*
 * text_call.c: the numbers of a process and of its thread, those here first. "812", "812/815",
 * "7/9 (host:812/815)", "host:812".
 */
void text_add_numbers(struct strbuf *buf, uint32_t pid, uint32_t tid, struct incident_here pid_here,
		      struct incident_here tid_here);
/* The error that came alone. */
#define TEXT_SILENT_EPIPE "EPIPE (no signal)"
/* "SIGPIPE killed ", "EPIPE (no signal) ", "exited ". NUMBER: of the signal; 0: there is none. */
void text_add_outcome(enum ev_outcome outcome, uint32_t number, struct strbuf *buf);
/* The outcome, who it was, and the call or the sender. */
void text_add_headline(const struct incident *incident, struct strbuf *buf);
/* server[812/815 worker-3]; the call; the sender */
void text_add_task(const struct incident_process *process, struct strbuf *buf);
void text_add_syscall(const struct incident_syscall *call, struct strbuf *buf);
void text_add_sender(const struct incident_signal *signal, struct strbuf *buf);
/* The arguments, quoted as in a shell where that is needed: text_command.c. */
void text_add_cmdline(const struct incident_cmdline *cmdline, struct strbuf *buf);
/* A frame, in one line without its end; all of them, one per line: text_stack.c. */
void text_add_frame(const struct stack_frame *frame, struct strbuf *buf);
void text_add_stack(const struct stack *stack, struct strbuf *buf);
/* The kernel's frames in one line. */
void text_add_kernel_stack(const struct incident_kernel_stack *stack, struct strbuf *buf);
void text_add_duration(struct strbuf *buf, uint64_t ns);
/* As strbuf_add_escaped(). */
void text_add_escaped(struct strbuf *buf, const char *text);
/* A name that somebody else chose: in quotes if it could be taken for the words around it. */
void text_add_name(struct strbuf *buf, const char *name);
/* The name of a process or of a thread; if the kernel has cut it inside a character, with "...". */
void text_add_comm(struct strbuf *buf, const char *comm);
/* How many bytes at the end of NAME are a character without its last bytes. */
size_t text_cut_bytes(const char *name, size_t length);
void text_add_path(struct strbuf *buf, const struct incident_path *path);

/* text_core.c: what became of the core, and where it is. */
void text_add_core(const struct incident_core *core, struct strbuf *buf);
void text_render_end(const struct line_options *options, const struct sink_end *end,
		     struct strbuf *buf);

/* text_link.c: another incident, in one line without its end. */
void text_add_link(const struct line_options *options, const struct incident_link *link,
		   struct strbuf *buf);

/* text_repeat.c */
void text_render_repeat(const struct line_options *options, const struct sink_repeat *repeat,
			struct strbuf *buf);
