// SPDX-License-Identifier: GPL-2.0-or-later
/* The sink of -w: the unchanged records, after the header of a capture file. */
#include "output.h"
#include "sink_ops.h"

static void add_record(void *state, const void *record, size_t size, struct strbuf *buf)
{
	strbuf_add(buf, record, size);
}

static int write_records(void *state, const char *bytes, const size_t *ends, size_t count,
			 size_t *ret_delivered)
{
	return output_write(state, bytes, ends, count, ret_delivered);
}

static void close_output(void *state)
{
	output_free(state);
}

int sinks_add_records(struct sinks *sinks, struct output *output, const void *header, size_t size)
{
	static const struct sink_ops ops = {
		.record = add_record,
		.flush = write_records,
		.close = close_output,
	};
	struct sink_place place = {
		.name = output_name(output),
		.format = "capture",
		.watch_fd = -1,
	};
	size_t delivered;
	int error = output_write(output, header, &size, 1, &delivered);

	if (error) {
		output_free(output);
		return error;
	}
	return sinks_add(sinks, &ops, output, &place);
}
