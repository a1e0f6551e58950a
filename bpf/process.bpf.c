// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks on the start and the end of processes. Forks are watched only with -f, new programs only if
 * the release of a pipe cannot be hooked. Ends are watched in every run: they show what happened to
 * a process after its incident, who closed the other end of an object, and with -f which traced
 * processes have exited.
 */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>

#include "core/death_record.bpf.h"
#include "core/ended.bpf.h"
#include "core/exits.bpf.h"
#include "core/follow.bpf.h"
#include "core/unfollowed.bpf.h"

#define CLONE_THREAD 0x00010000

/*
 * Not attached: user space runs it once in its own thread, before all others. The namespace of a
 * process does not change, but only the kernel can say at which level it is: from inside, the
 * outermost namespace that can be seen is the own one. Programs of this kind can be run so from
 * 5.10 on (1b4d60ec162f "bpf: Enable BPF_PROG_TEST_RUN for raw_tracepoint").
 */
SEC("raw_tp/sys_enter")
int own_namespace(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);

	here_level = BPF_CORE_READ(pid, level);
	pid_own_number(pid, &here_inode);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	if (parent->tgid != child->tgid)
		follow_join(process_here(parent, parent->tgid), process_here(child, child->tgid));
	return 0;
}

/*
 * The same through perf, for kernels that preempt BTF tracepoints (user/source/preemption.h). The
 * current thread is the one that forks. perf's sched_process_fork does not distinguish threads from
 * processes. Only in the host's PID namespace: no other number of the child is known here.
 */
SEC("tracepoint/task/task_newtask")
int process_fork_perf(struct trace_event_raw_task_newtask *ctx)
{
	if (!(ctx->clone_flags & CLONE_THREAD))
		follow_join(bpf_get_current_pid_tgid() >> 32, ctx->pid);
	return 0;
}

static __always_inline bool is_last(struct task_struct *task)
{
	return !BPF_CORE_READ(task, signal, live.counter);
}

/* How a signal ended TASK, which exits. 0: none did. */
static __always_inline u32 signal_of_end(s32 status)
{
	u32 number = status & 0x7f;

	return signal_kills(number) ? number : 0;
}

/*
 * A signal ended TASK alone, before exit_group(), which gives all threads its own status. Before
 * 6.16 whoever waited for this thread (CLONE_CHILD_CLEARTID) may have made that call already, and
 * may even have come here first.
 */
static __always_inline bool has_ended_before(struct task_struct *task)
{
	u32 number = signal_of_end(BPF_CORE_READ(task, exit_code));

	return number && BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT &&
	       (BPF_CORE_READ(task, signal, group_exit_code) & 0x7f) != (s32)number;
}

/*
 * One thread ends by a signal, and the process lives: a seccomp filter, or a fault in the kernel.
 * This and the functions below say in FOUND what death_record() needs. False: there is no record of
 * this kind to make, and of FOUND only the status and the number may have been set.
 */
static __always_inline bool on_end_of_thread(struct task_struct *task, struct death_found *found)
{
	found->status = BPF_CORE_READ(task, exit_code);
	found->number = signal_of_end(found->status);
	if (!found->number)
		return false;
	if (BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT && !has_ended_before(task))
		return false;
	found->ungenerated = EV_GENERATION_UNSEEN;
	found->thread_alone = true;
	return true;
}

/* The process of TASK ends by the signal FOUND, and no record says so yet: what is known of it. */
static __always_inline void end_recall(struct task_struct *task, struct death_found *found,
				       const struct ev_death_entry *entry)
{
	struct scratch *scratch = scratch_get(SCRATCH_EXIT);

	if (!entry || !entry->state)
		found->ungenerated = why_ungenerated(task);
	else if (!scratch || entry->signal.number != found->number)
		found->ungenerated = EV_GENERATION_OTHER;
	else
		known_recall(scratch, entry);
}

/*
 * The end of TASK by the signal NUMBER needs no record: it was told when the signal was generated,
 * and there was no place to note that.
 */
static __always_inline bool is_told_without_place(struct task_struct *task, u32 number)
{
	return is_told_at_generation(number) && why_ungenerated(task) == EV_GENERATION_NO_ROOM;
}

/* -s fatal: the last thread of a process exits. */
static __always_inline bool on_end(struct task_struct *task, struct death_found *found)
{
	struct ev_death_entry *entry = death_find(task);
	bool made;

	found->status = exit_status(task);
	found->number = signal_of_end(found->status);
	made = found->number && death_claim_end(task) &&
	       (entry ? death_claim(entry) : !is_told_without_place(task, found->number));
	if (made)
		end_recall(task, found, entry);
	death_drop(task);
	return made;
}

