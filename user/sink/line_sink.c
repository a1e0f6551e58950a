// SPDX-License-Identifier: GPL-2.0-or-later
/* The sinks that write lines: a format (formats.h) and an output. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "cleanup.h"
#include "line_format.h"
#include "output.h"
#include "sink_ops.h"
#include "summary_lines.h"
#include "text_state.h"

#define RENDERER(constant, name, ...) [constant] = &name##_lines,
static const struct line_renderer *const renderers[] = { LINE_FORMATS(RENDERER) };
#undef RENDERER

struct line_sink {
	const struct line_renderer *lines;
	struct line_options options;
	bool tables;	 /* the closing lines are the table, if the format has no line for it */
	int terminal_fd; /* -1: no terminal */
	struct text_state state;
	struct output *output;
	struct strbuf start; /* the start line, for the files after the first one */
	bool has_first;	     /* the run has written to its first file, or tried to */
};

const struct line_renderer *line_renderer(enum line_format format)
{
	return renderers[format];
}

static void line_start(void *state, const struct sink_start *start, struct strbuf *buf)
{
	struct line_sink *sink = state;

	if (!sink->lines->start)
		return;
	sink->lines->start(&sink->options, start, buf);
	strbuf_add(&sink->start, buf->text, buf->length);
}

/* In the first file the start line is an item of its own, the first one. */
static void add_beginning(void *state, size_t item, struct strbuf *buf)
{
	struct line_sink *sink = state;

	(void)item;
	if (sink->has_first) {
		strbuf_add(buf, sink->start.text, sink->start.length);
		sink->state.has_new_file = true;
	}
	sink->has_first = true;
}

/* Before each item, because a window can have got another width. */
static void look_at_terminal(struct line_sink *sink)
{
	struct winsize size;

	if (sink->terminal_fd >= 0 && !ioctl(sink->terminal_fd, TIOCGWINSZ, &size))
		sink->options.width = size.ws_col;
}

static void line_incident(void *state, const struct incident *incident,
			  const struct explanation *explanation, struct strbuf *buf)
{
	struct line_sink *sink = state;

	look_at_terminal(sink);
	sink->lines->incident(&sink->options, incident, explanation, buf);
}

static void line_repeat(void *state, const struct sink_repeat *repeat, struct strbuf *buf)
{
	struct line_sink *sink = state;

	look_at_terminal(sink);
	sink->lines->repeat(&sink->options, repeat, buf);
}

static void line_end(void *state, const struct sink_end *end, struct strbuf *buf)
{
	struct line_sink *sink = state;

	sink->lines->end(&sink->options, end, buf);
}

static void line_lost(void *state, uint64_t count, struct timespec time, struct strbuf *buf)
{
	struct line_sink *sink = state;

	if (sink->lines->lost)
		sink->lines->lost(&sink->options, count, time, buf);
}

static void line_summary(void *state, const struct sink_summary *summary, struct strbuf *buf)
{
	struct line_sink *sink = state;

	if (sink->lines->summary) {
		sink->lines->summary(&sink->options, summary, buf);
	} else if (sink->tables) {
		summary_add_table(&sink->options, summary, buf);
		summary_add_counts(summary, buf);
		strbuf_add_text(buf, "\n");
	}
}

static int line_flush(void *state, const char *bytes, const size_t *ends, size_t count,
		      size_t *ret_delivered)
{
	struct line_sink *sink = state;

	return output_write(sink->output, bytes, ends, count, ret_delivered);
}

static void line_reopen(void *state)
{
	struct line_sink *sink = state;

	sink->state.has_new_file = true;
	output_reopen(sink->output);
}

static void line_close(void *state)
{
	struct line_sink *sink = state;

	output_free(sink->output);
	cleanup_close(&sink->terminal_fd);
	strbuf_free(&sink->start);
	free(sink);
}

int sinks_add_lines(struct sinks *sinks, struct output *output, enum line_format format, bool color,
		    int watch_fd)
{
	static const struct sink_ops ops = {
		.start = line_start,
		.incident = line_incident,
		.repeat = line_repeat,
		.end = line_end,
		.lost = line_lost,
		.summary = line_summary,
		.flush = line_flush,
		.reopen = line_reopen,
		.close = line_close,
	};
	struct sink_place place = {
		.name = output_name(output),
		.format = format_name(format),
		.watch_fd = watch_fd,
	};
	struct line_sink *sink = calloc(1, sizeof(*sink));

	if (!sink) {
		output_free(output);
		return -ENOMEM;
	}
	sink->lines = renderers[format];
	sink->options.session = sinks_options(sinks)->session;
	sink->options.color = color;
	sink->tables = sinks_options(sinks)->tables;
	sink->options.text = sinks_options(sinks)->text;
	sink->terminal_fd = output_terminal(output);
	sink->options.is_terminal = output_is_terminal(output);
	sink->options.state = &sink->state;
	sink->output = output;
	output_begin_with(output, add_beginning, sink);
	return sinks_add(sinks, &ops, sink, &place);
}
