// SPDX-License-Identifier: GPL-2.0-or-later
/* Why the kernel killed the process: null where that is not the subject. */
#include <sys/wait.h>

#include "json_blocks.h"
#include "words.h"
#include "words_kill.h"

static void put_uint_or_null(struct json_writer *json, const char *key, bool have, uint64_t value)
{
	if (have)
		json_put_uint(json, key, value);
	else
		json_put_null(json, key);
}

/* A limit: null if there is none. */
static void put_limit(struct json_writer *json, const char *key, uint64_t value)
{
	put_uint_or_null(json, key, value != INCIDENT_NO_LIMIT, value);
}

static void add_trigger(struct json_writer *json, const struct incident_memory *memory)
{
	if (!memory->trigger_pid) {
		json_put_null(json, "trigger");
		return;
	}
	json_begin_object(json, "trigger");
	json_put_uint(json, "pid", memory->trigger_pid);
	json_put_here(json, "pid_here", memory->trigger_pid, memory->trigger_pid_here);
	json_put_text(json, "comm", memory->trigger_comm);
	json_put_uint(json, "uid", memory->trigger_uid);
	json_end_object(json);
}

static void add_chosen(struct json_writer *json, const struct incident_memory *memory)
{
	if (!memory->chosen_pid) {
		json_put_null(json, "chosen");
		return;
	}
	json_begin_object(json, "chosen");
	json_put_uint(json, "pid", memory->chosen_pid);
	json_put_here(json, "pid_here", memory->chosen_pid, memory->chosen_pid_here);
	json_put_text(json, "comm", memory->chosen_comm);
	json_end_object(json);
}

static void add_memory_cgroup(struct json_writer *json, const struct incident_memory *memory)
{
	if (!(memory->flags & EV_MEMORY_HAVE_CGROUP)) {
		json_put_null(json, "cgroup");
		return;
	}
	json_begin_object(json, "cgroup");
	json_put_uint(json, "id",
		      memory->limit_cgroup_id ? memory->limit_cgroup_id : memory->cgroup_id);
	json_put_text(json, "name", memory->limit_cgroup[0] ? memory->limit_cgroup : NULL);
	json_put_bool(json, "is_at_limit", memory->limit_cgroup_id);
	put_limit(json, "limit_bytes", memory->cgroup_limit);
	json_put_uint(json, "usage_bytes", memory->cgroup_usage);
	json_end_object(json);
}

static void add_memory(struct json_writer *json, const struct incident_memory *memory)
{
	bool have_size = memory->flags & EV_MEMORY_HAVE_SIZE;

	if (!memory->have) {
		json_put_null(json, "oom");
		return;
	}
	json_begin_object(json, "oom");
	json_put_text(json, "memory_of", word_memory(memory->flags));
	json_put_bool(json, "group", memory->flags & EV_MEMORY_GROUP);
	put_uint_or_null(json, "resident_bytes", have_size, memory->resident);
	put_uint_or_null(json, "swapped_bytes", have_size, memory->swapped);
	put_uint_or_null(json, "page_table_bytes", have_size, memory->tables);
	json_put_int(json, "score_adj", memory->score_adj);
	add_memory_cgroup(json, memory);
	add_trigger(json, memory);
	add_chosen(json, memory);
	json_end_object(json);
}

static void add_limit(struct json_writer *json, const struct incident_limit *limit)
{
	bool is_file = limit->kind == EV_LIMIT_FSIZE;

	if (!limit->have) {
		json_put_null(json, "limit");
		return;
	}
	json_begin_object(json, "limit");
	json_put_text(json, "name", word_limit(limit->kind));
	json_put_text(json, "reached", limit->is_hard ? "hard" : "soft");
	put_limit(json, "soft", limit->soft);
	put_limit(json, "hard", limit->hard);
	json_put_text(json, "unit", word_limit_unit(limit->kind));
	if (limit->have_used && limit->kind == EV_LIMIT_CPU)
		json_put_us(json, "used_us", limit->used);
	else
		put_uint_or_null(json, "used_us", limit->have_used && !is_file, limit->used);
	put_uint_or_null(json, "size_bytes", limit->have_used && is_file, limit->used);
	put_uint_or_null(json, "offset_bytes", limit->have_offset, limit->offset);
	json_end_object(json);
}

static void add_seccomp(struct json_writer *json, const struct incident *incident)
{
	const struct incident_seccomp *seccomp = &incident->seccomp;

	if (!seccomp->have) {
		json_put_null(json, "seccomp");
		return;
	}
	json_begin_object(json, "seccomp");
	json_put_text(json, "action", word_seccomp_action(seccomp->action));
	json_put_text(json, "mode", seccomp->is_strict ? "strict" : "filter");
	json_put_uint(json, "filters", seccomp->filters);
	if (seccomp->have_args) {
		json_begin_array(json, "arguments");
		for (size_t i = 0; i < INCIDENT_CALL_ARGS; i++)
			json_put_hex(json, NULL, incident->syscall.args[i]);
		json_end_array(json);
		json_put_hex(json, "ip", seccomp->ip);
	} else {
		json_put_null(json, "arguments");
		json_put_null(json, "ip");
	}
	json_end_object(json);
}

static void add_namespace_end(struct json_writer *json, const struct incident_namespace *init)
{
	char name[WORD_SIZE];
	int status = init->status;

	if (!init->have) {
		json_put_null(json, "namespace_end");
		return;
	}
	json_begin_object(json, "namespace_end");
	json_put_uint(json, "inode", init->inode);
	json_put_uint(json, "init_pid", init->pid);
	json_put_here(json, "init_pid_here", init->pid, init->pid_here);
	json_put_text(json, "init_comm", init->comm);
	put_uint_or_null(json, "exit_status", WIFEXITED(status), (uint64_t)WEXITSTATUS(status));
	json_put_text(json, "signal",
		      WIFSIGNALED(status) ? word_signal((uint32_t)WTERMSIG(status), name) : NULL);
	json_end_object(json);
}

void json_add_kill(struct json_writer *json, const struct incident *incident)
{
	add_memory(json, &incident->memory);
	add_limit(json, &incident->limit);
	add_seccomp(json, incident);
	add_namespace_end(json, &incident->namespace_end);
}
