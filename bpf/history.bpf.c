// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happened to an object before the write failed: FIN, RST, errors, and who closed which end.
 * All of these events are rare: a few in the life of a connection or of a pipe. A kernel may lack
 * any of these hooks.
 */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>

#include "core/tcp_memory.bpf.h"

/*
 * Only close(2), shutdown(2) and exit move a connection to FIN_WAIT1 and LAST_ACK
 * (tcp_close_state()), or directly to CLOSE without an error (__tcp_close() with unread data or
 * SO_LINGER 0). All of them run in the thread that closes. A reset from the peer has set sk_err
 * before.
 */
static __always_inline bool is_closed_here(const struct sock *sk, int old_state, int new_state)
{
	if (new_state == TCP_FIN_WAIT1 || new_state == TCP_LAST_ACK)
		return true;
	return new_state == TCP_CLOSE &&
	       (old_state == TCP_ESTABLISHED || old_state == TCP_CLOSE_WAIT) && !sk->sk_err;
}

static __always_inline void closed_here(const struct sock *sk, int new_state,
					struct tcp_history *history, u64 now_ns)
{
	struct tcp_ends ends;
	/*
	 * __tcp_close() sets both shutdown bits before it changes the state, tcp_shutdown() only
	 * afterwards.
	 */
	u32 flags = EV_CLOSER_CERTAIN | (sk->sk_shutdown == 3 ? 0 : EV_CLOSER_SHUTDOWN);

	closer_fill(&history->local, flags, now_ns);
	/*
	 * The peer of a socket in LAST_ACK has closed before, so this close cannot make its writes
	 * fail.
	 */
	if (new_state == TCP_LAST_ACK)
		return;
	tcp_ends_of(&ends, sk);
	tcp_closer_note(&ends, &history->local);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(history_set_state, const struct sock *sk, int old_state, int new_state)
{
	const u32 kept = 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT | 1 << TCP_FIN_WAIT1 |
			 1 << TCP_LAST_ACK | 1 << TCP_CLOSE;
	struct tcp_history *history;
	u64 now_ns;

	if (!(1u << (new_state & 31) & kept) || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	/* A listening socket has no history. */
	if (old_state == TCP_LISTEN)
		return 0;
	now_ns = bpf_ktime_get_ns();
	history = tcp_history_of(sk, new_state == TCP_ESTABLISHED, now_ns);
	if (!history)
		return 0;
	if (new_state == TCP_ESTABLISHED)
		history->is_connected = true;
	else if (new_state == TCP_CLOSE_WAIT)
		history->fin_received_ns = now_ns;
	else if (new_state == TCP_CLOSE)
		history->closed_ns = now_ns;
	if (is_closed_here(sk, old_state, new_state))
		closed_here(sk, new_state, history, now_ns);
	return 0;
}

/* In tcp_reset(), before sk_err is set and the state changes. */
SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(history_receive_reset, struct sock *sk)
{
	u64 now_ns = bpf_ktime_get_ns();
	struct tcp_history *history = tcp_history_of(sk, false, now_ns);

	if (!history)
		return 0;
	history->reset_received_ns = now_ns;
	history->reset_state = sk->__sk_common.skc_state;
	return 0;
}

/*
 * 5.14 (e6a3e4434000 "net: expose sk_error_report"): sk_err is set. sk_error_report() wakes pollers
 * before it reaches the tracepoint. So a thread on another CPU may already have taken the error;
 * then it is not known.
 */
SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(history_error_report, const struct sock *sk)
{
	struct tcp_history *history;
	u64 now_ns;

	/* Also called for completions of zero-copy sends and for timestamps. */
	if (sk->sk_protocol != IPPROTO_TCP || !sk->sk_err)
		return 0;
	now_ns = bpf_ktime_get_ns();
	history = tcp_history_of(sk, false, now_ns);
	if (!history)
		return 0;
	history->error_ns = now_ns;
	history->error = sk->sk_err;
	return 0;
}

/*
 * The last close of one end of a pipe, in the thread that closes. pipe->readers still counts this
 * end.
 */
static __always_inline void on_pipe_release(const struct inode *inode, const struct file *file)
{
	struct pipe_inode_info *pipe = BPF_CORE_READ(inode, i_pipe);

	if (BPF_CORE_READ(file, f_mode) & FMODE_READ && BPF_CORE_READ(pipe, readers) == 1 &&
	    BPF_CORE_READ(pipe, writers))
		object_closer_note(pipe, EV_CLOSER_CERTAIN);
}

SEC("fentry/pipe_release")
int BPF_PROG(history_pipe_release, struct inode *inode, struct file *file)
{
	on_pipe_release(inode, file);
	return 0;
}

SEC("kprobe/pipe_release")
int history_pipe_release_kprobe(struct pt_regs *ctx)
{
	on_pipe_release((const struct inode *)regs_argument(ctx, 0),
			(const struct file *)regs_argument(ctx, 1));
	return 0;
}

static __always_inline void on_unix_release(const struct sock *sk)
{
	const struct unix_sock *u = (const void *)sk;

	if (BPF_CORE_READ(u, peer))
		object_closer_note(sk, EV_CLOSER_CERTAIN);
}

SEC("fentry/unix_release_sock")
int BPF_PROG(history_unix_release, struct sock *sk)
{
	on_unix_release(sk);
	return 0;
}

SEC("kprobe/unix_release_sock")
int history_unix_release_kprobe(struct pt_regs *ctx)
{
	on_unix_release((const struct sock *)regs_argument(ctx, 0));
	return 0;
}
