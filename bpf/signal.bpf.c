// SPDX-License-Identifier: GPL-2.0-only
/*
 * The main hook. signal_generate fires in the thread whose write failed, inside the system call,
 * also if the signal is ignored or blocked. The hook reads everything here, because a thread that
 * the default action kills is gone within microseconds.
 */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

#include "core/death.bpf.h"
#include "core/filter.bpf.h"
#include "core/emit.bpf.h"
#include "core/core_dump.bpf.h"
#include "core/disposition.bpf.h"
#include "core/abort.bpf.h"
#include "core/failure.bpf.h"
#include "core/fault.bpf.h"
#include "core/modules.bpf.h"
#include "core/place.bpf.h"
#include "core/reason.bpf.h"
#include "core/sender.bpf.h"
#include "core/socket_error.bpf.h"
#include "core/stack.bpf.h"
#include "core/stop.bpf.h"
#include "core/subject.bpf.h"
#include "core/limit.bpf.h"
#include "core/task.bpf.h"
#include "core/terminal.bpf.h"

char LICENSE[] SEC("license") = "GPL v2";

/* Such an incident has an object. */
static __always_inline bool is_failed_write(u8 subject, u8 number)
{
	return subject == EV_SUBJECT_WRITE || (subject == EV_SUBJECT_LIMIT && number == SIGXFSZ);
}

/* The key of the group that this incident belongs to. */
static __always_inline void group_key_fill(struct ev_group_key *key, struct task_struct *task,
					   u8 subject, u8 number, u8 outcome)
{
	if (outcome == EV_OUTCOME_KILLED)
		group_key_of_death(key, task, subject, number);
	else if (is_failed_write(subject, number) && task_is_current(task))
		group_key_of_call(key, task->tgid, task_user_regs(task), number, outcome);
	else
		group_key_of_signal(key, task->tgid, subject, number, outcome);
}

/*
 * The fast path for floods, before anything else is read: the process ignores SIGPIPE.
 * prepare_signal() has said so. What remains to exclude are the init of a namespace and a process
 * that is already exiting.
 */
static __always_inline bool is_counted_early(u64 *ctx, struct task_struct *task,
					     struct limit_pass *ret_pass)
{
	const struct sock *sk = NULL;
	struct ev_group_key key;
	bool mark = false;
	u16 mode = 0;

	/* Sent to the process, and not to the thread: no failed write. */
	if (!config.burst || ctx[0] != SIGPIPE || ctx[4] != EV_RESULT_IGNORED || ctx[3] ||
	    config.objects || config.outcomes ||
	    task->signal->flags & (SIGNAL_GROUP_EXIT | SIGNAL_UNKILLABLE) ||
	    task->flags & PF_IO_WORKER || !task_is_current(task))
		return false;
	/* A signal that a process sends to itself has no call with a later hook. */
	if (config.epipe == EPIPE_ALL && siginfo_of(ctx) == SEND_SIG_NOINFO) {
		struct scratch *scratch = scratch_get(SCRATCH_SIGNAL);

		if (!scratch || !call_mode(scratch, task, &mode))
			return false;
		mark = true;
	}
	group_key_of_call(&key, task->tgid, task_user_regs(task), SIGPIPE, EV_OUTCOME_IGNORED);
	if (limit_passes(&key, task, SCRATCH_SIGNAL, ret_pass))
		return false;
	if (config.hooks.stream_errors)
		sk = failing_socket_take();
	if (mark)
		reported_mark(sk ? S_IFSOCK : mode);
	return true;
}

/* The signal block and the sender, and from them the subject. ARGS: see on_signal(). */
static __always_inline void signal_capture(struct scratch *scratch, void *ctx,
					   struct task_struct *task, u64 *args)
{
	struct ev_signal *signal = &scratch->signal;

	block_have(scratch, EV_BLOCK_SIGNAL, signal);
	signal->number = args[0];
	signal->result = args[4];
	origin_capture(scratch, args);
	disposition_capture(signal, task, args[0]);
	signal->outcome = outcome_of(signal, task);
	place_capture(scratch, ctx, task, siginfo_of(args));
	sender_of_place(scratch, task);
	if (!only_sigpipe()) {
		stop_keep(scratch, task);
		oom_choice_keep(scratch, task);
	}
	scratch->incident.subject = subject_of(scratch, task);
}

/* What is told of the sender beyond its name, and the terminal that it was. */
static __always_inline void sender_complete(struct scratch *scratch, struct task_struct *task)
{
	if (!only_sigpipe())
		terminal_capture(scratch, task);
	if (!AGAIN(scratch->incident.block[EV_BLOCK_SENDER].length))
		return;
	ancestors_capture(&scratch->sender);
	if (!only_sigpipe() && !is_stop(AGAIN(scratch->signal.number)))
		stop_recall(&scratch->sender, task);
}

