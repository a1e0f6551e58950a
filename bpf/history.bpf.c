// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happened to an object before the write failed: FIN, RST, errors, and who closed which end.
 * All of these events are rare: a few in the life of a connection or of a pipe. A kernel may lack
 * any of these hooks.
 */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>

#include "core/object_memory.bpf.h"
#include "core/tcp_closer.bpf.h"
#include "core/tcp_memory.bpf.h"

/* What the current thread does to a connection. */
enum tcp_deed {
	TCP_DEED_NONE,
	TCP_DEED_FIN,	    /* its end sends FIN now */
	TCP_DEED_AFTER_FIN, /* it closes an end that has sent FIN */
	TCP_DEED_RESET,	    /* it ends the connection without FIN */
};

/*
 * The reset of a connection by this end, in the thread that does it: __tcp_close() with unread data
 * or SO_LINGER 0, or tcp_disconnect(). tcp_reset(), tcp_write_err() and tcp_abort() set sk_err
 * before they change the state. tcp_time_wait() changes it to CLOSE when both FINs have passed, in
 * whatever thread handles the packet.
 */
static __always_inline enum tcp_deed reset_deed(const struct sock *sk, int old_state, bool released)
{
	if (sk->sk_err || sk->__sk_common.skc_flags & (1UL << SOCK_DEAD))
		return TCP_DEED_NONE;
	if (old_state == TCP_ESTABLISHED || old_state == TCP_CLOSE_WAIT)
		return TCP_DEED_RESET;
	if ((old_state == TCP_FIN_WAIT1 || old_state == TCP_FIN_WAIT2) && released)
		return TCP_DEED_AFTER_FIN;
	return TCP_DEED_NONE;
}

/*
 * Only close(2), shutdown(2) and exit move a connection to FIN_WAIT1 and LAST_ACK
 * (tcp_close_state()). A close after a shutdown sets the state again that it has. RELEASED: the
 * last reference to the file is gone, so it is a close.
 */
static __always_inline enum tcp_deed deed_of(const struct sock *sk, int old_state, int new_state,
					     bool released)
{
	if (new_state == TCP_CLOSE)
		return reset_deed(sk, old_state, released);
	if (new_state == old_state)
		return released ? TCP_DEED_AFTER_FIN : TCP_DEED_NONE;
	return new_state == TCP_FIN_WAIT1 || new_state == TCP_LAST_ACK ? TCP_DEED_FIN
								       : TCP_DEED_NONE;
}

/* EV_CLOSER_* of the thread that ends the connection at SK. */
static __always_inline u32 deed_flags(const struct sock *sk, const struct socket *socket,
				      enum tcp_deed deed, int new_state, bool released)
{
	if (!socket)
		return EV_CLOSER_UNACCEPTED;
	if (!released)
		return deed == TCP_DEED_RESET		? EV_CLOSER_DISCONNECTED
		       : sk->sk_shutdown & RCV_SHUTDOWN ? EV_CLOSER_SHUTDOWN
							: EV_CLOSER_SHUTDOWN | EV_CLOSER_HALF;
	if (new_state != TCP_CLOSE)
		return 0;
	/* With SO_LINGER 0 it does not matter whether data was unread. */
	return sk->__sk_common.skc_flags & (1UL << SOCK_LINGER) && !BPF_CORE_READ(sk, sk_lingertime)
		       ? EV_CLOSER_LINGER
		       : EV_CLOSER_UNREAD;
}

static __always_inline void ended_here(const struct sock *sk, int old_state, int new_state,
				       struct tcp_history *history, u64 now_ns)
{
	struct socket *socket = BPF_CORE_READ(sk, sk_socket);
	bool released = socket && !file_references(BPF_CORE_READ(socket, file));
	enum tcp_deed deed = deed_of(sk, old_state, new_state, released);
	struct closer closer;

