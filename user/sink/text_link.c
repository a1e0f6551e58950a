// SPDX-License-Identifier: GPL-2.0-or-later
/* Another incident that belongs to this one. Its headline begins with the same time. */
#include "line_format.h"

static const char *meaning_of(enum link_what what)
{
	switch (what) {
	case LINK_PEER_DIED:
		return "it was at the other end";
	case LINK_PEER_WROTE:
		return "it wrote to this process";
	case LINK_OOM_CHOSEN:
		return "the kernel chose it, and killed this one with it";
	case LINK_OOM_VICTIM:
		return "the same lack of memory";
	default:
		return "the same signal, when it was generated";
	}
}

void text_add_link(const struct line_options *options, const struct incident_link *link,
		   struct strbuf *buf)
{
	char number[INCIDENT_NUMBER_SIZE];

	text_add_time(options, link->time, buf);
	strbuf_add_text(buf, " ");
	text_add_outcome(link->outcome, link->signal, buf);
	text_add_name(buf, link->comm);
	strbuf_printf(buf, "[%s]: %s (%s)", incident_number_text(link->pid, link->pid_here, number),
		      meaning_of(link->what), link->id);
}
