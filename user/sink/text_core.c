// SPDX-License-Identifier: GPL-2.0-or-later
/* Cores, for people: in an incident, and in the line that says later what became of one. */
#include <string.h>

#include "line_format.h"
#include "words.h"

static const char *state_of(const struct incident_core *core)
{
	if (core->state == CORE_BEING_WRITTEN)
		return "being written";
	return word_core_state(core->state) ?: "?";
}

/* /usr/lib/systemd/systemd-coredump takes it */
static void add_program(const struct incident_core *core, struct strbuf *buf)
{
	char program[EV_CORE_PATTERN_MAX + 1];

	if (core_program(core->pattern, program, sizeof(program))) {
		strbuf_add_text(buf, "/");
		text_add_escaped(buf, program);
	} else {
		strbuf_add_text(buf, "a program");
	}
	strbuf_add_text(buf, core->state == CORE_WRITTEN ? " took it" : " takes it");
}

/* /var/core/core.812 */
static void add_file(const struct incident_core *core, struct strbuf *buf)
{
	if (!core->path[0]) {
		strbuf_add_text(buf, "kernel.core_pattern is ");
		text_add_name(buf, core->pattern);
		return;
	}
	text_add_name(buf, core->path);
	if (core->path[0] != '/')
		strbuf_add_text(buf, ", in its working directory");
}

static void add_place(const struct incident_core *core, struct strbuf *buf)
{
	switch (core->target) {
	case CORE_TARGET_FILE:
		add_file(core, buf);
		return;
	case CORE_TARGET_PROGRAM:
	case CORE_TARGET_SYSTEMD:
		add_program(core, buf);
		return;
	case CORE_TARGET_SOCKET:
		strbuf_add_text(buf, "the socket ");
		text_add_name(buf, core->pattern + strspn(core->pattern, "@"));
		return;
	case CORE_TARGET_UNKNOWN:
		break;
	}
}

void text_add_core(const struct incident_core *core, struct strbuf *buf)
{
	const char *why = word_core_why_text(core->why);

	strbuf_add_text(buf, state_of(core));
	if (why) {
		strbuf_printf(buf, ": %s", why);
	} else if (core->target) {
		strbuf_add_text(buf, ": ");
		add_place(core, buf);
	}
}

/* 14:03:23.842 (core of server[812], killed at 14:03:22.117: written: /var/core/core.812) */
void text_render_end(const struct line_options *options, const struct sink_end *end,
		     struct strbuf *buf)
{
	const struct incident_named *process = end->process;
	char number[INCIDENT_NUMBER_SIZE];

	text_add_time(options, end->time, buf);
	strbuf_add_text(buf, " (core of ");
	text_add_name(buf, process->comm);
	strbuf_printf(buf, "[%s]", incident_number_text(process->pid, process->pid_here, number));
	if (end->have_of) {
		strbuf_add_text(buf, ", killed at ");
		text_add_time(options, end->of_time, buf);
	}
	strbuf_add_text(buf, ": ");
	text_add_core(end->core, buf);
	strbuf_add_text(buf, ")\n");
}
