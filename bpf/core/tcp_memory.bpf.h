/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stores and finds the history of TCP connections. Two CPUs that make an entry in the same set at
 * the same time may mix the two. So an entry is valid only for its own socket and peer port.
 */
#pragma once

#include "core/closer.bpf.h"

/*
 * HASH: sk_hash. The kernel computes it from both ends when it adds a connection to its table
 * (inet_ehash_insert()), and does not change it.
 */
static __always_inline struct tcp_history_set *tcp_history_set_of(u32 hash)
{
	u32 index = hash & (TCP_SETS - 1);

	return bpf_map_lookup_elem(&tcp_histories, &index);
}

static __always_inline struct tcp_history *tcp_history_in(struct tcp_history_set *set,
							  const void *sk)
{
	if (set->way[0].sk == (u64)sk)
		return &set->way[0];
	if (set->way[1].sk == (u64)sk)
		return &set->way[1];
	return NULL;
}

/* A field of the second line is valid only with its time. */
static __always_inline void tcp_history_begin(struct tcp_history *history, const struct sock *sk,
					      u64 now_ns)
{
	history->sk = (u64)sk;
	history->since_ns = now_ns;
	history->fin_received_ns = 0;
	history->reset_received_ns = 0;
	history->closed_ns = 0;
	history->error_ns = 0;
	history->error = 0;
	history->reset_state = 0;
	history->peer_port = sk->__sk_common.skc_dport;
	history->is_connected = false;
	history->local.seen.time_ns = 0;
}

/*
 * The entry of SK; makes one if there is none. IS_NEW: its old content belongs to an earlier
 * connection.
 */
static __always_inline struct tcp_history *tcp_history_of(const struct sock *sk, bool is_new,
							  u64 now_ns)
{
	struct tcp_history_set *set = tcp_history_set_of(sk->__sk_common.skc_hash);
	struct tcp_history *history;

	if (!set)
		return NULL;
	history = tcp_history_in(set, sk);
	if (history && !is_new && history->peer_port == sk->__sk_common.skc_dport)
		return history;
	if (!history)
		history = set->way[0].since_ns <= set->way[1].since_ns ? &set->way[0]
								       : &set->way[1];
	tcp_history_begin(history, sk, now_ns);
	return history;
}
