// SPDX-License-Identifier: GPL-2.0-or-later
/* The fields that only a death by a signal has: who sent it, what a fault was, the core. */
#include "layout.h"
#include "line_format.h"
#include "text_fields.h"

/* related 14:03:22.114 SIGKILL killed logger[813]: it was at the other end (5f0c2a91-000020) */
static void put_links(const struct line_options *options, const struct incident *incident,
		      struct layout *layout)
{
	for (size_t i = 0; i < incident->link_count; i++) {
		text_add_link(options, &incident->links[i], layout_text(layout));
		layout_field(layout, "related");
	}
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
