// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The JSON blocks about processes: the signal, the process that got it, the process at the other
 * end.
 */
#include <stdio.h>
#include <sys/wait.h>

#include "json_blocks.h"
#include "words.h"
#include "stack_frames.h"

void json_put_here(struct json_writer *json, const char *key, uint32_t number,
		   struct incident_here here)
{
	uint32_t known = number ? incident_number_here(number, here) : 0;

	if (known)
		json_put_uint(json, key, known);
	else
		json_put_null(json, key);
}

/* The signal for a failed write has no siginfo, and so no code. */
static void add_code(struct json_writer *json, const struct incident_signal *signal)
{
	if (signal->origin == EV_ORIGIN_KERNEL && !signal->code) {
		json_put_null(json, "code");
		json_put_null(json, "code_name");
		return;
	}
	json_put_int(json, "code", signal->code);
	json_put_text(json, "code_name", word_si_code(signal->number, signal->code));
}

void json_add_signal(struct json_line *line, const struct incident *incident,
		     const struct explanation *explanation)
{
	struct json_writer *json = &line->json;
	const struct incident_signal *signal = &incident->signal;
	const struct stack_frame *handler = incident->handler_frame;
	char name[WORD_SIZE];

	if (incident->subject == EV_SUBJECT_EXIT) {
		json_put_null(json, "signal");
		return;
	}
	json_begin_object(json, "signal");
	json_put_text(json, "name", word_signal(signal->number, name));
	json_put_uint(json, "number", signal->number);
	add_code(json, signal);
	json_put_text(json, "origin", word_origin(signal->origin));
	json_put_text(json, "site", signal->site);
	if (!signal->site && signal->origin == EV_ORIGIN_KERNEL)
		json_reason(line, MISSING_SIGNAL_SITE, WHY_NOT_RECORDED);
	json_add_sender(line, signal);
	json_add_terminal(line, signal);
	json_put_text(json, "target", signal->group ? "process" : "thread");
	json_put_text(json, "disposition", word_disposition(signal->disposition));
	if (explanation->disposition[0])
		json_put_sentence(json, "disposition_text", explanation->disposition);
	else
		json_put_null(json, "disposition_text");
	if (signal->disposition == EV_DISPOSITION_HANDLER)
		json_put_hex(json, "handler", signal->handler);
	else
		json_put_null(json, "handler");
	json_put_text(json, "handler_symbol", handler ? handler->symbol : NULL);
	json_put_text(json, "handler_module", handler ? handler->module : NULL);
	json_put_bool(json, "blocked", signal->blocked);
	json_put_text(json, "result", word_result(signal->result));
	json_end_object(json);
}

void json_add_path(struct json_line *line, const char *key, enum missing_field field,
		   const struct incident_path *path)
{
	char text[sizeof(path->text) + 4];

	if (!path->have) {
		json_unknown(line, key, field, WHY_NOT_RECORDED);
		return;
	}
	if (path->truncated)
		json_reason(line, field, WHY_CUT_OFF);
	snprintf(text, sizeof(text), "%s%s", path->truncated ? ".../" : "", path->text);
	json_put_text(&line->json, key, text);
}

static void add_arguments(struct json_line *line, enum missing_field field,
			  const struct incident_cmdline *cmdline)
{
	struct json_writer *json = &line->json;

	if (!cmdline->have) {
		json_unknown(line, "cmdline", field, WHY_NOT_RECORDED);
		return;
	}
	json_begin_array(json, "cmdline");
	for (size_t i = 0; i < cmdline->count; i++)
		json_put_text(json, NULL, cmdline->args[i]);
	if (cmdline->truncated)
		json_reason(line, field, WHY_CUT_OFF);
	json_end_array(json);
}

void json_add_cmdline(struct json_line *line, enum missing_field field,
		      const struct incident_cmdline *cmdline)
{
	add_arguments(line, field, cmdline);
	json_put_bool(&line->json, "redacted", cmdline->redacted);
}

static void add_cgroup(struct json_line *line, const struct incident_process *process)
{
	struct json_writer *json = &line->json;
	json_begin_object(json, "cgroup");
	json_put_uint(json, "id", process->cgroup_id);
	json_add_path(line, "path", MISSING_CGROUP_PATH, &process->cgroup);
	json_end_object(json);
}

