// SPDX-License-Identifier: GPL-2.0-or-later
/* Cores: the block of an incident, and the line that says later what became of one. */
#include <string.h>

#include "json_blocks.h"
#include "words.h"

/* Null if the signal ended no process. */
void json_add_core(struct json_writer *json, const struct incident_core *core)
{
	if (!core->state) {
		json_put_null(json, "core");
		return;
	}
	json_begin_object(json, "core");
	json_put_text(json, "state", word_core_state(core->state));
	json_put_text(json, "code", word_core_why(core->why));
	json_put_text(json, "reason", word_core_why_text(core->why));
	json_put_text(json, "target", word_core_target(core->target));
	json_put_text(json, "pattern", core->have_pattern ? core->pattern : NULL);
	json_put_text(json, "path", core->path[0] ? core->path : NULL);
	json_end_object(json);
}

void json_render_end(const struct line_options *options, const struct sink_end *end,
		     struct strbuf *buf)
{
	struct json_writer json;
	char name[WORD_SIZE];

	json_begin_line(&json, "end", buf);
	json_put_text(&json, "id", end->id);
	json_put_time(&json, "time", end->time);
	json_add_origin(&json, options);
	json_put_text(&json, "class", end->have_of ? class_name(end->class) : NULL);
	json_put_text(&json, "severity", end->have_of ? severity_name(end->severity) : NULL);
	json_put_text(&json, "signal", word_signal(end->signal, name));
	json_add_named(&json, end->process);
	if (end->have_after)
		json_put_us(&json, "after_us", end->after_ns);
	else
		json_put_null(&json, "after_us");
	json_add_core(&json, end->core);
	json_end_line(&json);
}
