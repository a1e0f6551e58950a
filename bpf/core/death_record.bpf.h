/* SPDX-License-Identifier: GPL-2.0-only */
/* The record of a death, made in the victim: of what it is now, and of what the generation knew. */
#pragma once

#include "core/core_dump.bpf.h"
#include "core/abort.bpf.h"
#include "core/core_dump.bpf.h"
#include "core/death.bpf.h"
#include "core/failure.bpf.h"
#include "core/fault.bpf.h"
#include "core/limit.bpf.h"
#include "core/modules.bpf.h"
#include "core/seccomp.bpf.h"
#include "core/stack.bpf.h"
#include "core/stop.bpf.h"

/* Seconds for which a refused place is the reason that nothing is known. */
#define DEATH_REFUSED_SECONDS 60

/* How a death was found. */
struct death_found {
	u32 number; /* of the signal; 0: it ended itself, with `status` */
	u32 slot;   /* enum scratch_slot */
	s32 status; /* wait status, with EV_STAGE_EXITED */
	s32 code;   /* of the siginfo that was delivered */
	u32 pad0;
	u64 info; /* its address, as of siginfo_of(); 0: it is not seen */
	u64 time_ns;
	u8 stage;	 /* enum ev_stage */
	u8 ungenerated;	 /* enum ev_ungenerated */
	u8 thread_alone; /* only the current thread ends */
	u8 has_memory;	 /* of the process: its mappings still exist */
};

/* Why nothing is known of the generation of the signal that ended TASK. */
static __always_inline enum ev_ungenerated why_ungenerated(struct task_struct *task)
{
	struct ev_share *share = share_at(share_of(task));
	u64 since = bpf_jiffies64();

	if (!share || !share->deaths_refused)
		return EV_GENERATION_UNSEEN;
	since -= share->deaths_refused;
	return since < DEATH_REFUSED_SECONDS * config.machine.second_jiffies ? EV_GENERATION_NO_ROOM
									     : EV_GENERATION_UNSEEN;
}

/* The signal block of a signal whose generation is not known. */
static __always_inline void signal_unexplained(struct scratch *scratch, struct task_struct *task,
					       const struct death_found *found)
{
	struct ev_signal *signal = &scratch->signal;

	__builtin_memset(signal, 0, sizeof(*signal));
	signal->number = found->number;
	signal->flags = EV_SIGNAL_NO_INFO;
	signal->origin = EV_ORIGIN_UNKNOWN;
	signal->result = EV_RESULT_DELIVERED;
	signal->code = found->code;
	signal->disposition = EV_DISPOSITION_DEFAULT;
	scratch->incident.subject = EV_SUBJECT_UNEXPLAINED;
	if (found->stage != EV_STAGE_EXITED || found->ungenerated != EV_GENERATION_UNSEEN ||
	    !is_seccomp_exit(task, found->number))
		return;
	signal->origin = EV_ORIGIN_KERNEL;
	scratch->incident.subject = EV_SUBJECT_SECCOMP;
}

/* No signal: it ended itself. */
static __always_inline void signal_none(struct scratch *scratch)
{
	struct ev_signal *signal = &scratch->signal;

	__builtin_memset(signal, 0, sizeof(*signal));
	signal->flags = EV_SIGNAL_NO_INFO;
	signal->origin = EV_ORIGIN_UNKNOWN;
	signal->disposition = EV_DISPOSITION_DEFAULT;
	scratch->incident.subject = EV_SUBJECT_EXIT;
}

/* The blocks that the generation knew, from scratch->known. */
static __always_inline void known_blocks(struct scratch *scratch)
{
	const struct ev_death_entry *known = &scratch->known;

	scratch->signal = known->signal;
	scratch->incident.subject = known->subject;
	scratch->incident.header.time_ns = known->generated_ns;
	if (!known->has_sender)
		return;
	bpf_probe_read_kernel(&scratch->sender, sizeof(scratch->sender), &known->sender);
	block_have(scratch, EV_BLOCK_SENDER, sender);
	scratch->numbers.number[EV_NUMBER_SENDER] = known->numbers.number[EV_NUMBER_SENDER];
	scratch->numbers.number[EV_NUMBER_SENDER + 1] = known->numbers.number[EV_NUMBER_SENDER + 1];
}

/*
 * The call that the thread is in. Only for SIGXFSZ is that also the call that failed, if the signal
 * came to this thread and was not held back.
 */
