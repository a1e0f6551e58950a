// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fields that only a death by a signal has: who sent it, what was sent before, what a fault
 * was, the core.
 */
#include <inttypes.h>

#include "layout.h"
#include "line_format.h"
#include "text_fields.h"
#include "words.h"

/* related 14:03:22.114 SIGKILL killed logger[813]: it was at the other end (5f0c2a91-000020) */
static void put_links(const struct line_options *options, const struct incident *incident,
		      struct layout *layout)
{
	for (size_t i = 0; i < incident->link_count; i++) {
		text_add_link(options, &incident->links[i], layout_text(layout));
		layout_field(layout, "related");
	}
}

/* What became of the signal that asked for the end. */
static const char *became_of(enum ev_outcome outcome)
{
	switch (outcome) {
	case EV_OUTCOME_KILLED:
		return "it was to end the process";
	case EV_OUTCOME_IGNORED:
		return "it was ignored";
	case EV_OUTCOME_HANDLED:
		return "it went to a handler";
	case EV_OUTCOME_PENDING:
		return "it stayed pending";
	case EV_OUTCOME_TRACED:
		return "it went to a debugger";
	default:
		return "it did nothing";
	}
}

/* A sentence about the sender says it already. */
static bool is_told(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return incident->subject == EV_SUBJECT_SENT && sender->pid != incident->process.pid &&
	       sender->stop.have && sender->stop.ago_ns == incident->stop.ago_ns;
}

/* after SIGTERM from systemd[1] uid 0, 1.203 s before: it went to a handler */
static void put_stop(const struct incident *incident, struct layout *layout)
{
	const struct incident_stop *stop = &incident->stop;
	char name[WORD_SIZE], number[INCIDENT_NUMBER_SIZE];
	struct strbuf *text = layout_text(layout);

	if (!stop->have || is_told(incident))
		return;
	strbuf_printf(text, "%s from ", word_signal(stop->number, name));
	text_add_comm(text, stop->comm);
	strbuf_printf(text, "[%s] uid %" PRIu32 ", ",
		      incident_number_text(stop->pid, stop->pid_here, number), stop->uid);
	text_add_duration(text, stop->ago_ns);
	strbuf_printf(text, " before: %s", became_of(stop->outcome));
	layout_field(layout, "after");
}

/* Many lines, for somebody who reads machine code: not on a terminal, unless all is asked for. */
static bool shows_registers(const struct line_options *options, const struct incident *incident)
{
	return incident->fault.have && incident->registers.have &&
	       (options->text.full || !options->is_terminal);
}

void text_put_reason(const struct line_options *options, const struct incident *incident,
		     struct layout *layout)
{
	if (text_has_sender(incident)) {
		text_add_sender_line(options, &incident->signal.sender, layout_text(layout));
		layout_field(layout, "sender");
	}
	put_stop(incident, layout);
	if (incident->fault.have) {
		text_add_fault(incident, layout_text(layout));
		layout_field(layout, "fault");
	}
	if (shows_registers(options, incident)) {
		text_add_registers(&incident->registers, layout_text(layout));
		layout_field(layout, "regs");
	}
	if (incident->seccomp.have) {
		text_add_seccomp(incident, layout_text(layout));
		layout_field(layout, "seccomp");
	}
	put_links(options, incident, layout);
}

void text_put_core(const struct incident_core *core, struct layout *layout)
{
	/* That a signal such as SIGTERM writes none is no news. */
	if (core->state == CORE_NOT_ASKED || core->why == CORE_WHY_SIGNAL)
		return;
	text_add_core(core, layout_text(layout));
	layout_field(layout, "core");
}
