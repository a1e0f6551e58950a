// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON blocks about processes: the signal, who got it, who was at the other end. */
#include <sys/wait.h>

#include "json_blocks.h"
#include "words.h"
#include "stack_frames.h"

static void add_sender(struct build *build, struct json_object *parent,
		       const struct incident_signal *signal)
{
	const struct incident_sender *sender = &signal->sender;
	struct json_object *block;

	if (!sender->have) {
		build_null(build, parent, "sender");
		if (signal->origin == EV_ORIGIN_PROCESS)
			build_reason(build, "signal.sender", "not recorded");
		return;
	}
	block = build_object(build, parent, "sender");
	build_uint(build, block, "pid", sender->pid);
	build_uint(build, block, "tid", sender->tid);
	build_uint(build, block, "uid", sender->uid);
	build_text(build, block, "comm", sender->comm);
	build_text(build, block, "syscall", sender->have_syscall ? sender->syscall : NULL);
	if (!sender->have_syscall)
		build_reason(build, "signal.sender.syscall", "not sent by a system call");
	else if (!sender->syscall)
		build_reason(build, "signal.sender.syscall", "no name for its number");
}

/* The kernel's own signal for a failed write has no siginfo, and so no code. */
static void add_code(struct build *build, struct json_object *parent,
		     const struct incident_signal *signal)
{
	const char *name = word_si_code(signal->code);

	if (signal->origin == EV_ORIGIN_KERNEL && !signal->code)
		build_null(build, parent, "code");
	else if (name)
		build_text(build, parent, "code", name);
	else
		build_int(build, parent, "code", signal->code);
}

void json_add_signal(struct build *build, const struct incident *incident,
		     const struct explanation *explanation)
{
	const struct incident_signal *signal = &incident->signal;
	const struct stack_frame *handler = incident->handler_frame;
	struct json_object *block = build_object(build, build->root, "signal");
	char name[WORD_SIZE];

	build_text(build, block, "name", word_signal(signal->number, name));
	build_uint(build, block, "number", signal->number);
	build_text(build, block, "origin", word_origin(signal->origin));
	build_text(build, block, "site", signal->site);
	if (!signal->site && signal->origin == EV_ORIGIN_KERNEL)
		build_reason(build, "signal.site", "not recorded");
	add_sender(build, block, signal);
	add_code(build, block, signal);
	build_bool(build, block, "group", signal->group);
	build_text(build, block, "disposition", word_disposition(signal->disposition));
	build_text(build, block, "disposition_text",
		   explanation->disposition[0] ? explanation->disposition : NULL);
	if (signal->disposition == EV_DISPOSITION_HANDLER)
		build_hex(build, block, "handler", signal->handler);
	else
		build_null(build, block, "handler");
	build_text(build, block, "handler_symbol", handler ? handler->symbol : NULL);
	build_text(build, block, "handler_module", handler ? handler->module : NULL);
	build_bool(build, block, "blocked", signal->blocked);
	build_text(build, block, "result", word_result(signal->result));
}

void json_add_path(struct build *build, struct json_object *parent, const char *key,
		   const char *dotted, const struct incident_path *path)
{
	struct strbuf text = { 0 };

	if (!path->have) {
		build_unknown(build, parent, key, dotted, "not in the record");
		return;
	}
	if (path->truncated) {
		strbuf_add_text(&text, ".../");
		build_reason(build, dotted, "cut off: its first components are missing");
	}
	strbuf_add_text(&text, path->text);
	if (text.failed)
		build->failed = true;
	else
		build_text(build, parent, key, text.text);
	strbuf_free(&text);
}

static void add_cmdline(struct build *build, struct json_object *parent,
			const struct incident_cmdline *cmdline)
{
	struct json_object *array;

	if (!cmdline->have) {
		build_unknown(build, parent, "cmdline", "process.cmdline", "not in the record");
		return;
	}
	array = build_array(build, parent, "cmdline");
	for (size_t i = 0; i < cmdline->count; i++)
		build_text(build, array, NULL, cmdline->args[i]);
	if (cmdline->truncated)
		build_reason(build, "process.cmdline", "cut off: there were more bytes");
}