/* Is TASK, which is current, in exit_group()? RET_STATUS: the wait status that it asks for. */
static __always_inline bool calls_exit_group(struct ev_syscall *call, struct task_struct *task,
					     s32 *ret_status)
{
	if (!syscall_read_registers(call, task))
		return false;
	*ret_status = (call->args[0] & 0xff) << 8;
	switch (call->abi) {
	case EV_ABI_X86_64:
	case EV_ABI_X32:
		return call->number == 231;
	case EV_ABI_I386:
		return call->number == 252;
	case EV_ABI_ARM:
		return call->number == 248;
	default:
		return call->number == 94;
	}
}

/*
 * --exits: TASK, which is current, exits. The thread that has called exit_group() makes the record,
 * because its stack says where in the code; where there is none, the last one. EARLY: before the
 * memory is gone, and before the kernel has kept the status.
 */
static __always_inline bool on_exit_status(struct task_struct *task, bool early,
					   struct death_found *found)
{
	struct scratch *scratch = scratch_get(SCRATCH_EXIT);
	s32 asked = 0;
	bool caller;

	if (!scratch)
		return false;
	caller = calls_exit_group(&scratch->call, task, &asked);
	found->number = 0;
	found->status = exit_status(task);
	if (early && !(BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT))
		found->status = asked;
	if (!(found->status & 0xff00) || found->status & 0xff ||
	    (!caller && (early || !is_last(task))))
		return false;
	return filter_task(task, BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, flags)) &&
	       death_claim_end(task);
}

static __always_inline bool on_exit_fatal(struct task_struct *task, struct death_found *found)
{
	if (!filter_task(task, BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, flags)))
		return false;
	return is_last(task) && !has_ended_before(task) ? on_end(task, found)
							: on_end_of_thread(task, found);
}

static __always_inline void end_record(struct task_struct *task, struct death_found *found)
{
	struct scratch *scratch = record_begin(SCRATCH_EXIT);

	if (!scratch)
		return;
	found->time_ns = scratch->incident.header.time_ns;
	death_record(scratch, task, found);
}

/* What ends TASK, which is current: a signal (-s fatal), or a status that is reported (--exits). */
static __always_inline void on_death(struct task_struct *task)
{
	struct death_found found = {
		.slot = SCRATCH_EXIT,
		.stage = EV_STAGE_EXITED,
		.has_memory = config.hooks.exit_memory,
	};

	if ((config.fatal && on_exit_fatal(task, &found)) ||
	    (config.exits && on_exit_status(task, false, &found)))
		end_record(task, &found);
}

/*
 * Runs in do_exit() of the current thread before exit_files(). So the files of the process are
 * still open. signal->live is already decremented, so the last thread of a group is known. From
 * 6.16 on it also runs before exit_mm(); until then the memory of the process is gone.
 */
static __always_inline void on_exit(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u32 here = process_here(task, BPF_CORE_READ(task, tgid)), flags = 0;
	u64 now_ns = bpf_ktime_get_ns();

	if (config.fatal || config.exits)
		on_death(task);
	if (!is_last(task))
		return;
	if (config.history && config.hooks.exit_memory)
		ended_note(task);
	if (config.hooks.exit_ends)
		flags = exit_note_ends(task, now_ns);
	exit_note(task, now_ns, flags);
	unfollowed_note(task, here, now_ns);
	follow_leave(here);
}

SEC("tp_btf/sched_process_exit")
int process_exit(void *ctx)
{
	on_exit();
	return 0;
}

/* For kernels that preempt BTF tracepoints (user/source/preemption.h). */
SEC("tracepoint/sched/sched_process_exit")
int process_exit_perf(void *ctx)
{
	on_exit();
	return 0;
}

/*
 * exit_signals() runs in do_exit() before exit_mm(), for kernels before 6.16. One thread of each
 * process is enough, and the main thread always comes here, first or last.
 */
static __always_inline void on_exit_signals(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct death_found found = {
		.slot = SCRATCH_EXIT,
		.stage = EV_STAGE_EXITED,
		.has_memory = true,
	};

	if (config.exits && !config.hooks.exit_memory && on_exit_status(task, true, &found))
		end_record(task, &found);
	if (config.history && BPF_CORE_READ(task, group_leader) == task)
		ended_note(task);
}

SEC("fentry/exit_signals")
int process_exit_signals(void *ctx)
{
	on_exit_signals();
	return 0;
}

SEC("kprobe/exit_signals")
int process_exit_signals_kprobe(struct pt_regs *ctx)
{
	on_exit_signals();
	return 0;
}

/* Where the release of a pipe cannot be hooked. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork_holders, struct task_struct *parent, struct task_struct *child)
{
	if (parent->tgid != child->tgid)
		holder_shares_all();
	return 0;
}

/* The same. After the new program is loaded and the fds with O_CLOEXEC are closed. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task)
{
	holders_note(task);
	return 0;
}
