// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON blocks about who sent the signal: a process or a terminal. */
#include "json_blocks.h"

static void add_ancestors(struct json_writer *json, const struct incident_sender *sender)
{
	json_begin_array(json, "ancestors");
	for (size_t i = 0; i < sender->ancestor_count; i++) {
		const struct incident_ancestor *ancestor = &sender->ancestors[i];

		json_begin_object(json, NULL);
		json_put_uint(json, "pid", ancestor->pid);
		json_put_here(json, "pid_here", ancestor->pid, ancestor->pid_here);
		json_put_text(json, "comm", ancestor->comm);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_call(struct json_line *line, const struct incident_sender *sender)
{
	json_put_text(&line->json, "syscall", sender->have_syscall ? sender->syscall : NULL);
	if (!sender->have_syscall)
		json_reason(line, MISSING_SENDER_SYSCALL, WHY_NO_SYSCALL_OF_SENDER);
	else if (!sender->syscall)
		json_reason(line, MISSING_SENDER_SYSCALL, WHY_NO_NAME_FOR_NUMBER);
}

void json_add_sender(struct json_line *line, const struct incident_signal *signal)
{
	struct json_writer *json = &line->json;
	const struct incident_sender *sender = &signal->sender;

	if (!sender->have) {
		json_put_null(json, "sender");
		if (signal->origin == EV_ORIGIN_PROCESS)
			json_reason(line, MISSING_SENDER, WHY_NOT_RECORDED);
		return;
	}
	json_begin_object(json, "sender");
	json_put_uint(json, "pid", sender->pid);
	json_put_uint(json, "tid", sender->tid);
	json_put_uint(json, "uid", sender->uid);
	json_put_text(json, "comm", sender->comm);
	json_add_path(line, "exe", MISSING_SENDER_EXE, &sender->exe);
	json_add_cmdline(line, MISSING_SENDER_CMDLINE, &sender->cmdline);
	json_add_from_cgroup(line, "unit", MISSING_SENDER_UNIT, &sender->cgroup,
			     sender->names.unit);
	json_add_from_cgroup(line, "container", MISSING_SENDER_CONTAINER, &sender->cgroup,
			     sender->names.container);
	add_call(line, sender);
	json_put_here(json, "pid_here", sender->pid, sender->pid_here);
	json_put_here(json, "tid_here", sender->tid, sender->tid_here);
	add_ancestors(json, sender);
	json_end_object(json);
}

void json_add_terminal(struct json_line *line, const struct incident_signal *signal)
{
	const struct incident_terminal *terminal = &signal->terminal;
	struct json_writer *json = &line->json;

	if (!terminal->have) {
		json_put_null(json, "terminal");
		return;
	}
	json_begin_object(json, "terminal");
	json_put_text(json, "name", terminal->name);
	json_put_uint(json, "session", terminal->session);
	json_put_bool(json, "leader", terminal->is_leader);
	json_put_bool(json, "foreground", terminal->is_foreground);
	json_end_object(json);
}