/* Empty means none. Whether that is known depends on the cgroup path. */
void json_add_from_cgroup(struct json_line *line, const char *key, enum missing_field field,
			  const struct incident_path *cgroup, const char *text)
{
	struct json_writer *json = &line->json;
	json_put_text(json, key, text[0] ? text : NULL);
	if (!text[0] && !cgroup->have)
		json_reason(line, field, WHY_NO_CGROUP);
}

/* The names that belong to `container` and `pod`; a reason is where the container or pod is. */
static void add_names(struct json_line *line, const struct incident_names *names)
{
	struct json_writer *json = &line->json;

	json_put_text(json, "container_name",
		      names->container_name[0] ? names->container_name : NULL);
	json_put_text(json, "container_runtime", word_container_runtime(names->runtime));
	if (names->have_user)
		json_put_uint(json, "container_user", names->user);
	else
		json_put_null(json, "container_user");
	json_put_text(json, "pod_name", names->pod_name[0] ? names->pod_name : NULL);
	json_put_text(json, "pod_namespace", names->pod_namespace[0] ? names->pod_namespace : NULL);
}

void json_add_process(struct json_line *line, const struct incident_process *process)
{
	struct json_writer *json = &line->json;
	json_begin_object(json, "process");
	json_put_uint(json, "pid", process->pid);
	json_put_uint(json, "tid", process->tid);
	json_put_text(json, "comm", process->comm);
	json_put_text(json, "thread", process->thread);
	json_put_uint(json, "ppid", process->ppid);
	json_put_uint(json, "pgid", process->pgid);
	json_put_text(json, "parent_comm", process->parent_comm);
	json_put_uint(json, "uid", process->uid);
	json_put_uint(json, "gid", process->gid);
	json_add_path(line, "exe", MISSING_EXE, &process->exe);
	json_put_bool(json, "exe_deleted", process->exe_deleted);
	json_add_cmdline(line, MISSING_CMDLINE, &process->cmdline);
	json_put_time(json, "start_time", process->start);
	if (!process->start.tv_sec)
		json_reason(line, MISSING_START_TIME, WHY_NOT_RECORDED);
	json_put_here(json, "pid_here", process->pid, process->pid_here);
	json_put_here(json, "tid_here", process->tid, process->tid_here);
	json_put_here(json, "ppid_here", process->ppid, process->ppid_here);
	json_put_here(json, "pgid_here", process->pgid, process->pgid_here);
	json_put_uint(json, "ns_pid", process->ns_pid);
	json_put_uint(json, "ns_tid", process->ns_tid);
	json_put_uint(json, "pid_ns", process->pid_ns);
	json_put_uint(json, "net_ns", process->net_ns);
	json_put_uint(json, "mnt_ns", process->mnt_ns);
	if (process->tracer_pid)
		json_put_uint(json, "tracer_pid", process->tracer_pid);
	else
		json_put_null(json, "tracer_pid");
	json_put_here(json, "tracer_pid_here", process->tracer_pid, process->tracer_pid_here);
	add_cgroup(line, process);
	json_add_from_cgroup(line, "unit", MISSING_UNIT, &process->cgroup, process->names.unit);
	json_add_from_cgroup(line, "container", MISSING_CONTAINER, &process->cgroup,
			     process->names.container);
	json_add_from_cgroup(line, "pod", MISSING_POD, &process->cgroup, process->names.pod);
	add_names(line, &process->names);
	json_put_text(json, "runtime", word_runtime(process->runtime));
	if (!process->runtime)
		json_reason(line, MISSING_RUNTIME, WHY_NOT_RECORDED);
	json_end_object(json);
}

void json_add_named(struct json_writer *json, const struct incident_named *process)
{
	if (!process) {
		json_put_null(json, "process");
		return;
	}
	json_begin_object(json, "process");
	if (process->pid)
		json_put_uint(json, "pid", process->pid);
	else
		json_put_null(json, "pid");
	json_put_text(json, "comm", process->comm);
	if (process->exe_inode)
		json_put_uint(json, "exe_inode", process->exe_inode);
	else
		json_put_null(json, "exe_inode");
	json_put_here(json, "pid_here", process->pid, process->pid_here);
	json_put_uint(json, "uid", process->uid);
	json_put_text(json, "cgroup", process->cgroup[0] ? process->cgroup : NULL);
	json_put_text(json, "unit", process->unit[0] ? process->unit : NULL);
	json_end_object(json);
}

