/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the bytes of a record to a struct incident: the frame, the signal, the process and the call.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "decode_private.h"
#include "words.h"
#include "units.h"

static struct timespec timespec_of(int64_t ns)
{
	struct timespec time = { .tv_sec = ns / (int64_t)NSEC_PER_SEC,
				 .tv_nsec = ns % (int64_t)NSEC_PER_SEC };

	if (time.tv_nsec < 0) {
		time.tv_sec--;
		time.tv_nsec += (long)NSEC_PER_SEC;
	}
	return time;
}

/* Unsigned, because a value from a hostile file may overflow. */
static struct timespec time_with_offset(uint64_t clock_ns, int64_t offset_ns)
{
	return timespec_of((int64_t)(clock_ns + (uint64_t)offset_ns));
}

struct timespec decode_time(const struct ev_session *session, uint64_t monotonic_ns)
{
	return time_with_offset(monotonic_ns, session->realtime_offset_ns);
}

void copy_comm(char *to, const char *from)
{
	memcpy(to, from, EV_COMM_LEN);
	to[EV_COMM_LEN] = '\0';
}

int cmdline_decode(const unsigned char *bytes, size_t size, bool truncated,
		   struct incident_cmdline *cmdline)
{
	size_t at = 0;

	cmdline->have = true;
	cmdline->truncated = truncated;
	cmdline->count = 0;
	if (size > EV_CMDLINE_MAX)
		return -EBADMSG;
	memcpy(cmdline->bytes, bytes, size);
	cmdline->bytes[size] = '\0';
	/* A program that changes its title leaves NULs at the end. They are not empty arguments. */
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

static int block_cmdline(const struct record_view *view, struct incident_cmdline *cmdline)
{
	uint32_t flags = view->block[EV_BLOCK_CMDLINE].flags;
	size_t size;
	const unsigned char *bytes = block_bytes(view, EV_BLOCK_CMDLINE, &size);
	int error = cmdline_decode(bytes, size, flags & EV_SPAN_TRUNCATED, cmdline);

	cmdline->redacted = flags & EV_SPAN_REDACTED;
	cmdline->have = block_have(view, EV_BLOCK_CMDLINE) && !(flags & EV_SPAN_UNREAD) &&
			(size || !cmdline->redacted);
	return error;
}

static int signal_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_signal *signal = &incident->signal;
	struct ev_signal from;
	int error;

	if (!block_read(view, EV_BLOCK_SIGNAL, &from, sizeof(from)) ||
	    from.number < (view->subject != EV_SUBJECT_EXIT) || from.number > 64 ||
	    from.origin < EV_ORIGIN_KERNEL || from.origin > EV_ORIGIN_UNKNOWN ||
	    from.disposition < EV_DISPOSITION_DEFAULT ||
	    from.disposition > EV_DISPOSITION_HANDLER || from.result > EV_RESULT_NOT_SENT ||
	    from.outcome < EV_OUTCOME_KILLED || from.outcome > EV_OUTCOME_LAST ||
	    (view->subject == EV_SUBJECT_EXIT) != (from.outcome == EV_OUTCOME_EXITED))
		return -EBADMSG;
	incident->outcome = from.outcome;
	signal->number = from.number;
	signal->origin = from.origin;
	signal->disposition = from.disposition;
	signal->result = from.result;
	signal->blocked = from.flags & EV_SIGNAL_BLOCKED;
	signal->group = from.flags & EV_SIGNAL_GROUP;
	signal->dying = from.flags & EV_SIGNAL_DYING;
	signal->stopped = from.flags & EV_SIGNAL_STOPPED;
	signal->code = from.code;
	signal->handler = from.handler;
	signal->handler_flags = from.handler_flags;
	signal->place = from.place < EV_PLACES ? from.place : EV_PLACE_UNKNOWN;
	signal->placed = from.placed <= EV_PLACED_HIDDEN ? from.placed : EV_PLACED_NOT;
	terminal_decode(view, incident);
	error = sender_decode(view, incident);
	return error ?: anyones_stop_decode(view, incident);
}