static __always_inline void death_call_capture(struct scratch *scratch, struct task_struct *task,
					       const struct death_found *found)
{
	u8 subject = AGAIN(scratch->incident.subject);

	scratch->object.type = EV_OBJECT_NONE;
	scratch->file = call_capture(found->slot);
	if (subject == EV_SUBJECT_LIMIT && found->number == SIGXFSZ &&
	    found->stage == EV_STAGE_DELIVERED &&
	    scratch->known.process.tid == (u32)bpf_get_current_pid_tgid() &&
	    !(AGAIN(scratch->signal.flags) & EV_SIGNAL_BLOCKED))
		failure_capture(found->slot, AGAIN(scratch->file), 0);
	else if (subject == EV_SUBJECT_LIMIT || subject == EV_SUBJECT_WRITE)
		object_clear(scratch, EV_OBJECT_NO_FD);
}

/* True: the record is sent. False: the options do not want it, or it is counted in its group. */
static __always_inline bool death_passes(struct scratch *scratch, struct task_struct *task,
					 const struct death_found *found)
{
	struct limit_pass pass = {};
	struct ev_group_key key = {};
	u8 outcome = AGAIN(scratch->signal.outcome);

	if (!filter_outcome(outcome) || !filter_object(AGAIN(scratch->object.type)))
		return false;
	if (!config.burst)
		return true;
	group_key_of_death(&key, task, AGAIN(scratch->incident.subject), found->number);
	key.call = group_call(0, AGAIN(scratch->incident.subject), found->number, outcome);
	if (!limit_passes(&key, task, found->slot, &pass))
		return false;
	limit_note(scratch, &pass);
	return true;
}

static __always_inline void death_block(struct scratch *scratch, const struct death_found *found)
{
	struct ev_death death = {
		.status = found->status,
		.stage = found->stage,
		.ungenerated = found->ungenerated,
		.thread_alone = found->thread_alone,
	};

	if (found->ungenerated == EV_GENERATION_KNOWN)
		death.generated_ns = scratch->known.generated_ns;
	if (found->stage == EV_STAGE_DELIVERED)
		death.delivered_ns = found->time_ns;
	else
		death.exited_ns = found->time_ns;
	block_append(scratch, EV_BLOCK_DEATH, &death, sizeof(death));
}

static __always_inline void known_stack_append(struct scratch *scratch)
{
	u64 used = scratch->blob_used, size = scratch->known.kernel_size;

	if (!config.kernel_stack || !size || used > EV_BLOB_MAX - EV_KERNEL_FRAMES * 8)
		return;
	used = bounded(used, EV_BLOB_MAX - EV_KERNEL_FRAMES * 8);
	size = bounded(size, EV_KERNEL_FRAMES * 8);
	block_begin(scratch, EV_BLOCK_KERNEL_STACK);
	if (!bpf_probe_read_kernel(&scratch->blob[used], size, scratch->known.kernel_stack))
		scratch->blob_used = used + size;
	block_end(scratch, EV_BLOCK_KERNEL_STACK, 0);
}

static __always_inline void reason_append(struct scratch *scratch)
{
	u8 id = AGAIN(scratch->known.reason);

	if (!id || id >= EV_BLOCKS)
		return;
	block_append(scratch, bounded(id, EV_BLOCKS - 1), scratch->known.reason_bytes,
		     scratch->known.reason_size);
}

/*
 * The record of the death FOUND of TASK, which is current. SCRATCH has begun. Without
 * EV_GENERATION_KNOWN scratch->known means nothing.
 */
static __always_inline void death_record(struct scratch *scratch, struct task_struct *task,
					 const struct death_found *found)
{
	bool known = found->ungenerated == EV_GENERATION_KNOWN;

	block_have(scratch, EV_BLOCK_SIGNAL, signal);
	if (!found->number)
		signal_none(scratch);
	else if (known)
		known_blocks(scratch);
	else
		signal_unexplained(scratch, task, found);
	scratch->signal.outcome = found->number ? EV_OUTCOME_KILLED : EV_OUTCOME_EXITED;
	death_call_capture(scratch, task, found);
	if (!death_passes(scratch, task, found))
		return;
	task_capture(found->slot, (u64)task);
	core_capture(scratch, task);
	death_block(scratch, found);
	stop_append(found->slot, (u64)task);
	if (known) {
		reason_append(scratch);
		known_stack_append(scratch);
	}
	if (found->has_memory || AGAIN(scratch->incident.subject) == EV_SUBJECT_SECCOMP)
		thread_capture(scratch, task);
	if (!known && AGAIN(scratch->incident.subject) == EV_SUBJECT_SECCOMP)
		seccomp_capture(scratch, task);
	if (found->has_memory) {
		if (AGAIN(scratch->incident.subject) == EV_SUBJECT_FAULT)
			fault_capture(scratch, task, found->info);
		if (AGAIN(scratch->incident.subject) == EV_SUBJECT_ABORT)
			abort_capture(scratch, task);
		if (config.stack_bytes && thread_is_known(scratch))
			user_stack_capture(scratch, scratch->thread.sp);
		modules_capture(scratch, task);
	}
	if (!record_send(scratch, limit_wake(EV_OUTCOME_KILLED)))
		limit_note_unsent(scratch, task);
}