/* The call under way, and what it failed on. */
static __always_inline void call_and_object_capture(struct scratch *scratch,
						    struct task_struct *task)
{
	scratch->file = 0;
	scratch->object.type = EV_OBJECT_NONE;
	if (task_is_current(task))
		scratch->file = call_capture(SCRATCH_SIGNAL);
	if (!is_failed_write(AGAIN(scratch->incident.subject), AGAIN(scratch->signal.number)))
		return;
	if (AGAIN(scratch->incident.subject) == EV_SUBJECT_LIMIT && !AGAIN(scratch->file))
		scratch->file = (u64)limited_file(&scratch->call, task);
	failure_capture(SCRATCH_SIGNAL, AGAIN(scratch->file), as_number(failing_socket_take()));
	socket_error_recall(&scratch->object);
	if (AGAIN(scratch->incident.subject) == EV_SUBJECT_WRITE)
		reported_mark(AGAIN(scratch->object.mode));
}

/* True: the incident is sent. False: it is counted in its group. */
static __always_inline bool passes_limit(struct scratch *scratch, struct task_struct *task,
					 int number)
{
	struct limit_pass pass = {};
	struct ev_group_key key = {};

	if (!config.burst || AGAIN(scratch->incident.group))
		return true;
	group_key_fill(&key, task, AGAIN(scratch->incident.subject), number,
		       AGAIN(scratch->signal.outcome));
	if (!limit_passes(&key, task, SCRATCH_SIGNAL, &pass))
		return false;
	limit_note(scratch, &pass);
	return true;
}

/*
 * If the incident that is made here says that the process dies, the death has no other one. If the
 * signal is held back, what is known of it is kept for its delivery.
 */
static __always_inline void told_keep(struct scratch *scratch, void *ctx, struct task_struct *task,
				      u64 info)
{
	u32 number = AGAIN(scratch->signal.number);
	enum death_sight sight;

	if (!config.fatal)
		return;
	sight = death_foresee(task, number, AGAIN(scratch->signal.result));
	if (sight == DEATH_CERTAIN && AGAIN(scratch->signal.outcome) == EV_OUTCOME_KILLED)
		death_note_told(task);
	if (sight != DEATH_HELD && sight != DEATH_FORESEEN)
		return;
	task_capture_process(scratch, task);
	known_capture(scratch, ctx, task, info);
	held_keep(scratch, AGAIN(scratch->signal.outcome) == EV_OUTCOME_KILLED);
}

/* The address of the siginfo; 0: it is not seen, because the hook has made ARGS itself. */
static __always_inline u64 args_siginfo(void *ctx, u64 *args)
{
	return ctx == args ? siginfo_of(args) : 0;
}

/*
 * The kernel kills once more what it has killed. memory.oom.group: the chosen process, and then all
 * of the cgroup, that one included. A limit of time: at each tick until the process is gone. It, or
 * whoever was killed before, has its incident already.
 */
static __always_inline bool is_killed_again(const struct ev_signal *signal,
					    struct task_struct *task)
{
	return AGAIN(signal->origin) == EV_ORIGIN_KERNEL && AGAIN(signal->number) == SIGKILL &&
	       AGAIN(signal->flags) & EV_SIGNAL_DYING &&
	       (u32)BPF_CORE_READ(task, signal, group_exit_code) == SIGKILL;
}

static __always_inline bool is_wanted(struct task_struct *task, u32 number)
{
	if (filter_task(task, task->tgid, task->flags))
		return true;
	if (!only_sigpipe())
		oom_choice_hide(task, number);
	return false;
}

/*
 * ARGS: those of the tracepoint. What one step has found, the next one reads from the scratch
 * record again, and not from a variable: the verifier would follow each value of the variable on
 * its own through all later steps.
 */
static __always_inline void on_signal(void *ctx, u64 *args)
{
	int number = args[0];
	struct task_struct *task = (struct task_struct *)args[2];
	struct limit_pass pass = {};
	struct scratch *scratch;

	if (!is_wanted(task, number) || is_counted_early(args, task, &pass) ||
	    process_has_ended(task))
		return;
	scratch = record_begin(SCRATCH_SIGNAL);
	if (!scratch)
		return;
	limit_note(scratch, &pass);
	signal_capture(scratch, ctx, task, args);
	if (!only_sigpipe() && is_killed_again(&scratch->signal, task))
		return;
	call_and_object_capture(scratch, task);
	told_keep(scratch, ctx, task, siginfo_of(args));
	if (!filter_outcome(AGAIN(scratch->signal.outcome)) ||
	    !filter_object(AGAIN(scratch->object.type)) || !passes_limit(scratch, task, number))
		return;
	sender_complete(scratch, task);
	task_capture(SCRATCH_SIGNAL, as_number(task));
	if (!only_sigpipe())
		reason_capture(scratch, task);
	if (!only_sigpipe() && AGAIN(scratch->signal.outcome) == EV_OUTCOME_KILLED) {
		core_capture(scratch, task);
		stop_append(SCRATCH_SIGNAL, as_number(task));
	}
	if (task_is_current(task)) {
		thread_capture(scratch, task);
		if (!only_sigpipe() && AGAIN(scratch->incident.subject) == EV_SUBJECT_FAULT)
			fault_capture(scratch, task, args_siginfo(ctx, args));
		if (!only_sigpipe() && AGAIN(scratch->incident.subject) == EV_SUBJECT_ABORT)
			abort_capture(scratch, task);
		stack_capture(scratch, ctx);
		/* A survivor may exit before user space reads its mappings. Without a limit it
		 * costs too much. */
		if (config.burst || AGAIN(scratch->signal.outcome) == EV_OUTCOME_KILLED)
			modules_capture(scratch, task);
	}
	if (!record_send(scratch, limit_wake(AGAIN(scratch->signal.outcome))))
		limit_note_unsent(scratch, task);
}