static void process_numbers_decode(const struct ev_process *from, struct incident *incident)
{
	struct incident_process *process = &incident->process;

	process->pid = from->pid;
	process->tid = from->tid;
	process->ppid = from->ppid;
	process->tracer_pid = from->tracer_pid;
	process->pgid = from->pgid;
	process->pid_here = incident_here(incident, EV_NUMBER_PID);
	process->tid_here = incident_here(incident, EV_NUMBER_TID);
	process->ppid_here = incident_here(incident, EV_NUMBER_PARENT);
	process->tracer_pid_here = incident_here(incident, EV_NUMBER_TRACER);
	process->pgid_here = incident_here(incident, EV_NUMBER_GROUP);
	process->ns_pid = from->ns_pid;
	process->ns_tid = from->ns_tid;
	process->pid_ns = from->pid_ns;
}

static int process_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_process *process = &incident->process;
	struct ev_process from;
	int error;

	if (!block_read(view, EV_BLOCK_PROCESS, &from, sizeof(from)))
		return -EBADMSG;
	process_numbers_decode(&from, incident);
	process->uid = from.uid;
	process->gid = from.gid;
	process->net_ns = from.net_ns;
	process->mnt_ns = from.mnt_ns;
	process->threads = from.threads;
	process->flags = from.flags;
	process->start_boot_ns = from.start_boot_ns;
	process->start = time_with_offset(from.start_boot_ns, view->session->boottime_offset_ns);
	copy_comm(process->comm, from.comm);
	copy_comm(process->thread, from.thread_comm);
	copy_comm(process->parent_comm, from.parent_comm);
	process->exe_deleted = from.flags & EV_PROCESS_EXE_DELETED;
	process->exe_inode = from.exe_inode;
	process->exe_dev = from.exe_dev;
	process->exe_fs = from.exe_fs;
	process->root_fs = from.root_fs;
	process->cgroup_id = from.cgroup_id;
	error = block_path(view, EV_BLOCK_EXE, &process->exe);
	if (!error)
		error = block_path(view, EV_BLOCK_ROOT, &process->root);
	if (!error)
		error = block_path(view, EV_BLOCK_CGROUP, &process->cgroup);
	if (!error)
		error = block_cmdline(view, &process->cmdline);
	if (error)
		return error;
	if (!process->exe.have)
		incident_note_missing(incident, MISSING_EXE, WHY_NO_MEMORY);
	if (!process->cgroup.have)
		incident_note_missing(incident, MISSING_CGROUP_PATH, WHY_UNREADABLE);
	if (process->cmdline.redacted && !process->cmdline.have)
		incident_note_missing(incident, MISSING_CMDLINE, WHY_REDACTED);
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

	/* Other signals need no call, and the current call may have no fd. */
	if (!incident_has_object(incident))
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
	struct incident_syscall *call = &incident->syscall;
	struct ev_syscall from;

	if (!block_read(view, EV_BLOCK_CALL, &from, sizeof(from)))
		from.fd_status = EV_FD_NO_SYSCALL;
	call->have = from.flags_present & EV_SYSCALL_HAVE;
	call->have_uring = from.flags_present & EV_SYSCALL_HAVE_URING;
	if (call->have && (from.abi < EV_ABI_X86_64 || from.abi > EV_ABI_LAST))
		return -EBADMSG;
	if (from.flags_kind > EV_FLAGS_RWF || from.fd_status > EV_FD_URING_WORKER)
		return -EBADMSG;
	call->abi = from.abi;
	call->number = from.number;
	call->name = call->have ? syscall_name(from.abi, from.number) : NULL;
	call->fd_status = from.fd_status;
	call->have_fd = from.fd_status == EV_FD_KNOWN;
	call->fd = call->have_fd ? from.fd : -1;
	call->have_bytes = from.flags_present & EV_SYSCALL_HAVE_BYTES;
	call->bytes = from.bytes;
	call->flags_kind = from.flags_kind;
	call->flags = from.flags;
	call->uring_from_ring = from.flags_present & EV_SYSCALL_URING_RING;
	call->uring_op = from.uring_op;
	memcpy(call->args, from.args, sizeof(call->args));
	syscall_note_missing(incident);
	return 0;
}

