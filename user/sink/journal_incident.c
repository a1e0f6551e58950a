// SPDX-License-Identifier: GPL-2.0-or-later
/* The facts of an incident, one field each. What is not known has no field. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "journal.h"
#include "stack_frames.h"
#include "unix_name.h"
#include "words.h"

/* An empty text is one that is not known. */
static void add_name(struct strbuf *buf, const char *name, const char *value)
{
	journal_add_text(buf, name, value[0] ? value : NULL);
}

static void add_signal(const struct incident_signal *signal, struct strbuf *buf)
{
	char name[WORD_SIZE];

	journal_add_text(buf, "SIGPATH_SIGNAL", word_signal(signal->number, name));
	journal_add_text(buf, "SIGPATH_ORIGIN", word_origin(signal->origin));
	journal_add_text(buf, "SIGPATH_DISPOSITION", word_disposition(signal->disposition));
	journal_add_sender(signal, buf);
}

static void add_where(const struct incident_names *names, bool is_peer, struct strbuf *buf)
{
	const char *runtime = word_container_runtime(names->runtime);

	add_name(buf, is_peer ? "SIGPATH_PEER_CONTAINER" : "SIGPATH_CONTAINER", names->container);
	add_name(buf, is_peer ? "SIGPATH_PEER_CONTAINER_NAME" : "SIGPATH_CONTAINER_NAME",
		 names->container_name);
	journal_add_text(buf,
			 is_peer ? "SIGPATH_PEER_CONTAINER_RUNTIME" : "SIGPATH_CONTAINER_RUNTIME",
			 runtime);
	if (names->have_user)
		journal_add_uint(buf,
				 is_peer ? "SIGPATH_PEER_CONTAINER_USER" : "SIGPATH_CONTAINER_USER",
				 names->user);
	add_name(buf, is_peer ? "SIGPATH_PEER_POD" : "SIGPATH_POD", names->pod);
	add_name(buf, is_peer ? "SIGPATH_PEER_POD_NAME" : "SIGPATH_POD_NAME", names->pod_name);
	add_name(buf, is_peer ? "SIGPATH_PEER_POD_NAMESPACE" : "SIGPATH_POD_NAMESPACE",
		 names->pod_namespace);
}

static void add_process(const struct incident_process *process, struct strbuf *buf)
{
	journal_add_text(buf, "SIGPATH_COMM", process->comm);
	journal_add_number(buf, "SIGPATH_PID", "SIGPATH_PID_HERE", process->pid, process->pid_here);
	journal_add_text(buf, "SIGPATH_THREAD", process->thread);
	journal_add_number(buf, "SIGPATH_TID", "SIGPATH_TID_HERE", process->tid, process->tid_here);
	journal_add_uint(buf, "SIGPATH_UID", process->uid);
	journal_add_uint(buf, "SIGPATH_GID", process->gid);
	journal_add_path(buf, "SIGPATH_EXE", &process->exe);
	add_name(buf, "SIGPATH_PARENT_COMM", process->parent_comm);
	journal_add_number(buf, "SIGPATH_PARENT_PID", "SIGPATH_PARENT_PID_HERE", process->ppid,
			   process->ppid_here);
	journal_add_path(buf, "SIGPATH_CGROUP", &process->cgroup);
	journal_add_unit(buf, "SIGPATH_UNIT", process->names.unit);
	add_where(&process->names, false, buf);
	journal_add_text(buf, "SIGPATH_RUNTIME", word_runtime(process->runtime));
}

static void add_syscall(const struct incident_syscall *call, struct strbuf *buf)
{
	char number[WORD_SIZE];

	if (call->have_uring)
		journal_add_text(buf, "SIGPATH_SYSCALL",
				 word_or_number(word_uring_op(call->uring_op), call->uring_op,
						number));
	else if (call->have)
		journal_add_text(buf, "SIGPATH_SYSCALL",
				 word_or_number(call->name, call->number, number));
	/* The value may come from a hostile capture file. */
	if (call->have_fd && call->fd >= 0)
		journal_add_uint(buf, "SIGPATH_FD", (uint64_t)call->fd);
	if (call->have_bytes)
		journal_add_uint(buf, "SIGPATH_BYTES", call->bytes);
}