/* A wait status: what it returned, or what killed it. */
static void add_status(struct json_writer *json, const char *key, bool have, int status)
{
	char name[WORD_SIZE];

	if (have && WIFEXITED(status))
		json_put_uint(json, key, WEXITSTATUS(status));
	else
		json_put_null(json, key);
	json_put_text(json, "signal",
		      have && WIFSIGNALED(status) ? word_signal(WTERMSIG(status), name) : NULL);
}

void json_add_end(struct json_writer *json, const struct incident_end *end)
{
	if (end->state != EV_END_ALIVE && end->state != EV_END_ENDED) {
		json_put_null(json, "end");
		return;
	}
	json_begin_object(json, "end");
	json_put_text(json, "state", word_end(end));
	json_put_us(json, "after_us", end->after_ns);
	add_status(json, "exit_status", end->state == EV_END_ENDED, end->status);
	json_end_object(json);
}

static void add_exit(struct json_line *line, const struct incident_peer_process *peer)
{
	struct json_writer *json = &line->json;

	if (!peer->have_exit) {
		json_unknown(line, "exit", MISSING_PEER_EXIT, WHY_NOT_RECORDED);
		return;
	}
	json_begin_object(json, "exit");
	add_status(json, "code", true, peer->exit_status);
	json_end_object(json);
}

/* Who the process at the other end is. */
static void add_peer_identity(struct json_line *line, const struct incident_peer_process *peer)
{
	struct json_writer *json = &line->json;

	json_put_uint(json, "pid", peer->pid);
	if (peer->tid)
		json_put_uint(json, "tid", peer->tid);
	else
		json_put_null(json, "tid");
	json_put_text(json, "comm", peer->have_comm ? peer->comm : NULL);
	if (!peer->have_comm)
		json_reason(line, MISSING_PEER_COMM, WHY_NOT_RECORDED);
	json_add_path(line, "exe", MISSING_PEER_EXE, &peer->exe);
	json_add_cmdline(line, MISSING_PEER_CMDLINE, &peer->cmdline);
	if (peer->have_uid)
		json_put_uint(json, "uid", peer->uid);
	else
		json_unknown(line, "uid", MISSING_PEER_UID, WHY_NOT_RECORDED);
	if (peer->start.tv_sec)
		json_put_time(json, "start_time", peer->start);
	else
		json_unknown(line, "start_time", MISSING_PEER_START, WHY_NOT_RECORDED);
	json_put_here(json, "pid_here", peer->pid, peer->pid_here);
	json_put_here(json, "tid_here", peer->tid, peer->tid_here);
	json_add_from_cgroup(line, "unit", MISSING_PEER_UNIT, &peer->cgroup, peer->names.unit);
	json_add_from_cgroup(line, "container", MISSING_PEER_CONTAINER, &peer->cgroup,
			     peer->names.container);
	json_add_from_cgroup(line, "pod", MISSING_PEER_POD, &peer->cgroup, peer->names.pod);
	add_names(line, &peer->names);
}

void json_add_peer_process(struct json_line *line, const struct incident *incident)
{
	const struct incident_peer_process *peer = &incident->peer;
	struct json_writer *json = &line->json;

	if (!peer->have) {
		json_put_null(json, "peer_process");
		if (incident->subject == EV_SUBJECT_WRITE)
			json_reason(line, MISSING_PEER, WHY_NOT_RECORDED);
		return;
	}
	json_begin_object(json, "peer_process");
	add_peer_identity(line, peer);
	json_put_text(json, "how", word_peer_how(peer->how));
	json_put_text(json, "how_text", word_peer_how_text(peer->how));
	json_put_text(json, "confidence", word_confidence(peer->confidence));
	if (peer->have_ago)
		json_put_us(json, "ago_us", peer->ago_ns);
	else
		json_unknown(line, "ago_us", MISSING_PEER_AGO, WHY_NOT_RECORDED);
	add_exit(line, peer);
	json_put_text(json, "incident", peer->incident[0] ? peer->incident : NULL);
	json_end_object(json);
}