static enum missing_reason why_no_end(const struct ev_end *end)
{
	switch (end->reason) {
	case EV_END_UNSEEN:
		return WHY_END_UNSEEN;
	case EV_END_OVERWRITTEN:
		return WHY_END_OVERWRITTEN;
	}
	return WHY_NOT_FOLLOWED;
}

int decode_end(const struct ev_end *from, struct incident *incident)
{
	struct incident_end *end = &incident->end;

	if (from->state > EV_END_UNKNOWN)
		return -EBADMSG;
	end->state = from->state;
	end->status = from->status;
	incident->death_group = from->death_group;
	if (from->time_ns > incident->monotonic_ns)
		end->after_ns = from->time_ns - incident->monotonic_ns;
	if (end->state == EV_END_UNKNOWN)
		incident_note_missing(incident, MISSING_END, why_no_end(from));
	if (end->state != EV_END_ENDED || !WIFSIGNALED(from->status) ||
	    WTERMSIG(from->status) != (int)incident->signal.number)
		return 0;
	if ((incident->outcome == EV_OUTCOME_HANDLED || incident->outcome == EV_OUTCOME_TRACED) &&
	    from->raised_tid) {
		end->raised = true;
		end->raised_tid = from->raised_tid;
		end->raised_tid_here =
			(struct incident_here){ incident->numbers.pid_ns, from->raised_tid_here };
		end->raised_after_ns = from->raised_ns > incident->monotonic_ns
					       ? from->raised_ns - incident->monotonic_ns
					       : 0;
		if (!from->told)
			incident->outcome = EV_OUTCOME_KILLED;
	}
	/* The signal was held back, but it has killed the process in the end. */
	if (!from->told && incident_is_held_back(incident))
		incident->outcome = EV_OUTCOME_KILLED;
	return 0;
}

/* The blocks that user space has added. */
static int late_decode(const struct record_view *view, struct incident *incident)
{
	struct ev_exit reader;
	struct ev_end end;

	incident->have_core_facts = block_read(view, EV_BLOCK_CORE, &incident->core_facts,
					       sizeof(incident->core_facts));
	if (block_read(view, EV_BLOCK_READER, &reader, sizeof(reader)))
		decode_reader(&reader, incident);
	block_read(view, EV_BLOCK_PEER, &incident->peer_detail, sizeof(incident->peer_detail));
	block_read(view, EV_BLOCK_SENDER_PEER, &incident->sender_detail,
		   sizeof(incident->sender_detail));
	block_read(view, EV_BLOCK_NAMES, &incident->on_disk, sizeof(incident->on_disk));
	block_read(view, EV_BLOCK_PEER_NAMES, &incident->peer_on_disk,
		   sizeof(incident->peer_on_disk));
	return block_read(view, EV_BLOCK_END, &end, sizeof(end)) ? decode_end(&end, incident) : 0;
}

void decode_id(const struct ev_session *session, uint64_t number, char *ret_id, size_t size)
{
	snprintf(ret_id, size, "%08x-%06llu", session->id, (unsigned long long)number);
}

