// SPDX-License-Identifier: GPL-2.0-or-later
/* The attributes about why a process died: who sent the signal, and death_fields.h. */
#include "death_fields.h"
#include "otlp_record.h"
#include "otlp_value.h"

static const char *if_any(const char *text)
{
	return text[0] ? text : NULL;
}

static void put_ancestors(struct json_writer *json, const struct incident_sender *sender)
{
	if (!sender->ancestor_count)
		return;
	otlp_put_uint(json, "sigpath.sender.parent_pid", sender->ancestors[0].pid);
	otlp_begin_list(json, "sigpath.sender.ancestors");
	for (size_t i = 0; i < sender->ancestor_count; i++)
		otlp_put_text(json, NULL, sender->ancestors[i].comm);
	otlp_end_list(json);
}

void otlp_put_sender(struct json_writer *json, const struct incident_signal *signal)
{
	const struct incident_sender *sender = &signal->sender;

	if (signal->terminal.have)
		otlp_put_text(json, "sigpath.terminal", signal->terminal.name);
	if (!sender->have)
		return;
	otlp_put_uint(json, "sigpath.sender.pid", sender->pid);
	otlp_put_uint(json, "sigpath.sender.uid", sender->uid);
	otlp_put_text(json, "sigpath.sender.comm", sender->comm);
	otlp_put_path(json, "sigpath.sender.exe", &sender->exe);
	otlp_put_arguments(json, "sigpath.sender.command_args", &sender->cmdline);
	otlp_put_text(json, "sigpath.sender.unit", if_any(sender->names.unit));
	otlp_put_text(json, "sigpath.sender.container", if_any(sender->names.container));
	otlp_put_text(json, "sigpath.sender.syscall",
		      sender->have_syscall ? sender->syscall : NULL);
	put_ancestors(json, sender);
}

static void put_text(void *to, const struct death_field *field, const char *value)
{
	otlp_put_text(to, field->otlp, value);
}

static void put_int(void *to, const struct death_field *field, int64_t value)
{
	otlp_put_int(to, field->otlp, value);
}

static void put_uint(void *to, const struct death_field *field, uint64_t value)
{
	otlp_put_uint(to, field->otlp, value);
}

static void put_process(void *to, const struct death_field *field, uint32_t pid,
			struct incident_here here)
{
	otlp_put_uint(to, field->otlp, pid);
}

void otlp_put_death(struct json_writer *json, const struct incident *incident)
{
	static const struct death_writer writer = { put_text, put_int, put_uint, put_process };

	death_fields_put(incident, &writer, json);
}