/* 10.0.0.5, fe80::1%eth0 */
static void add_end(struct strbuf *buf, const char *name, const char *name_port,
		    const char *address, const char *scope, uint16_t port)
{
	char text[128];
	struct strbuf end = STRBUF_IN(text);

	strbuf_add_text(&end, address);
	strbuf_add_text(&end, scope[0] ? "%" : "");
	strbuf_add_text(&end, scope);
	journal_add_bytes(buf, name, end.text, end.length);
	journal_add_uint(buf, name_port, port);
}

/* A path, or @ and an abstract name, of the end that has it. */
static void add_unix_end(const struct incident_object *object, struct strbuf *buf)
{
	bool is_peer = object->unix_.flags & EV_UNIX_PATH_IS_PEER;
	char text[sizeof("./") + sizeof(object->unix_.path)];
	struct strbuf end = STRBUF_IN(text);
	struct unix_name name;

	unix_name_get(object, &name);
	if (!name.length)
		return;
	if (name.abstract)
		strbuf_add_text(&end, "@");
	else if (unix_name_looks_abstract(&name))
		strbuf_add_text(&end, "./");
	strbuf_add(&end, name.bytes, name.length);
	journal_add_bytes(buf, is_peer ? "SIGPATH_PEER_ADDRESS" : "SIGPATH_LOCAL_ADDRESS", end.text,
			  end.length);
}

static void add_ends(const struct incident_object *object, struct strbuf *buf)
{
	if (object->type == EV_OBJECT_UNIX) {
		add_unix_end(object, buf);
	} else if (object->type == EV_OBJECT_VSOCK) {
		journal_add_uint(buf, "SIGPATH_LOCAL_ADDRESS", object->vsock.local_cid);
		journal_add_uint(buf, "SIGPATH_LOCAL_PORT", object->vsock.local_port);
		journal_add_uint(buf, "SIGPATH_PEER_ADDRESS", object->vsock.peer_cid);
		journal_add_uint(buf, "SIGPATH_PEER_PORT", object->vsock.peer_port);
	} else if (object->have_addresses) {
		add_end(buf, "SIGPATH_LOCAL_ADDRESS", "SIGPATH_LOCAL_PORT", object->local_address,
			object->local_scope, object->local_port);
		if (object->peer_port)
			add_end(buf, "SIGPATH_PEER_ADDRESS", "SIGPATH_PEER_PORT",
				object->peer_address, object->peer_scope, object->peer_port);
	}
}

static void add_object(const struct incident_object *object, struct strbuf *buf)
{
	if (object->type == EV_OBJECT_NONE)
		return;
	journal_add_text(buf, "SIGPATH_OBJECT", word_object_type(object->type));
	journal_add_uint(buf, "SIGPATH_OBJECT_INODE", object->inode);
	if (object->have_path && object->type != EV_OBJECT_UNIX)
		journal_add_path(buf, "SIGPATH_OBJECT_PATH", &object->path);
	add_ends(object, buf);
}

static void add_peer(const struct incident_peer_process *peer, struct strbuf *buf)
{
	if (!peer->have)
		return;
	if (peer->have_comm)
		journal_add_text(buf, "SIGPATH_PEER_COMM", peer->comm);
	journal_add_number(buf, "SIGPATH_PEER_PID", "SIGPATH_PEER_PID_HERE", peer->pid,
			   peer->pid_here);
	if (peer->have_uid)
		journal_add_uint(buf, "SIGPATH_PEER_UID", peer->uid);
	journal_add_path(buf, "SIGPATH_PEER_EXE", &peer->exe);
	journal_add_unit(buf, "SIGPATH_PEER_UNIT", peer->names.unit);
	add_where(&peer->names, true, buf);
	journal_add_text(buf, "SIGPATH_PEER_HOW", word_peer_how(peer->how));
	journal_add_text(buf, "SIGPATH_PEER_CONFIDENCE", word_confidence(peer->confidence));
}

/* peer_died=5f0c2a91-000020 */
static void add_links(const struct incident *incident, struct strbuf *buf)
{
	for (size_t i = 0; i < incident->link_count; i++)
		strbuf_printf(buf, "SIGPATH_LINK=%s=%s\n", word_link(incident->links[i].what),
			      incident->links[i].id);
}

