// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sink of -w: the unchanged records, after the header of a capture file. Each file that it
 * writes is a capture of its own: the header of a later one has the clocks of its first record, and
 * the number of incidents before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "sink_ops.h"

struct record_sink {
	struct output *output;
	struct ev_session session; /* of the record NOTED */
	/* the batch that is written */
	const char *bytes;
	const size_t *ends;
	size_t noted; /* records of it that are in `session` */
};

static void add_record(void *state, const void *record, size_t size, struct strbuf *buf)
{
	strbuf_add(buf, record, size);
}

static void note(struct record_sink *sink, const char *record, size_t size)
{
	struct ev_header header;
	struct ev_clock clock;

	if (size < sizeof(header))
		return;
	memcpy(&header, record, sizeof(header));
	if (header.kind == EV_KIND_INCIDENT)
		sink->session.incidents_before++;
	if (header.kind != EV_KIND_CLOCK || size < sizeof(clock))
		return;
	memcpy(&clock, record, sizeof(clock));
	sink->session.realtime_offset_ns = clock.realtime_offset_ns;
	sink->session.boottime_offset_ns = clock.boottime_offset_ns;
}

/* The first records of the batch, up to ITEM. */
static void note_records(struct record_sink *sink, size_t item)
{
	for (; sink->noted < item; sink->noted++) {
		size_t start = sink->noted ? sink->ends[sink->noted - 1] : 0;

		note(sink, sink->bytes + start, sink->ends[sink->noted] - start);
	}
}

static void add_header(void *context, size_t item, struct strbuf *buf)
{
	struct record_sink *sink = context;

	note_records(sink, item);
	strbuf_add(buf, &sink->session, sizeof(sink->session));
}

static int begin(void *state)
{
	struct record_sink *sink = state;

	return output_begin(sink->output);
}

static int write_records(void *state, const char *bytes, const size_t *ends, size_t count,
			 size_t *ret_delivered)
{
	struct record_sink *sink = state;
	int error;

	sink->bytes = bytes;
	sink->ends = ends;
	sink->noted = 0;
	error = output_write(sink->output, bytes, ends, count, ret_delivered);
	note_records(sink, count);
	sink->noted = 0;
	return error;
}

static void reopen(void *state)
{
	struct record_sink *sink = state;

	output_reopen(sink->output);
}

static void close_output(void *state)
{
	struct record_sink *sink = state;

	output_free(sink->output);
	free(sink);
}

int sinks_add_records(struct sinks *sinks, struct output *output)
{
	static const struct sink_ops ops = {
		.record = add_record,
		.begin = begin,
		.flush = write_records,
		.reopen = reopen,
		.close = close_output,
	};
	struct sink_place place = {
		.name = output_name(output),
		.format = "capture",
		.watch_fd = -1,
	};
	struct record_sink *sink = calloc(1, sizeof(*sink));
	int error;

	if (!sink) {
		output_free(output);
		return -ENOMEM;
	}
	sink->output = output;
	sink->session = *sinks_options(sinks)->session;
	output_begin_with(output, add_header, sink);
	/* A file that cannot be written is an error at once. A reader may come later. */
	error = output_is_file(output) ? begin(sink) : 0;
	if (error) {
		close_output(sink);
		return error;
	}
	return sinks_add(sinks, &ops, sink, &place);
}