static void add_cgroup(struct build *build, struct json_object *parent,
		       const struct incident_process *process)
{
	struct json_object *block = build_object(build, parent, "cgroup");

	build_uint(build, block, "id", process->cgroup_id);
	json_add_path(build, block, "path", "process.cgroup.path", &process->cgroup);
}

/* Empty is none; whether that is known depends on the cgroup path that they are read from. */
static void add_from_cgroup(struct build *build, struct json_object *parent, const char *key,
			    const char *dotted, const struct incident_process *process,
			    const char *text)
{
	build_text(build, parent, key, text[0] ? text : NULL);
	if (!text[0] && !process->cgroup.have)
		build_reason(build, dotted, "the cgroup path is not known");
}

void json_add_process(struct build *build, const struct incident_process *process)
{
	struct json_object *block = build_object(build, build->root, "process");

	build_uint(build, block, "pid", process->pid);
	build_uint(build, block, "tid", process->tid);
	build_text(build, block, "comm", process->comm);
	build_text(build, block, "thread", process->thread);
	build_uint(build, block, "ppid", process->ppid);
	build_uint(build, block, "pgid", process->pgid);
	build_text(build, block, "parent_comm", process->parent_comm);
	build_uint(build, block, "uid", process->uid);
	build_uint(build, block, "gid", process->gid);
	json_add_path(build, block, "exe", "process.exe", &process->exe);
	build_bool(build, block, "exe_deleted", process->exe_deleted);
	add_cmdline(build, block, &process->cmdline);
	build_time(build, block, "start_time", process->start);
	if (!process->start.tv_sec)
		build_reason(build, "process.start_time", "not recorded");
	build_uint(build, block, "ns_pid", process->ns_pid);
	build_uint(build, block, "ns_tid", process->ns_tid);
	build_uint(build, block, "pid_ns", process->pid_ns);
	build_uint(build, block, "net_ns", process->net_ns);
	build_uint(build, block, "mnt_ns", process->mnt_ns);
	if (process->tracer_pid)
		build_uint(build, block, "tracer_pid", process->tracer_pid);
	else
		build_null(build, block, "tracer_pid");
	add_cgroup(build, block, process);
	add_from_cgroup(build, block, "unit", "process.unit", process, process->unit);
	add_from_cgroup(build, block, "container", "process.container", process,
			process->container);
	add_from_cgroup(build, block, "pod", "process.pod", process, process->pod);
	build_text(build, block, "runtime", word_runtime(process->runtime));
	if (!process->runtime)
		build_reason(build, "process.runtime", "not determined");
}

void json_add_end(struct build *build, const struct incident_end *end)
{
	struct json_object *block;

	if (end->state != EV_END_ALIVE && end->state != EV_END_ENDED) {
		build_null(build, build->root, "end");
		return;
	}
	block = build_object(build, build->root, "end");
	build_text(build, block, "state", word_end(end));
	build_ms(build, block, "after_ms", end->after_ns);
	if (end->state == EV_END_ENDED && WIFEXITED(end->status))
		build_uint(build, block, "exit_status", WEXITSTATUS(end->status));
	else
		build_null(build, block, "exit_status");
	if (end->state == EV_END_ENDED && WIFSIGNALED(end->status)) {
		char name[WORD_SIZE];

		build_text(build, block, "signal", word_signal(WTERMSIG(end->status), name));
	} else {
		build_null(build, block, "signal");
	}
}

void json_add_peer_process(struct build *build, const struct incident *incident)
{
	const struct incident_peer_process *peer = &incident->peer;
	struct json_object *block;

	if (!peer->have) {
		build_null(build, build->root, "peer_process");
		if (incident->signal.origin == EV_ORIGIN_KERNEL)
			build_reason(build, "peer_process", "not recorded");
		return;
	}
	block = build_object(build, build->root, "peer_process");
	build_uint(build, block, "pid", peer->pid);
	build_text(build, block, "comm", peer->have_comm ? peer->comm : NULL);
	if (!peer->have_comm)
		build_reason(build, "peer_process.comm", "not recorded");
	build_text(build, block, "how", word_peer_how_text(peer->how));
	build_bool(build, block, "certain", peer->confidence == CONFIDENCE_CERTAIN);
	if (peer->have_ago)
		build_ms(build, block, "ago_ms", peer->ago_ns);
	else
		build_unknown(build, block, "ago_ms", "peer_process.ago_ms", "not recorded");
}