static void add_stack(const struct stack *stack, struct strbuf *buf)
{
	size_t start;

	if (!stack || !stack->count)
		return;
	start = journal_begin(buf, "SIGPATH_STACK");
	for (size_t i = 0; i < stack->count; i++) {
		text_add_frame(&stack->frames[i], buf);
		strbuf_add_text(buf, "\n");
	}
	journal_end(buf, start);
}

static void add_kernel_stack(const struct incident_kernel_stack *stack, struct strbuf *buf)
{
	size_t start;

	if (!stack->count)
		return;
	start = journal_begin(buf, "SIGPATH_KERNEL_STACK");
	for (size_t i = 0; i < stack->count; i++) {
		const struct incident_kernel_frame *frame = &stack->frames[i];

		if (frame->name)
			text_add_escaped(buf, frame->name);
		strbuf_printf(buf, frame->name ? "+0x%" PRIx64 "\n" : "0x%" PRIx64 "\n",
			      frame->name ? frame->offset : frame->address);
	}
	journal_end(buf, start);
}

static void add_process_end(const struct incident_end *end, struct strbuf *buf)
{
	char signal[WORD_SIZE];

	journal_add_text(buf, "SIGPATH_END", word_end(end));
	if (end->state != EV_END_ENDED)
		return;
	if (WIFSIGNALED(end->status))
		journal_add_text(buf, "SIGPATH_END_SIGNAL",
				 word_signal((uint32_t)WTERMSIG(end->status), signal));
	else
		journal_add_uint(buf, "SIGPATH_END_STATUS", (uint64_t)WEXITSTATUS(end->status));
}

void journal_add_core(const struct incident_core *core, struct strbuf *buf)
{
	journal_add_text(buf, "SIGPATH_CORE", word_core_state(core->state));
	journal_add_text(buf, "SIGPATH_CORE_WHY", word_core_why(core->why));
	add_name(buf, "SIGPATH_CORE_PATH", core->path);
}

/* process.cmdline=not_resident */
static void add_missing(const struct incident *incident, struct strbuf *buf)
{
	for (size_t i = 0; i < MISSING_FIELDS; i++)
		if (incident->missing[i]) {
			strbuf_printf(buf, "SIGPATH_MISSING=%s=%s\n", missing_path(i),
				      missing_code(incident->missing[i]));
		}
}

static void add_explanation(const struct explanation *explanation, struct strbuf *buf)
{
	add_name(buf, "SIGPATH_GROUP", explanation->group);
	journal_add_text(buf, "SIGPATH_CAUSE", explanation->code);
	journal_add_sentence(buf, "SIGPATH_CAUSE_TEXT", explanation->text);
	journal_add_text(buf, "SIGPATH_CONFIDENCE", word_confidence(explanation->confidence));
	for (size_t i = 0; i < explanation->note_count; i++)
		journal_add_text(buf, "SIGPATH_NOTE", explanation->notes[i].code);
	for (size_t i = 0; i < explanation->advice_count; i++)
		journal_add_text(buf, "SIGPATH_ADVICE", explanation->advice[i].code);
}

void journal_add_incident(const struct incident *incident, const struct explanation *explanation,
			  struct strbuf *buf)
{
	journal_add_text(buf, "SIGPATH_ID", incident->id);
	journal_add_time(buf, "SIGPATH_TIME", incident->time);
	journal_add_text(buf, "SIGPATH_SUBJECT", word_subject(incident->subject));
	journal_add_text(buf, "SIGPATH_OUTCOME", word_outcome(incident->outcome));
	add_explanation(explanation, buf);
	add_signal(&incident->signal, buf);
	journal_add_death(incident, buf);
	add_process(&incident->process, buf);
	add_process_end(&incident->end, buf);
	journal_add_core(&incident->core, buf);
	add_syscall(&incident->syscall, buf);
	add_object(&incident->object, buf);
	add_peer(&incident->peer, buf);
	add_links(incident, buf);
	add_stack(incident->stack, buf);
	add_kernel_stack(&incident->kernel_stack, buf);
	add_missing(incident, buf);
}
