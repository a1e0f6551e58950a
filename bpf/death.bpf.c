// SPDX-License-Identifier: GPL-2.0-only
/*
 * -s fatal: a signal is delivered. Where the kernel has decided at the generation that a process
 * dies, each of its threads gets SIGKILL here, without a siginfo, whatever the signal was. Else the
 * number and the disposition say what follows. Its memory, its registers and its stack still exist,
 * on every kernel.
 */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>

#include "core/death_record.bpf.h"

/*
 * The signal that kills TASK, which is current, if SIG is delivered to it with HANDLER; 0: none.
 * exit_group() and execve() end the other threads of a process by SIGKILL, too.
 */
static __always_inline u32 killing_signal(struct task_struct *task, u32 sig, u64 handler)
{
	u32 flags = BPF_CORE_READ(task, signal, flags);

	if (sig == SIGKILL)
		return flags & SIGNAL_GROUP_EXIT
			       ? BPF_CORE_READ(task, signal, group_exit_code) & 0x7f
			       : 0;
	if (handler || !signal_kills(sig) || flags & SIGNAL_UNKILLABLE)
		return 0;
	return sig;
}

/* The signal that was delivered, as the tracepoint shows it. */
struct delivery {
	u32 sig;
	s32 code;
	s32 from;
	u64 info; /* the address of the siginfo, as of siginfo_of(); 0: it is not seen */
};

/* What is known of the generation of this signal, into scratch->known. */
static __always_inline enum ev_ungenerated
generation_recall(struct scratch *scratch, struct task_struct *task,
		  const struct ev_death_entry *entry, const struct ev_death_entry *held, u32 number)
{
	if (entry && entry->state && entry->signal.number == number)
		known_recall(scratch, entry);
	else if (held)
		known_recall(scratch, held);
	else
		return entry && entry->state ? EV_GENERATION_OTHER : why_ungenerated(task);
	return EV_GENERATION_KNOWN;
}

static __always_inline void on_delivery(struct task_struct *task, u32 number,
					const struct delivery *delivery)
{
	struct death_found found = {
		.number = number,
		.slot = SCRATCH_SIGNAL,
		.code = delivery->sig == SIGKILL ? 0 : delivery->code,
		.info = delivery->info,
		.stage = EV_STAGE_DELIVERED,
		.has_memory = true,
	};
	struct ev_death_entry *entry = death_find(task), *held = NULL;
	struct scratch *scratch;
	bool told;

	if (entry && death_is_claimed(entry))
		return;
	if (delivery->sig != SIGKILL)
		held = held_find(task, number, delivery->code, delivery->from);
	told = held ? held->claims : delivery->sig == SIGKILL && is_told_at_generation(number);
	if (!entry)
		entry = death_new(task, 0);
	if ((entry && !death_claim(entry)) || told)
		return;
	/* Without a place the end of the process makes the record, so that there is only one. */
	if (!entry && !is_told_at_generation(number))
		return;
	scratch = record_begin(SCRATCH_SIGNAL);
	if (!scratch)
		return;
	found.time_ns = scratch->incident.header.time_ns;
	found.ungenerated = generation_recall(scratch, task, entry, held, number);
	death_record(scratch, task, &found);
}

static __always_inline void death_deliver(const struct delivery *delivery, u64 handler)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u32 number = killing_signal(task, delivery->sig, handler);

	if (number && filter_task(task, BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, flags)))
		on_delivery(task, number, delivery);
}

SEC("tp_btf/signal_deliver")
int signal_deliver(u64 *ctx)
{
	u64 handler = ((const struct k_sigaction *)ctx[2])->sa.sa_handler != NULL, info;
	const struct kernel_siginfo *siginfo;
	struct delivery delivery = { .sig = ctx[0] };

	if (delivery.sig != SIGKILL && handler)
		return 0;
	info = delivery.info = siginfo_of(ctx);
	siginfo = (const void *)info;
	if (info > SEND_SIG_PRIV) {
		delivery.code = BPF_CORE_READ(siginfo, si_code);
		if (bpf_core_field_exists(siginfo->_sifields))
			delivery.from = BPF_CORE_READ(siginfo, _sifields._kill._pid);
	}
	death_deliver(&delivery, handler);
	return 0;
}

/* include/trace/events/signal.h: the tracepoint's record. */
struct trace_event_raw_signal_deliver {
	int sig;
	int errno;
	int code;
	unsigned long sa_handler;
} __attribute__((preserve_access_index));

/* The same by perf, as of signal_generate. The siginfo does not show who sent it. */
SEC("tracepoint/signal/signal_deliver")
int signal_deliver_perf(struct trace_event_raw_signal_deliver *event)
{
	struct delivery delivery = { .sig = event->sig, .code = event->code };

	if (delivery.sig == SIGKILL || !event->sa_handler)
		death_deliver(&delivery, event->sa_handler);
	return 0;
}
