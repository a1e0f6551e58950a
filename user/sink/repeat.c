// SPDX-License-Identifier: GPL-2.0-or-later
/* Repeats: incidents that were counted and not sent, tied to the whole one that they are like. */
#include <inttypes.h>
#include <stdio.h>

#include "json_blocks.h"
#include "words.h"
#include "line_format.h"

/* 48,211 */
static void add_grouped(uint64_t number, struct strbuf *buf)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			strbuf_add_text(buf, ",");
		strbuf_add(buf, &digits[i], 1);
	}
}

static uint64_t span_ns(const struct sink_repeat *repeat)
{
	int64_t ns = (repeat->last.tv_sec - repeat->first.tv_sec) * INT64_C(1000000000) +
		     repeat->last.tv_nsec - repeat->first.tv_nsec;

	return ns > 0 ? (uint64_t)ns : 0;
}

/* 14:03:24.000 (+48,211 more like 14:03:22.117 in 1.0 s) */
void text_render_repeat(const struct line_options *options, const struct sink_repeat *repeat,
			struct strbuf *buf)
{
	const char *outcome = word_outcome(repeat->outcome);

	text_add_time(options, repeat->last, buf);
	strbuf_add_text(buf, " (+");
	add_grouped(repeat->count, buf);
	if (repeat->of) {
		strbuf_add_text(buf, " more like ");
		text_add_time(options, repeat->of_time, buf);
	} else {
		strbuf_printf(buf, " more, %s, of kinds that were not told apart",
			      outcome ? outcome : "?");
	}
	strbuf_add_text(buf, " in ");
	text_add_duration(buf, span_ns(repeat));
	strbuf_add_text(buf, ")\n");
}

void json_render_repeat(const struct line_options *options, const struct sink_repeat *repeat,
			struct strbuf *buf)
{
	struct json_writer json;

	json_begin_line(&json, "repeat", buf);
	json_put_text(&json, "of", repeat->of);
	json_put_text(&json, "outcome", word_outcome(repeat->outcome));
	json_put_uint(&json, "count", repeat->count);
	json_put_time(&json, "first", repeat->first);
	json_put_time(&json, "last", repeat->last);
	json_end_line(&json);
}
