/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the bytes of a record to a struct incident: the frame, the signal, the process and the call.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "decode_private.h"
#include "words.h"

#define NS_PER_S INT64_C(1000000000)

static struct timespec timespec_of(int64_t ns)
{
	struct timespec time = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

	if (time.tv_nsec < 0) {
		time.tv_sec--;
		time.tv_nsec += NS_PER_S;
	}
	return time;
}

/* Unsigned, because a hostile file may make it overflow. */
static struct timespec time_with_offset(uint64_t clock_ns, int64_t offset_ns)
{
	return timespec_of((int64_t)(clock_ns + (uint64_t)offset_ns));
}

struct timespec decode_time(const struct ev_session *session, uint64_t monotonic_ns)
{
	return time_with_offset(monotonic_ns, session->realtime_offset_ns);
}

uint16_t decode_kind(const void *record, size_t size)
{
	const struct ev_header *header = record;

	if (size < sizeof(*header) || header->size != size)
		return 0;
	return header->kind;
}

int span_bytes(const struct record_view *view, const struct ev_span *span,
	       const unsigned char **ret_bytes, size_t *ret_size)
{
	if (span->offset < sizeof(struct ev_incident) || span->offset > view->size ||
	    span->length > view->size - span->offset)
		return -EBADMSG;
	*ret_bytes = view->bytes + span->offset;
	*ret_size = span->length;
	return 0;
}

int span_path(const struct record_view *view, const struct ev_span *span,
	      struct incident_path *path)
{
	const unsigned char *bytes;
	size_t size, at = EV_PATH_MAX + 1;
	int error = span_bytes(view, span, &bytes, &size);

	if (error)
		return error;
	path->have = !(span->flags & EV_SPAN_UNREAD);
	path->truncated = span->flags & EV_SPAN_TRUNCATED;
	path->text[at] = '\0';
	/* Leaf first: fill from the end. A path that does not fit loses its root. */
	while (size) {
		size_t length = strnlen((const char *)bytes, size);

		if (length == size)
			return -EBADMSG;
		if (length + 1 > at) {
			path->truncated = true;
			break;
		}
		at -= length + 1;
		path->text[at] = '/';
		memcpy(path->text + at + 1, bytes, length);
		bytes += length + 1;
		size -= length + 1;
	}
	if (at == EV_PATH_MAX + 1)
		path->text[--at] = '/';
	if (path->truncated && path->text[at] == '/' && path->text[at + 1])
		at++;
	memmove(path->text, path->text + at, EV_PATH_MAX + 2 - at);
	return 0;
}

static void copy_comm(char *to, const char *from)
{
	memcpy(to, from, EV_COMM_LEN);
	to[EV_COMM_LEN] = '\0';
}

static int cmdline_decode(const struct record_view *view, struct incident_cmdline *cmdline)
{
	const struct ev_span *span = &view->fixed->cmdline;
	const unsigned char *bytes;
	size_t size, at = 0;
	int error = span_bytes(view, span, &bytes, &size);

	if (error)
		return error;
	cmdline->have = !(span->flags & EV_SPAN_UNREAD);
	cmdline->truncated = span->flags & EV_SPAN_TRUNCATED;
	cmdline->count = 0;
	if (size > EV_CMDLINE_MAX)
		return -EBADMSG;
	memcpy(cmdline->bytes, bytes, size);
	cmdline->bytes[size] = '\0';
	/* A program that rewrites its title leaves a tail of NULs: not empty arguments. */
	while (size && !cmdline->bytes[size - 1])
		size--;
	while (at < size) {
		if (cmdline->count == INCIDENT_ARGS_MAX) {
			cmdline->truncated = true;
			break;
		}
		cmdline->args[cmdline->count++] = cmdline->bytes + at;
		at += strlen(cmdline->bytes + at) + 1;
	}
	return 0;
}

static int signal_decode(const struct record_view *view, struct incident *incident)
{
	const struct ev_signal *from = &view->fixed->signal;
	struct incident_signal *signal = &incident->signal;

	if (from->number < 1 || from->number > 64 || from->origin < EV_ORIGIN_KERNEL ||
	    from->origin > EV_ORIGIN_PROCESS || from->disposition < EV_DISPOSITION_DEFAULT ||
	    from->disposition > EV_DISPOSITION_HANDLER || from->result > EV_RESULT_NOT_SENT ||
	    from->outcome < EV_OUTCOME_KILLED || from->outcome > EV_OUTCOME_DELIVERED)
		return -EBADMSG;
	incident->outcome = from->outcome;
	signal->number = from->number;
	signal->origin = from->origin;
	signal->disposition = from->disposition;
	signal->result = from->result;
	signal->blocked = from->flags & EV_SIGNAL_BLOCKED;
	signal->group = from->flags & EV_SIGNAL_GROUP;
	signal->dying = from->flags & EV_SIGNAL_DYING;
	signal->code = from->code;
	signal->handler = from->handler;
	if (from->origin != EV_ORIGIN_PROCESS)
		return 0;
	signal->sender.have = true;
	signal->sender.pid = from->sender_pid;
	signal->sender.tid = from->sender_tid;
	signal->sender.uid = from->sender_uid;
	copy_comm(signal->sender.comm, from->sender_comm);
	signal->sender.have_syscall = from->sender_abi;
	if (from->sender_abi)
		signal->sender.syscall = syscall_name(from->sender_abi, from->sender_nr);
	return 0;
}

