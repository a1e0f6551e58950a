// SPDX-License-Identifier: GPL-2.0-or-later
/* The fields about why a process died: who sent the signal, and death_fields.h. */
#include <inttypes.h>

#include "death_fields.h"
#include "journal.h"

/* The numbers of several in one entry could not be told apart, so only the parent has one. */
static void add_ancestors(const struct incident_sender *sender, struct strbuf *buf)
{
	const struct incident_ancestor *parent = &sender->ancestors[0];

	if (sender->ancestor_count)
		journal_add_number(buf, "SIGPATH_SENDER_PARENT_PID",
				   "SIGPATH_SENDER_PARENT_PID_HERE", parent->pid, parent->pid_here);
	for (size_t i = 0; i < sender->ancestor_count; i++)
		journal_add_text(buf, "SIGPATH_SENDER_ANCESTOR", sender->ancestors[i].comm);
}

void journal_add_sender(const struct incident_signal *signal, struct strbuf *buf)
{
	const struct incident_sender *sender = &signal->sender;

	if (signal->terminal.have)
		journal_add_text(buf, "SIGPATH_TERMINAL", signal->terminal.name);
	if (!sender->have)
		return;
	journal_add_text(buf, "SIGPATH_SENDER_COMM", sender->comm);
	journal_add_number(buf, "SIGPATH_SENDER_PID", "SIGPATH_SENDER_PID_HERE", sender->pid,
			   sender->pid_here);
	journal_add_uint(buf, "SIGPATH_SENDER_UID", sender->uid);
	journal_add_path(buf, "SIGPATH_SENDER_EXE", &sender->exe);
	journal_add_unit(buf, "SIGPATH_SENDER_UNIT", sender->names.unit);
	if (sender->names.container[0])
		journal_add_text(buf, "SIGPATH_SENDER_CONTAINER", sender->names.container);
	if (sender->have_syscall)
		journal_add_text(buf, "SIGPATH_SENDER_SYSCALL", sender->syscall);
	add_ancestors(sender, buf);
}

static void add_text(void *to, const struct death_field *field, const char *value)
{
	journal_add_text(to, field->journal, value);
}

static void add_int(void *to, const struct death_field *field, int64_t value)
{
	strbuf_printf(to, "%s=%" PRId64 "\n", field->journal, value);
}

static void add_uint(void *to, const struct death_field *field, uint64_t value)
{
	journal_add_uint(to, field->journal, value);
}

static void add_process(void *to, const struct death_field *field, uint32_t pid,
			struct incident_here here)
{
	journal_add_number(to, field->journal, field->journal_here, pid, here);
}

void journal_add_death(const struct incident *incident, struct strbuf *buf)
{
	static const struct death_writer writer = { add_text, add_int, add_uint, add_process };

	death_fields_put(incident, &writer, buf);
}
