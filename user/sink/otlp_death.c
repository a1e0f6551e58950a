// SPDX-License-Identifier: GPL-2.0-or-later
/* The attributes about why a process died: who sent the signal, what had asked for the end, a
 * limit, memory, a filter. */
#include <sys/wait.h>

#include "otlp_record.h"
#include "otlp_value.h"
#include "words.h"
#include "words_kill.h"

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

/* VALUE, unless there is no such limit. */
static void put_limit_value(struct json_writer *json, const char *key, uint64_t value)
{
	if (value != INCIDENT_NO_LIMIT)
		otlp_put_uint(json, key, value);
}

static void put_limit(struct json_writer *json, const struct incident_limit *limit)
{
	if (!limit->have)
		return;
	otlp_put_text(json, "sigpath.limit.name", word_limit(limit->kind));
	otlp_put_text(json, "sigpath.limit.reached", limit->is_hard ? "hard" : "soft");
	put_limit_value(json, "sigpath.limit.soft", limit->soft);
	put_limit_value(json, "sigpath.limit.hard", limit->hard);
	if (limit->have_used && limit->kind == EV_LIMIT_FSIZE)
		otlp_put_uint(json, "sigpath.limit.size_bytes", limit->used);
	else if (limit->have_used)
		otlp_put_uint(json, "sigpath.limit.used_us",
			      limit->kind == EV_LIMIT_CPU ? limit->used / 1000 : limit->used);
	if (limit->have_offset)
		otlp_put_uint(json, "sigpath.limit.offset_bytes", limit->offset);
}

static void put_memory_cgroup(struct json_writer *json, const struct incident_memory *memory)
{
	if (!(memory->flags & EV_MEMORY_HAVE_CGROUP))
		return;
	otlp_put_text(json, "sigpath.oom.cgroup.name", if_any(memory->limit_cgroup));
	put_limit_value(json, "sigpath.oom.cgroup.limit_bytes", memory->cgroup_limit);
	otlp_put_uint(json, "sigpath.oom.cgroup.usage_bytes", memory->cgroup_usage);
}

static void put_memory(struct json_writer *json, const struct incident_memory *memory)
{
	if (!memory->have)
		return;
	otlp_put_text(json, "sigpath.oom.memory_of", word_memory(memory->flags));
	if (memory->flags & EV_MEMORY_HAVE_SIZE) {
		otlp_put_uint(json, "sigpath.oom.resident_bytes", memory->resident);
		otlp_put_uint(json, "sigpath.oom.swapped_bytes", memory->swapped);
	}
	otlp_put_int(json, "sigpath.oom.score_adj", memory->score_adj);
	put_memory_cgroup(json, memory);
	if (memory->chosen_pid) {
		otlp_put_uint(json, "sigpath.oom.chosen.pid", memory->chosen_pid);
		otlp_put_text(json, "sigpath.oom.chosen.comm", memory->chosen_comm);
	}
	if (!memory->trigger_pid)
		return;
	otlp_put_uint(json, "sigpath.oom.trigger.pid", memory->trigger_pid);
	otlp_put_uint(json, "sigpath.oom.trigger.uid", memory->trigger_uid);
	otlp_put_text(json, "sigpath.oom.trigger.comm", memory->trigger_comm);
}

static void put_init(struct json_writer *json, const struct incident_namespace *init)
{
	char name[WORD_SIZE];

	if (!init->have)
		return;
	otlp_put_uint(json, "sigpath.namespace_end.init_pid", init->pid);
	otlp_put_text(json, "sigpath.namespace_end.init_comm", init->comm);
	if (WIFSIGNALED(init->status))
		otlp_put_text(json, "sigpath.namespace_end.signal",
			      word_signal((uint32_t)WTERMSIG(init->status), name));
	else
		otlp_put_int(json, "sigpath.namespace_end.exit_status", WEXITSTATUS(init->status));
}

static void put_stop(struct json_writer *json, const struct incident_stop *stop)
{
	char name[WORD_SIZE];

	if (!stop->have)
		return;
	otlp_put_text(json, "sigpath.stop.signal", word_signal(stop->number, name));
	otlp_put_text(json, "sigpath.stop.outcome", word_outcome(stop->outcome));
	otlp_put_uint(json, "sigpath.stop.ago_us", stop->ago_ns / 1000);
	otlp_put_uint(json, "sigpath.stop.pid", stop->pid);
	otlp_put_uint(json, "sigpath.stop.uid", stop->uid);
	otlp_put_text(json, "sigpath.stop.comm", stop->comm);
}

void otlp_put_death(struct json_writer *json, const struct incident *incident)
{
	put_stop(json, &incident->stop);
	put_limit(json, &incident->limit);
	put_memory(json, &incident->memory);
	if (incident->seccomp.have)
		otlp_put_text(json, "sigpath.seccomp.action",
			      word_seccomp_action(incident->seccomp.action));
	put_init(json, &incident->namespace_end);
}
