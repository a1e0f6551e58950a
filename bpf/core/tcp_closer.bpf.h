/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who ended a TCP connection at an end on this host. Stored by the addresses of both ends, and
 * proven by their sequence numbers: the same addresses and ports are used again within
 * milliseconds, and any user can make a network namespace that has them too. Nobody without
 * privileges can read the sequence numbers of a connection that is not theirs.
 */
#pragma once

#include <bpf/bpf_endian.h>

#include "core/closer.bpf.h"

#define MAPPED_PREFIX 0xffff0000u /* 00 00 ff ff, read as little-endian */

static __always_inline void address_map(u64 *address, u32 ipv4)
{
	address[0] = 0;
	address[1] = (u64)ipv4 << 32 | MAPPED_PREFIX;
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
	ends->net_ns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
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

/* The other end of OBJECT, as a hook would have stored it. It may be in any namespace. */
static __always_inline void tcp_ends_mirror(struct tcp_ends *ends, const struct ev_object *object)
{
	address_copy(ends->local_address, object->peer_address, object->family);
	address_copy(ends->peer_address, object->local_address, object->family);
	ends->local_port = object->peer_port;
	ends->peer_port = object->local_port;
	ends->net_ns = 0;
}

static __always_inline struct tcp_closer_set *tcp_closer_set_of(const struct tcp_ends *ends)
{
	const u64 golden_ratio = 0x61c8864680b583ebull; /* include/linux/hash.h */
	u64 mix = ends->local_address[0] ^ ends->local_address[1] * 3 ^ ends->peer_address[0] * 5 ^
		  ends->peer_address[1] * 7 ^
		  ((u64)ends->local_port << 32 | (u64)ends->peer_port << 16);
	u32 index = mix * golden_ratio >> 32 & (TCP_CLOSER_SETS - 1);

	return bpf_map_lookup_elem(&tcp_closers, &index);
}

static __always_inline bool tcp_addresses_equal(const struct tcp_ends *a, const struct tcp_ends *b)
{
	return a->local_port == b->local_port && a->peer_port == b->peer_port &&
	       a->local_address[0] == b->local_address[0] &&
	       a->local_address[1] == b->local_address[1] &&
	       a->peer_address[0] == b->peer_address[0] && a->peer_address[1] == b->peer_address[1];
}

static __always_inline u64 tcp_closer_time(const struct tcp_closer *closer)
{
	return closer->close.seen.time_ns ?: closer->shutdown.seen.time_ns;
}

/* The oldest entry of its set. */
static __always_inline struct tcp_closer *tcp_closer_oldest(struct tcp_closer_set *set)
{
	struct tcp_closer *oldest = &set->way[0];

	for (u32 i = 1; i < TCP_CLOSER_WAYS; i++)
		if (tcp_closer_time(&set->way[i]) < tcp_closer_time(oldest))
			oldest = &set->way[i];
	return oldest;
}

/* The entry of a connection whose FIN was sent by a shutdown before; WRITE_SEQ counts the FIN. */
static __always_inline struct tcp_closer *
tcp_closer_shut_down(struct tcp_closer_set *set, const struct tcp_ends *ends, u32 write_seq)
{
	for (u32 i = 0; i < TCP_CLOSER_WAYS; i++) {
		struct tcp_closer *way = &set->way[i];

		if (way->ends.net_ns == ends->net_ns && tcp_addresses_equal(&way->ends, ends) &&
		    way->has_fin && way->shutdown.seen.time_ns && !way->close.seen.time_ns &&
		    way->write_seq + 1 == write_seq)
			return way;
	}
	return NULL;
}

/* The current thread ends the connection at SK. HAS_FIN: by a FIN that is not sent yet. */
static __always_inline void tcp_closer_note(const struct sock *sk, const struct closer *closer,
					    bool has_fin, bool after_fin)
{
	const struct tcp_sock *tp = (const void *)sk;
	u32 write_seq = BPF_CORE_READ(tp, write_seq);
	struct tcp_closer *way = NULL;
	struct tcp_closer_set *set;
	struct tcp_ends ends;

	tcp_ends_of(&ends, sk);
	set = tcp_closer_set_of(&ends);
	if (!set)
		return;
	if (after_fin)
		way = tcp_closer_shut_down(set, &ends, write_seq);
	if (!way) {
		way = tcp_closer_oldest(set);
		way->ends = ends;
		way->has_fin = has_fin || after_fin;
		way->write_seq = write_seq - after_fin;
		way->shutdown.seen.time_ns = 0;
		way->close.seen.time_ns = 0;
	}
	way->snd_una = BPF_CORE_READ(tp, snd_una);
	way->rcv_nxt = BPF_CORE_READ(tp, rcv_nxt);
	if (closer->seen.flags & EV_CLOSER_SHUTDOWN)
		way->shutdown = *closer;
	else
		way->close = *closer;
}

/* A is not after B, in a space that wraps. */
static __always_inline bool seq_in_order(u32 a, u32 b)
{
	return (s32)(b - a) >= 0;
}

/* A RST without a FIN follows at once. Longer only if the network is slow. */
#define RESET_DELAY_MAX_NS 1000000000ull

/*
 * Did WAY end the connection of OBJECT? If its FIN came, it is the number before rcv_nxt. Without a
 * FIN (a RST) rcv_nxt lies in what WAY had sent. In the other direction WAY had received nothing
 * that OBJECT has not sent, and no less than OBJECT knows to be received.
 */
static __always_inline bool tcp_closer_proven(const struct tcp_closer *way,
					      const struct ev_history *history,
					      const struct ev_object *object)
{
	const struct ev_tcp *tcp = &object->tcp;
	u64 time_ns = tcp_closer_time(way);

	if (!seq_in_order(way->rcv_nxt, tcp->snd_nxt))
		return false;
	/*
	 * WAY is established first, and may end the connection before OBJECT has the last ACK of
	 * the handshake. Then it has received nothing from OBJECT, and never will.
	 */
	if (time_ns < history->connected_ns && way->rcv_nxt != tcp->snd_una)
		return false;
	if (object->socket_flags & EV_SOCKET_DONE)
		return way->has_fin && way->write_seq + 1 == tcp->rcv_nxt;
	if (history->reset_received_ns &&
	    (history->reset_received_ns < time_ns ||
	     history->reset_received_ns - time_ns > RESET_DELAY_MAX_NS))
		return false;
	return seq_in_order(way->snd_una, tcp->rcv_nxt) &&
	       seq_in_order(tcp->rcv_nxt, way->write_seq) &&
	       seq_in_order(tcp->snd_una, way->rcv_nxt);
}

static __always_inline void tcp_closer_recall(struct scratch *scratch)
{
	struct ev_history *out = &scratch->evidence;
	struct tcp_closer_set *set;
	struct tcp_ends ends;

	tcp_ends_mirror(&ends, &scratch->object);
	set = tcp_closer_set_of(&ends);
	if (!set)
		return;
	for (u32 i = 0; i < TCP_CLOSER_WAYS; i++) {
		const struct tcp_closer *way = &set->way[i];

		if (!tcp_addresses_equal(&way->ends, &ends) ||
		    !tcp_closer_proven(way, out, &scratch->object))
			continue;
		if (way->close.seen.time_ns)
			closer_recall(scratch, &out->peer, EV_NUMBER_PEER, &way->close);
		if (way->shutdown.seen.time_ns)
			closer_recall(scratch, &out->peer_shutdown, EV_NUMBER_PEER_SHUTDOWN,
				      &way->shutdown);
	}
}