	if (deed == TCP_DEED_NONE)
		return;
	closer_fill(&closer, deed_flags(sk, socket, deed, new_state, released), now_ns);
	if (deed != TCP_DEED_AFTER_FIN)
		history->local = closer;
	/*
	 * The peer of a socket in CLOSE_WAIT or LAST_ACK has sent FIN, so its writes do not fail by
	 * this.
	 */
	if (old_state == TCP_CLOSE_WAIT)
		return;
	tcp_closer_note(sk, &closer, deed == TCP_DEED_FIN, deed == TCP_DEED_AFTER_FIN);
}

/* In tcp_fin(). The FIN's own acknowledgement is already counted. */
static __always_inline void fin_received(const struct sock *sk, struct tcp_history *history,
					 u64 now_ns)
{
	const struct tcp_sock *tp = (const void *)sk;

	history->fin_received_ns = now_ns;
	history->fin_snd_una = BPF_CORE_READ(tp, snd_una);
	history->fin_snd_nxt = BPF_CORE_READ(tp, snd_nxt);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(history_set_state, const struct sock *sk, int old_state, int new_state)
{
	const u32 kept = 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT | 1 << TCP_FIN_WAIT1 |
			 1 << TCP_FIN_WAIT2 | 1 << TCP_LAST_ACK | 1 << TCP_CLOSE;
	struct tcp_history *history;
	u64 now_ns;

	if (!(1u << (new_state & 31) & kept) || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	/* The peer's ACK of a FIN is no event here. A listening socket has no history. */
	if ((new_state == TCP_FIN_WAIT2 && old_state != TCP_FIN_WAIT2) || old_state == TCP_LISTEN)
		return 0;
	now_ns = bpf_ktime_get_ns();
	history = tcp_history_of(sk, new_state == TCP_ESTABLISHED, now_ns);
	if (!history)
		return 0;
	if (new_state == TCP_ESTABLISHED) {
		history->is_connected = true;
		return 0;
	}
	if (new_state == TCP_CLOSE_WAIT) {
		fin_received(sk, history, now_ns);
		return 0;
	}
	if (new_state == TCP_CLOSE)
		history->closed_ns = now_ns;
	ended_here(sk, old_state, new_state, history, now_ns);
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

SEC("fentry/pipe_release")
int BPF_PROG(history_pipe_release, struct inode *inode, struct file *file)
{
	pipe_release_note(inode, file);
	return 0;
}

SEC("kprobe/pipe_release")
int history_pipe_release_kprobe(struct pt_regs *ctx)
{
	pipe_release_note((const struct inode *)regs_argument(ctx, 0),
			  (const struct file *)regs_argument(ctx, 1));
	return 0;
}

SEC("fentry/unix_release_sock")
int BPF_PROG(history_unix_release, struct sock *sk)
{
	unix_release_note(sk);
	return 0;
}

SEC("kprobe/unix_release_sock")
int history_unix_release_kprobe(struct pt_regs *ctx)
{
	unix_release_note((const struct sock *)regs_argument(ctx, 0));
	return 0;
}

SEC("fentry/unix_gc")
int BPF_PROG(history_unix_gc)
{
	collector_begins();
	return 0;
}

SEC("kprobe/unix_gc")
int history_unix_gc_kprobe(struct pt_regs *ctx)
{
	collector_begins();
	return 0;
}

SEC("fentry/unix_notinflight")
int BPF_PROG(history_unix_freed)
{
	collector_frees();
	return 0;
}

SEC("kprobe/unix_notinflight")
int history_unix_freed_kprobe(struct pt_regs *ctx)
{
	collector_frees();
	return 0;
}

SEC("fentry/unix_shutdown")
int BPF_PROG(history_unix_shutdown, struct socket *socket, int mode)
{
	unix_shutdown_note(BPF_CORE_READ(socket, sk), mode);
	return 0;
}

SEC("kprobe/unix_shutdown")
int history_unix_shutdown_kprobe(struct pt_regs *ctx)
{
	const struct socket *socket = (const void *)regs_argument(ctx, 0);

	unix_shutdown_note(BPF_CORE_READ(socket, sk), regs_argument(ctx, 1));
	return 0;
}