static int process_decode(const struct record_view *view, struct incident *incident)
{
	const struct ev_process *from = &view->fixed->process;
	struct incident_process *process = &incident->process;
	int error;

	process->pid = from->pid;
	process->tid = from->tid;
	process->ppid = from->ppid;
	process->uid = from->uid;
	process->gid = from->gid;
	process->ns_pid = from->ns_pid;
	process->ns_tid = from->ns_tid;
	process->pid_ns = from->pid_ns;
	process->net_ns = from->net_ns;
	process->mnt_ns = from->mnt_ns;
	process->tracer_pid = from->tracer_pid;
	process->pgid = from->pgid;
	process->flags = from->flags;
	process->start_boot_ns = from->start_boot_ns;
	process->start = time_with_offset(from->start_boot_ns, view->session->boottime_offset_ns);
	copy_comm(process->comm, from->comm);
	copy_comm(process->thread, from->thread_comm);
	copy_comm(process->parent_comm, from->parent_comm);
	process->exe_deleted = from->flags & EV_PROCESS_EXE_DELETED;
	process->exe_inode = from->exe_inode;
	process->exe_dev = from->exe_dev;
	process->cgroup_id = from->cgroup_id;
	error = span_path(view, &view->fixed->exe, &process->exe);
	if (!error)
		error = span_path(view, &view->fixed->cgroup, &process->cgroup);
	if (!error)
		error = cmdline_decode(view, &process->cmdline);
	if (error)
		return error;
	if (!process->exe.have)
		incident_note_missing(incident, MISSING_EXE, WHY_NO_MEMORY);
	if (!process->cgroup.have)
		incident_note_missing(incident, MISSING_CGROUP_PATH, WHY_UNREADABLE);
	if (!process->cmdline.have)
		incident_note_missing(incident, MISSING_CMDLINE,
				      incident->signal.origin == EV_ORIGIN_PROCESS
					      ? WHY_OTHER_PROCESS
					      : WHY_NOT_RESIDENT);
	return 0;
}

static void syscall_note_missing(struct incident *incident)
{
	const struct incident_syscall *call = &incident->syscall;

	if (incident->signal.origin == EV_ORIGIN_PROCESS)
		return;
	if (!call->have && !call->have_uring) {
		incident_note_missing(incident, MISSING_SYSCALL, WHY_NO_SYSCALL);
		return;
	}
	if (!call->have)
		incident_note_missing(incident, MISSING_SYSCALL_NAME, WHY_URING_WORKER);
	else if (!call->name)
		incident_note_missing(incident, MISSING_SYSCALL_NAME, WHY_NO_NAME_FOR_NUMBER);
	if (!call->have_fd)
		incident_note_missing(incident, MISSING_FD, word_fd_status(call->fd_status));
	if (!call->have_bytes && call->have_fd)
		incident_note_missing(incident, MISSING_BYTES, WHY_BYTES_UNREADABLE);
}

static int syscall_decode(const struct record_view *view, struct incident *incident)
{
	const struct ev_syscall *from = &view->fixed->syscall;
	struct incident_syscall *call = &incident->syscall;

	call->have = from->flags_present & EV_SYSCALL_HAVE;
	call->have_uring = from->flags_present & EV_SYSCALL_HAVE_URING;
	if (call->have && (from->abi < EV_ABI_X86_64 || from->abi > EV_ABI_ARM))
		return -EBADMSG;
	if (from->flags_kind > EV_FLAGS_RWF || from->fd_status > EV_FD_URING_WORKER)
		return -EBADMSG;
	call->abi = from->abi;
	call->number = from->number;
	call->name = call->have ? syscall_name(from->abi, from->number) : NULL;
	call->fd_status = from->fd_status;
	call->have_fd = from->fd_status == EV_FD_KNOWN;
	call->fd = call->have_fd ? from->fd : -1;
	call->have_bytes = from->flags_present & EV_SYSCALL_HAVE_BYTES;
	call->bytes = from->bytes;
	call->flags_kind = from->flags_kind;
	call->flags = from->flags;
	call->uring_from_ring = from->flags_present & EV_SYSCALL_URING_RING;
	call->uring_op = from->uring_op;
	memcpy(call->args, from->args, sizeof(call->args));
	call->ip = from->ip;
	call->sp = from->sp;
	syscall_note_missing(incident);
	return 0;
}