/*
 * -s fatal: a signal that is not reported by itself. It is kept if the target will die of it, or if
 * it asks the target to end.
 */
static __always_inline void on_other_signal(void *ctx, u64 *args)
{
	struct task_struct *task = (struct task_struct *)args[2];
	enum death_sight sight = death_foresee(task, args[0], args[4]);
	struct ev_death_entry *entry;
	struct scratch *scratch;

	if ((!sight && !is_stop(args[0])) || !is_wanted(task, args[0]))
		return;
	/* A process that is dying already gets many a signal. */
	entry = sight == DEATH_CERTAIN ? death_find(task) : NULL;
	if (entry && entry->state == EV_DEATH_DECIDED)
		return;
	scratch = record_begin(SCRATCH_SIGNAL);
	if (!scratch)
		return;
	signal_capture(scratch, ctx, task, args);
	if (!sight)
		return;
	sender_complete(scratch, task);
	if (task_is_current(task))
		call_capture(SCRATCH_SIGNAL);
	reason_capture(scratch, task);
	task_capture_process(scratch, task);
	known_capture(scratch, ctx, task, siginfo_of(args));
	if (sight == DEATH_HELD)
		held_keep(scratch, false);
	else
		death_keep(scratch, task, sight);
}

/*
 * SIGPIPE is reported here also where only the fatal ones are wanted: here is the call that failed.
 */
static __always_inline bool is_reported_here(u64 *args)
{
	struct task_struct *task = (struct task_struct *)args[2];

	return filter_signal(args[0]) || (config.fatal && args[0] == SIGPIPE &&
					  death_foresee(task, SIGPIPE, args[4]) == DEATH_CERTAIN);
}

SEC("tp_btf/signal_generate")
int signal_generate(u64 *ctx)
{
	if (is_reported_here(ctx))
		on_signal(ctx, ctx);
	else if (config.fatal)
		on_other_signal(ctx, ctx);
	return 0;
}

/* include/trace/events/signal.h: the tracepoint's record. */
struct trace_event_raw_signal_generate {
	int sig;
	int errno;
	int code;
	s32 pid;
	int group;
	int result;
} __attribute__((preserve_access_index));

/*
 * bpf_task_from_pid() and bpf_task_release() of 6.2 (3f0e6f2b41d3 "bpf: Add bpf_task_from_pid()
 * kfunc"). Not as externs: where the kernel does not have them, libbpf looks for them in all
 * modules, and to list these it needs CAP_SYS_ADMIN. user/source/kernel_calls.c sets the number
 * that this kernel has for each of them.
 */
#define CALL_KERNEL(which) ".byte 0x85, 0x20, 0, 0\n.long " #which "\n"

static __always_inline struct task_struct *task_from_pid(s64 pid)
{
	struct task_struct *task;

	asm volatile("r1 = %[pid]\n" CALL_KERNEL(1) "%[task] = r0"
		     : [task] "=r"(task)
		     : [pid] "r"(pid)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");
	return task;
}

static __always_inline void task_release(struct task_struct *task)
{
	asm volatile("r1 = %[task]\n" CALL_KERNEL(2)
		     :
		     : [task] "r"(task)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");
}

/*
 * The same by perf, which runs its programs with preemption off, where a BTF tracepoint does not:
 * PREEMPT_RT from 7.0 on (user/source/preemption.h). The record does not have the siginfo, only its
 * code.
 */
SEC("tracepoint/signal/signal_generate")
int signal_generate_perf(struct trace_event_raw_signal_generate *event)
{
	struct shown_siginfo info = { .si_code = event->code };
	struct task_struct *task;
	u64 args[5];

	if (!filter_signal(event->sig) && !config.fatal)
		return 0;
	task = task_from_pid(event->pid);
	if (!task)
		return 0;
	args[0] = event->sig;
	args[1] = (u64)&info;
	if (is_without_siginfo(event->code, event->group))
		args[1] = SEND_SIG_NOINFO;
	else if (is_privileged(event->code, event->sig))
		args[1] = SEND_SIG_PRIV;
	args[2] = (u64)task;
	args[3] = event->group;
	args[4] = event->result;
	if (is_reported_here(args))
		on_signal(event, args);
	else if (config.fatal)
		on_other_signal(event, args);
	task_release(task);
	return 0;
}
