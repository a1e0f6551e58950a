/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stores and finds the history of TCP connections. Two CPUs that make an entry in the same set at
 * the same time may mix the two. So an entry is valid only for its own socket and peer port.
 */
#pragma once

#include <bpf/bpf_endian.h>

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
	history->local.time_ns = 0;
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

#define MAPPED_PREFIX 0xffff0000u /* 00 00 ff ff, read as little-endian */

static __always_inline void address_map(u64 *address, u32 ipv4)
{
	address[0] = 0;
	address[1] = (u64)ipv4 << 32 | MAPPED_PREFIX;
}

/* 127.0.0.0/8, ::1 */
static __always_inline bool address_is_loopback(const u64 *address)
{
	if (address[0])
		return false;
	return address[1] == 1ull << 56 ||
	       ((u32)address[1] == MAPPED_PREFIX && (address[1] >> 32 & 0xff) == 127);
}

/*
 * The end that is closed here. A closed socket has released its number (inet_put_port()), but still
 * has its port.
 */
static __always_inline void tcp_ends_of(struct tcp_ends *ends, const struct sock *sk)
{
	const struct inet_sock *inet = (const void *)sk;
	u16 local_port = sk->__sk_common.skc_num;

	ends->local_port = local_port ?: bpf_ntohs(BPF_CORE_READ(inet, inet_sport));
	ends->peer_port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (sk->__sk_common.skc_family == AF_INET) {
		address_map(ends->local_address, sk->__sk_common.skc_rcv_saddr);
		address_map(ends->peer_address, sk->__sk_common.skc_daddr);
	} else {
		bpf_core_read(ends->local_address, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(ends->peer_address, 16, &sk->__sk_common.skc_v6_daddr);
	}
	ends->net_ns = address_is_loopback(ends->local_address)
			       ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum)
			       : 0;
}

static __always_inline void address_copy(u64 *address, const u8 *from, u16 family)
{
	u32 ipv4;

	if (family == AF_INET) {
		__builtin_memcpy(&ipv4, from, sizeof(ipv4));
		address_map(address, ipv4);
	} else {
		__builtin_memcpy(address, from, 16);
	}
}

/* The other end of OBJECT, as a hook would have stored it. */
static __always_inline void tcp_ends_mirror(struct tcp_ends *ends, const struct ev_object *object)
{
	address_copy(ends->local_address, object->peer_address, object->family);
	address_copy(ends->peer_address, object->local_address, object->family);
	ends->local_port = object->peer_port;
	ends->peer_port = object->local_port;
	ends->net_ns = address_is_loopback(ends->local_address) ? object->net_ns : 0;
}

static __always_inline struct tcp_closer_set *tcp_closer_set_of(const struct tcp_ends *ends)
{
	const u64 golden_ratio = 0x61c8864680b583ebull; /* include/linux/hash.h */
	u64 mix = ends->local_address[0] ^ ends->local_address[1] * 3 ^ ends->peer_address[0] * 5 ^
		  ends->peer_address[1] * 7 ^
		  ((u64)ends->local_port << 32 | (u64)ends->peer_port << 16) ^ ends->net_ns;
	u32 index = mix * golden_ratio >> 32 & (TCP_CLOSER_SETS - 1);

	return bpf_map_lookup_elem(&tcp_closers, &index);
}

static __always_inline bool tcp_ends_equal(const struct tcp_ends *a, const struct tcp_ends *b)
{
	return a->local_port == b->local_port && a->peer_port == b->peer_port &&
	       a->net_ns == b->net_ns && a->local_address[0] == b->local_address[0] &&
	       a->local_address[1] == b->local_address[1] &&
	       a->peer_address[0] == b->peer_address[0] && a->peer_address[1] == b->peer_address[1];
}

static __always_inline void tcp_closer_note(const struct tcp_ends *ends,
					    const struct ev_closer *closer)
{
	struct tcp_closer_set *set = tcp_closer_set_of(ends);
	struct tcp_closer *way;

	if (!set)
		return;
	if (tcp_ends_equal(&set->way[1].ends, ends) ||
	    (set->way[1].closer.time_ns < set->way[0].closer.time_ns &&
	     !tcp_ends_equal(&set->way[0].ends, ends)))
		way = &set->way[1];
	else
		way = &set->way[0];
	way->ends = *ends;
	way->closer = *closer;
}

static __always_inline void tcp_closer_recall(struct ev_closer *out, const struct tcp_ends *ends)
{
	struct tcp_closer_set *set = tcp_closer_set_of(ends);

	if (!set)
		return;
	if (tcp_ends_equal(&set->way[0].ends, ends))
		*out = set->way[0].closer;
	else if (tcp_ends_equal(&set->way[1].ends, ends))
		*out = set->way[1].closer;
}
