// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks on sockets. In sk_stream_error() TCP and related protocols turn an error into a signal. The
 * hook is at its entry, because the signal is sent inside it and the incident needs the socket by
 * then. At the entry the result is already certain: sock_error() reads and clears sk_err a few
 * instructions later. The other hooks see EPIPE that does not pass here. They run on every send
 * (--epipe all).
 */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

#include "core/filter.bpf.h"
#include "core/emit.bpf.h"
#include "core/disposition.bpf.h"
#include "core/failure.bpf.h"
#include "core/modules.bpf.h"
#include "core/sender.bpf.h"
#include "core/socket_error.bpf.h"
#include "core/stack.bpf.h"
#include "core/limit.bpf.h"
#include "core/task.bpf.h"

#define EAGAIN 11
#define EINTR 4
#define EPIPE 32
#define ERESTARTSYS 512
#define MSG_NOSIGNAL 0x4000

static __always_inline bool is_wanted(struct task_struct *task)
{
	return filter_signal(SIGPIPE) &&
	       filter_task(task, BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, flags));
}

/* False: it was counted as a repeat. */
static __always_inline bool suppressed_passes(struct task_struct *task, u32 slot,
					      struct limit_pass *ret_pass)
{
	struct ev_group_key key;

	if (!config.burst)
		return true;
	group_key_of_call(&key, bpf_get_current_pid_tgid() >> 32, current_user_regs(), SIGPIPE,
			  EV_OUTCOME_SUPPRESSED);
	return limit_passes(&key, task, slot, ret_pass);
}

/* Reports an incident without a signal: the current call of the current thread failed on SK. */
static __always_inline void suppressed_send(void *ctx, u32 slot, const struct sock *sk)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct limit_pass pass = {};
	struct ev_signal *signal;
	struct scratch *scratch;

	if (!filter_outcome(EV_OUTCOME_SUPPRESSED) || !is_wanted(task))
		return;
	/*
	 * The limit comes before all other reads, except those that decide whether the event
	 * counts.
	 */
	if (!config.objects && !suppressed_passes(task, slot, &pass))
		return;
	scratch = record_begin(slot);
	if (!scratch)
		return;
	scratch->incident.subject = EV_SUBJECT_WRITE;
	signal = &scratch->signal;
	block_have(scratch, EV_BLOCK_SIGNAL, signal);
	__builtin_memset(signal, 0, sizeof(*signal));
	signal->number = SIGPIPE;
	signal->flags = EV_SIGNAL_NO_INFO;
	signal->origin = EV_ORIGIN_KERNEL;
	signal->result = EV_RESULT_NOT_SENT;
	signal->outcome = EV_OUTCOME_SUPPRESSED;
	disposition_capture(signal, task, SIGPIPE);
	failure_capture(slot, call_capture(slot), as_number(sk));
	socket_error_recall(&scratch->object);
	if (config.objects &&
	    (!filter_object(scratch->object.type) || !suppressed_passes(task, slot, &pass)))
		return;
	limit_note(scratch, &pass);
	task_capture(slot, (u64)task);
	thread_capture(scratch, task);
	stack_capture(scratch, ctx);
	if (config.burst)
		modules_capture(scratch, task);
	if (!record_send(scratch, limit_wake(EV_OUTCOME_SUPPRESSED)))
		limit_note_unsent(scratch, task);
}

/* What signal_generate does not look at would be taken for what the thread's next signal is about. */
static __always_inline void signal_follows(const struct sock *sk)
{
	if (is_wanted((struct task_struct *)bpf_get_current_task()))
		failing_socket_set(sk);
}

static __always_inline void silent_error(void *ctx, const struct sock *sk)
{
	if (config.epipe != EPIPE_NONE && !config.hooks.every_send)
		suppressed_send(ctx, SCRATCH_STREAM, sk);
}

/*
 * sk_stream_error(sk, flags, err), net/core/stream.c: called for every error of a send, most often
 * EAGAIN.
 */
static __always_inline void on_stream_error(void *ctx, const struct sock *sk, int flags, int error)
{
	u32 pending;

	if (error >= 0 || error == -EAGAIN || error == -EINTR || error == -ERESTARTSYS)
		return;
	pending = BPF_CORE_READ(sk, sk_err);
	if (error != -EPIPE || (pending && pending != EPIPE))
		/*
		 * If err is -EPIPE, the call returns the pending error sk_err instead, without a
		 * signal.
		 */
		socket_error_note(sk, error == -EPIPE ? pending : -error);
	else if (flags & MSG_NOSIGNAL)
		silent_error(ctx, sk);
	else
		signal_follows(sk);
}