static int end_decode(const struct ev_incident *record, struct incident *incident)
{
	const struct ev_end *from = &record->end;
	struct incident_end *end = &incident->end;

	if (from->state > EV_END_UNKNOWN)
		return -EBADMSG;
	end->state = from->state;
	end->status = from->status;
	if (from->time_ns > record->header.time_ns)
		end->after_ns = from->time_ns - record->header.time_ns;
	if (end->state == EV_END_UNKNOWN)
		incident_note_missing(incident, MISSING_END, WHY_NOT_FOLLOWED);
	return 0;
}

int decode_late(const void *record, struct incident *incident)
{
	const struct ev_incident *fixed = record;

	if (fixed->signal.outcome < EV_OUTCOME_KILLED ||
	    fixed->signal.outcome > EV_OUTCOME_DELIVERED)
		return -EBADMSG;
	incident->outcome = fixed->signal.outcome;
	peer_decode(incident, &fixed->object.history.peer);
	return end_decode(fixed, incident);
}

void decode_id(const struct ev_session *session, uint64_t number, char *ret_id, size_t size)
{
	snprintf(ret_id, size, "%08x-%06llu", session->id, (unsigned long long)number);
}

/*
 * Did a write fail, or did the signal come from elsewhere? A failed write raises SIGPIPE by
 * send_sig(.., priv 0): no siginfo, hence si_code 0.
 */
static enum ev_subject subject_of(const struct ev_incident *record)
{
	const struct ev_signal *signal = &record->signal;

	if (signal->origin == EV_ORIGIN_PROCESS)
		return EV_SUBJECT_SENT;
	if (signal->outcome == EV_OUTCOME_SUPPRESSED)
		return EV_SUBJECT_WRITE;
	if (record->object.status == EV_OBJECT_NOT_ASKED || signal->code)
		return EV_SUBJECT_KERNEL;
	return signal->number == SIGXFSZ ? EV_SUBJECT_LIMIT : EV_SUBJECT_WRITE;
}

int decode_incident(const struct ev_session *session, uint64_t number, const void *record,
		    size_t size, struct incident *ret_incident)
{
	struct record_view view = {
		.session = session, .fixed = record, .bytes = record, .size = size
	};
	struct incident *incident = ret_incident;
	int error;

	if (decode_kind(record, size) != EV_KIND_INCIDENT || size < sizeof(struct ev_incident) ||
	    view.fixed->header.version != EV_VERSION)
		return -EBADMSG;
	memset(incident, 0, sizeof(*incident));
	decode_id(session, number, incident->id, sizeof(incident->id));
	incident->number = number;
	incident->kind = view.fixed->kind;
	incident->cpu = view.fixed->header.cpu;
	incident->monotonic_ns = view.fixed->header.time_ns;
	incident->time = decode_time(session, incident->monotonic_ns);
	incident->subject = subject_of(view.fixed);
	error = signal_decode(&view, incident);
	if (!error)
		error = process_decode(&view, incident);
	if (!error)
		error = syscall_decode(&view, incident);
	if (!error)
		error = object_decode(&view, incident);
	if (!error)
		error = end_decode(view.fixed, incident);
	return error;
}

int decode_lost(const struct ev_session *session, const void *record, size_t size,
		uint64_t *ret_count, struct timespec *ret_time)
{
	const struct ev_lost *lost = record;

	if (decode_kind(record, size) != EV_KIND_LOST || size < sizeof(*lost))
		return -EBADMSG;
	*ret_count = lost->count;
	*ret_time = decode_time(session, lost->header.time_ns);
	return 0;
}

int decode_repeat(const struct ev_session *session, const void *record, size_t size,
		  struct repeat *ret_repeat)
{
	const struct ev_repeat *repeat = record;

	if (decode_kind(record, size) != EV_KIND_REPEAT || size < sizeof(*repeat) ||
	    repeat->outcome < EV_OUTCOME_KILLED || repeat->outcome > EV_OUTCOME_DELIVERED)
		return -EBADMSG;
	ret_repeat->kind = repeat->kind;
	ret_repeat->count = repeat->count;
	ret_repeat->first = decode_time(session, repeat->first_ns);
	ret_repeat->last = decode_time(session, repeat->last_ns);
	ret_repeat->outcome = repeat->outcome;
	return 0;
}
