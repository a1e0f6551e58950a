// SPDX-License-Identifier: GPL-2.0-or-later
/* The process that sent the signal, beyond its name in the headline. */
#include <string.h>

#include "line_format.h"
#include "text_fields.h"

/* "; parents: sh[71] < cron[60] < systemd[1]" */
static void add_ancestors(const struct incident_sender *sender, struct strbuf *buf)
{
	char number[INCIDENT_NUMBER_SIZE];

	for (size_t i = 0; i < sender->ancestor_count; i++) {
		const struct incident_ancestor *ancestor = &sender->ancestors[i];

		strbuf_add_text(buf, i ? " < " : "; parents: ");
		text_add_comm(buf, ancestor->comm);
		strbuf_printf(buf, "[%s]",
			      incident_number_text(ancestor->pid, ancestor->pid_here, number));
	}
}

bool text_has_sender(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return sender->have && sender->pid != incident->process.pid &&
	       (sender->exe.have || sender->cmdline.have || sender->ancestor_count ||
		incident->signal.origin != EV_ORIGIN_PROCESS);
}

/* pkill[77] /usr/bin/pkill "pkill -9 server", unit cron.service; parents: sh[71] < cron[60] */
void text_add_sender_line(const struct line_options *options, const struct incident_sender *sender,
			  struct strbuf *buf)
{
	text_add_comm(buf, sender->comm);
	strbuf_add_text(buf, "[");
	text_add_numbers(buf, sender->pid, sender->tid, sender->pid_here, sender->tid_here);
	strbuf_add_text(buf, "]");
	if (sender->exe.have) {
		strbuf_add_text(buf, " ");
		text_add_path(buf, &sender->exe);
	}
	if (sender->cmdline.have && sender->cmdline.count) {
		strbuf_add_text(buf, " ");
		text_add_quoted_cmdline(options, &sender->cmdline, buf);
	}
	if (sender->names.unit[0]) {
		strbuf_add_text(buf, ", unit ");
		text_add_name(buf, sender->names.unit);
	}
	if (sender->names.container[0]) {
		strbuf_add_text(buf, ", container ");
		text_add_name(buf, sender->names.container);
	}
	add_ancestors(sender, buf);
}