SEC("fentry/sk_stream_error")
int BPF_PROG(stream_error_fentry, struct sock *sk, int flags, int error)
{
	on_stream_error(ctx, sk, flags, error);
	return 0;
}

SEC("kprobe/sk_stream_error")
int stream_error_kprobe(struct pt_regs *ctx)
{
	on_stream_error(ctx, (const struct sock *)regs_argument(ctx, 0), regs_argument(ctx, 1),
			regs_argument(ctx, 2));
	return 0;
}

/* --- --epipe all, by the cheapest that attaches --- */

static __always_inline void on_send_failed(void *ctx, u32 slot, const struct sock *sk)
{
	if (!reported_take())
		suppressed_send(ctx, slot, sk);
}

/* sock_send_length: 6.3 (6e6eda44b939 "sock: add tracepoint for send recv length"). Needs no
 * trampoline. */
SEC("tp_btf/sock_send_length")
int send_length(u64 *ctx)
{
	int result = ctx[1];

	if (result == -EPIPE)
		on_send_failed(ctx, SCRATCH_SEND, (const struct sock *)ctx[0]);
	return 0;
}

/*
 * The same through perf. It costs more, and is for kernels that preempt BTF tracepoints
 * (user/source/preemption.h).
 */
SEC("tracepoint/sock/sock_send_length")
int send_length_perf(struct trace_event_raw_sock_msg_length *ctx)
{
	int result = ctx->ret;

	if (result == -EPIPE)
		on_send_failed(ctx, SCRATCH_SEND, ctx->sk);
	return 0;
}

SEC("fexit/unix_stream_sendmsg")
int BPF_PROG(unix_stream_fexit, struct socket *socket, void *message, u64 length, int result)
{
	if (result == -EPIPE)
		on_send_failed(ctx, SCRATCH_SEND_UNIX, BPF_CORE_READ(socket, sk));
	return 0;
}

/* Which CPU builds a record of a datagram socket now. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} datagram_claims SEC(".maps");

/*
 * For two hooks with the same scratch record. Where the kernel preempts programs, the one can come
 * while the other is interrupted.
 */
static __always_inline void on_datagram_failed(void *ctx, const struct sock *sk)
{
	u32 zero = 0;
	volatile u32 *claim = bpf_map_lookup_elem(&datagram_claims, &zero);

	if (!claim)
		return; /* never true, but the verifier needs the test */
	if (*claim) {
		__sync_fetch_and_add(&lost_records, 1);
		return;
	}
	*claim = 1;
	on_send_failed(ctx, SCRATCH_SEND, sk);
	*claim = 0;
}

/* Also for seqpacket: unix_seqpacket_sendmsg() calls it. */
SEC("fexit/unix_dgram_sendmsg")
int BPF_PROG(unix_dgram_fexit, struct socket *socket, void *message, u64 length, int result)
{
	if (result == -EPIPE)
		on_datagram_failed(ctx, BPF_CORE_READ(socket, sk));
	return 0;
}

/*
 * UDP, raw and packet sockets meet their own shutdown where they allocate the packet. Unix sockets
 * pass here too, but they have the hooks above. sock_alloc_send_pskb(sk, header, data, noblock,
 * errcode, order): the context is read from memory, because 5.10 refuses an argument `int *`.
 */
SEC("fexit/sock_alloc_send_pskb")
int datagram_alloc_fexit(u64 *ctx)
{
	const struct sock *sk = (const void *)ctx[0];
	u64 ret_error = 0, packet = 0;
	int error = 0;

	bpf_probe_read_kernel(&packet, sizeof(packet), &ctx[6]);
	bpf_probe_read_kernel(&ret_error, sizeof(ret_error), &ctx[4]);
	if (packet || bpf_probe_read_kernel(&error, sizeof(error), (const void *)ret_error) ||
	    error != -EPIPE || BPF_CORE_READ(sk, __sk_common.skc_family) == AF_UNIX)
		return 0;
	on_datagram_failed(ctx, sk);
	return 0;
}

/* sys_exit: the last resort, because it runs on every system call of the host. */
SEC("tp_btf/sys_exit")
int send_sys_exit(u64 *ctx)
{
	long result = ctx[1];

	/* After a handler the result of the interrupted call is seen once more. */
	if (result == -EPIPE && regs_call_number(current_user_regs()) >= 0)
		on_send_failed(ctx, SCRATCH_SEND, NULL);
	return 0;
}
