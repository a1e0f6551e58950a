// SPDX-License-Identifier: GPL-2.0-or-later
/* The sink of -w: the unchanged records, after the header of a capture file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "sink_ops.h"

struct record_sink {
	struct output *output;
	bool begun; /* the header is written: without it no record may be */
	size_t header_size;
	unsigned char header[];
};

static void add_record(void *state, const void *record, size_t size, struct strbuf *buf)
{
	strbuf_add(buf, record, size);
}

static int begin(void *state)
{
	struct record_sink *sink = state;
	size_t delivered;
	int error;

	if (sink->begun)
		return 0;
	error = output_write(sink->output, (const char *)sink->header, &sink->header_size, 1,
			     &delivered);
	sink->begun = !error;
	return error;
}

static int write_records(void *state, const char *bytes, const size_t *ends, size_t count,
			 size_t *ret_delivered)
{
	struct record_sink *sink = state;
	int error = begin(sink);

	*ret_delivered = 0;
	return error ? error : output_write(sink->output, bytes, ends, count, ret_delivered);
}

static void close_output(void *state)
{
	struct record_sink *sink = state;

	output_free(sink->output);
	free(sink);
}

int sinks_add_records(struct sinks *sinks, struct output *output, const void *header, size_t size)
{
	static const struct sink_ops ops = {
		.record = add_record,
		.begin = begin,
		.flush = write_records,
		.close = close_output,
	};
	struct sink_place place = {
		.name = output_name(output),
		.format = "capture",
		.watch_fd = -1,
	};
	struct record_sink *sink = calloc(1, sizeof(*sink) + size);
	int error;

	if (!sink) {
		output_free(output);
		return -ENOMEM;
	}
	sink->output = output;
	sink->header_size = size;
	memcpy(sink->header, header, size);
	/* A file that cannot be written is an error at once. A reader may come later. */
	error = output_is_file(output) ? begin(sink) : 0;
	if (error) {
		close_output(sink);
		return error;
	}
	return sinks_add(sinks, &ops, sink, &place);
}