int decode_incident(const struct ev_session *session, uint64_t number, const void *record,
		    size_t size, struct incident *ret_incident)
{
	struct incident *incident = ret_incident;
	struct record_view view;
	int error = record_view_init(session, record, size, &view);

	if (error)
		return error;
	memset(incident, 0, sizeof(*incident));
	decode_id(session, number, incident->id, sizeof(incident->id));
	incident->number = number;
	incident->subject = view.subject;
	incident->group = view.group;
	incident->is_quiet = view.flags & EV_INCIDENT_QUIET;
	incident->cpu = view.cpu;
	incident->monotonic_ns = view.time_ns;
	incident->time = decode_time(session, incident->monotonic_ns);
	/* Absent: pid_ns is 0. */
	block_read(&view, EV_BLOCK_NUMBERS, &incident->numbers, sizeof(incident->numbers));
	error = signal_decode(&view, incident);
	if (!error)
		error = process_decode(&view, incident);
	if (!error)
		error = syscall_decode(&view, incident);
	if (!error)
		error = object_decode(&view, incident);
	if (!error)
		error = death_decode(&view, incident);
	if (!error)
		error = fault_decode(&view, incident);
	if (!error)
		error = kill_decode(&view, incident);
	if (!error)
		error = late_decode(&view, incident);
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

int decode_clock(struct ev_session *session, const void *record, size_t size)
{
	const struct ev_clock *clock = record;

	if (decode_kind(record, size) != EV_KIND_CLOCK || size < sizeof(*clock))
		return -EBADMSG;
	session->realtime_offset_ns = clock->realtime_offset_ns;
	session->boottime_offset_ns = clock->boottime_offset_ns;
	return 0;
}

int decode_core_end(const void *record, size_t size, struct ev_core_end *ret_end)
{
	if (decode_kind(record, size) != EV_KIND_END || size < sizeof(*ret_end))
		return -EBADMSG;
	memcpy(ret_end, record, sizeof(*ret_end));
	return ret_end->signal < 1 || ret_end->signal > 64 ||
			       ret_end->given_up > EV_CORE_GIVEN_UP_LAST
		       ? -EBADMSG
		       : 0;
}

uint64_t decode_event_count(const void *record, size_t size)
{
	uint16_t kind = decode_kind(record, size);

	if (kind == EV_KIND_REPEAT && size >= EV_REPEAT_SIZE_MIN)
		return ((const struct ev_repeat *)record)->count;
	if (kind == EV_KIND_LOST && size >= sizeof(struct ev_lost))
		return ((const struct ev_lost *)record)->count;
	return kind != EV_KIND_CLOCK && kind != EV_KIND_END;
}

static void decode_named(const struct ev_session *session, const struct ev_named *from,
			 enum ev_outcome outcome, bool several, struct incident_named *named)
{
	named->have = from->comm[0];
	/* Deaths of one program are one group, whatever the process. */
	named->pid = several || outcome == EV_OUTCOME_KILLED ? 0 : from->pid;
	named->pid_here = (struct incident_here){ session->pid_ns, from->pid_here };
	named->uid = from->uid;
	named->exe_inode = from->exe_inode;
	named->exe_dev = from->exe_dev;
	copy_comm(named->comm, from->comm);
	memcpy(named->cgroup, from->cgroup, EV_CGROUP_LEN);
	named->cgroup[EV_CGROUP_LEN] = '\0';
	named->unit[0] = '\0';
}

int decode_repeat(const struct ev_session *session, const void *record, size_t size,
		  struct repeat *ret_repeat)
{
	const struct ev_repeat *repeat = record;
	struct ev_named named = { 0 };

	if (decode_kind(record, size) != EV_KIND_REPEAT || size < EV_REPEAT_SIZE_MIN ||
	    repeat->outcome < EV_OUTCOME_KILLED || repeat->outcome > EV_OUTCOME_LAST)
		return -EBADMSG;
	ret_repeat->group = repeat->group;
	ret_repeat->count = repeat->count;
	ret_repeat->first = decode_time(session, repeat->first_ns);
	ret_repeat->last = decode_time(session, repeat->last_ns);
	ret_repeat->outcome = repeat->outcome;
	ret_repeat->several = repeat->flags & EV_REPEAT_SEVERAL;
	if (size >= sizeof(*repeat))
		named = repeat->named;
	decode_named(session, &named, repeat->outcome, ret_repeat->several, &ret_repeat->process);
	return 0;
}
