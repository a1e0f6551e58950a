// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a capture file: every record of it decoded, explained and rendered in both forms. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "explain.h"
#include "renderer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Together larger than a stack frame should be. */
static struct incident incident;
static struct snapshot snapshot;
static struct explanation explanation;

static void render(void)
{
	const struct sink_options options = { .format = SINK_TEXT };
	struct strbuf text = { 0 }, json = { 0 };

	explain(&incident, &explanation);
	text_render_incident(&options, &incident, &explanation, &text);
	json_render_incident(&incident, &explanation, &json);
	/* One line, whatever the names in it. */
	if (memchr(json.text, '\n', json.length - 1))
		__builtin_trap();
	strbuf_free(&text);
	strbuf_free(&json);
}

static void take(const struct ev_session *session, const void *record, size_t size)
{
	struct timespec time;
	struct repeat repeat;
	uint64_t count;

	decode_lost(session, record, size, &count, &time);
	decode_repeat(session, record, size, &repeat);
	if (!decode_incident(session, 1, record, size, &incident) &&
	    !decode_snapshot(record, size, &snapshot))
		render();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ev_session session;
	struct ev_header header;

	if (size < sizeof(session))
		return 0;
	memcpy(&session, data, sizeof(session));
	/* What replay.c has checked. */
	if (!session.hz)
		session.hz = 250;
	data += sizeof(session);
	size -= sizeof(session);
	while (size >= sizeof(header)) {
		size_t length;
		void *record;

		memcpy(&header, data, sizeof(header));
		length = header.size < size ? header.size : size;
		if (length < sizeof(header))
			break;
		/* In memory of just its size: a read beyond it is seen. */
		record = malloc(length);
		memcpy(record, data, length);
		take(&session, record, length);
		free(record);
		data += length;
		size -= length;
	}
	return 0;
}
