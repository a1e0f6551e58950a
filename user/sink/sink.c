// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Between the pipeline and the renderers: renders, writes, and sends to stderr what is not an
 * incident when people read along. JSON readers get that as lines of their own.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cleanup.h"
#include "log.h"
#include "output.h"
#include "renderer.h"

struct sink {
	struct sink_options options;
	struct output *output;
	struct strbuf buf;
};

static void cleanup_strbuf(struct strbuf *buf)
{
	strbuf_free(buf);
}

int sink_new(const struct sink_options *options, struct output *output, struct sink **ret_sink)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return -ENOMEM;
	/* localtime_r need not look at TZ by itself. */
	tzset();
	sink->options = *options;
	sink->output = output;
	*ret_sink = sink;
	return 0;
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	strbuf_free(&sink->buf);
	free(sink);
}

/* 0, or what kept the buffer from being written. */
static int write_buffer(struct sink *sink)
{
	if (sink->buf.failed) {
		log_warning("out of memory: something was not written");
		return -ENOMEM;
	}
	return output_write(sink->output, sink->buf.text, sink->buf.length);
}

int sink_incident(struct sink *sink, const struct incident *incident,
		  const struct explanation *explanation)
{
	strbuf_reset(&sink->buf);
	if (sink->options.format == SINK_JSON)
		json_render_incident(incident, explanation, &sink->buf);
	else
		text_render_incident(&sink->options, incident, explanation, &sink->buf);
	return write_buffer(sink) == -EPIPE ? -EPIPE : 0;
}

int sink_repeat(struct sink *sink, const struct sink_repeat *repeat)
{
	strbuf_reset(&sink->buf);
	if (sink->options.format == SINK_JSON)
		json_render_repeat(repeat, &sink->buf);
	else
		text_render_repeat(&sink->options, repeat, &sink->buf);
	return write_buffer(sink) == -EPIPE ? -EPIPE : 0;
}

/* 14:03:24.000 (12 records lost: the ring buffer was full) */
static void log_lost(struct sink *sink, uint64_t count, struct timespec time)
{
	cleanup(cleanup_strbuf) struct strbuf clock = { 0 };

	text_add_time(&sink->options, time, &clock);
	if (clock.failed)
		return;
	log_warning("%s (%" PRIu64 " %s lost: the ring buffer was full)", clock.text, count,
		    count == 1 ? "record" : "records");
}

int sink_lost(struct sink *sink, uint64_t count, struct timespec time)
{
	int error;

	/* What came before it, first; and its own error, not theirs. */
	if (output_more(sink->output, false) == -EPIPE)
		return -EPIPE;
	if (sink->options.format == SINK_TEXT) {
		log_lost(sink, count, time);
		return 0;
	}
	strbuf_reset(&sink->buf);
	json_render_lost(count, time, &sink->buf);
	error = write_buffer(sink);
	if (error && error != -EPIPE)
		log_lost(sink, count, time);
	return error == -EPIPE ? -EPIPE : 0;
}

/* 3 incidents, 0 repeats, 0 lost */
static void log_summary(const struct sink_summary *summary)
{
	cleanup(cleanup_strbuf) struct strbuf line = { 0 };

	strbuf_printf(&line, "%" PRIu64 " %s, %" PRIu64 " %s, %" PRIu64 " lost", summary->incidents,
		      summary->incidents == 1 ? "incident" : "incidents", summary->repeats,
		      summary->repeats == 1 ? "repeat" : "repeats", summary->lost);
	if (summary->unseen)
		strbuf_printf(&line, ", %" PRIu64 " calls unseen", summary->unseen);
	if (summary->skipped_stacks)
		strbuf_printf(&line, ", %" PRIu64 " without stack to keep up",
			      summary->skipped_stacks);
	if (summary->malformed)
		strbuf_printf(&line, ", %" PRIu64 " malformed", summary->malformed);
	if (summary->unwritten)
		strbuf_printf(&line, ", %" PRIu64 " unwritten", summary->unwritten);
	if (!line.failed)
		log_notice("%s", line.text);
}

int sink_summary(struct sink *sink, const struct sink_summary *summary)
{
	int error;

	if (sink->options.format == SINK_TEXT) {
		log_summary(summary);
		return 0;
	}
	strbuf_reset(&sink->buf);
	json_render_summary(summary, &sink->buf);
	error = write_buffer(sink);
	/* A full disk does not swallow the counts. */
	if (error && error != -EPIPE)
		log_summary(summary);
	return error == -EPIPE ? -EPIPE : 0;
}
