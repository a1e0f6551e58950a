/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hooks on sockets store for the signal: the socket that fails now, and the error that a
 * socket returned earlier. Both are empty if the kernel lacks these hooks.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"

static __always_inline void failing_socket_set(const struct sock *sk)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 address = (u64)sk;

	bpf_map_update_elem(&failing_sockets, &tid, &address, BPF_ANY);
}

/* Set only if the signal will certainly follow, so that each entry belongs to one signal. */
static __always_inline const struct sock *failing_socket_take(void)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 *entry = bpf_map_lookup_elem(&failing_sockets, &tid);
	u64 address;

	if (!entry)
		return NULL;
	address = *entry;
	bpf_map_delete_elem(&failing_sockets, &tid);
	return (const struct sock *)address;
}

static __always_inline void socket_error_note(const struct sock *sk, u32 error)
{
	const struct inet_sock *inet = (const void *)sk;
	struct socket_error note = {
		.time_ns = bpf_ktime_get_ns(),
		.error = error,
		.local_port = bpf_ntohs(BPF_CORE_READ(inet, inet_sport)),
		.peer_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)),
	};
	u64 key = (u64)sk;

	bpf_map_update_elem(&socket_errors, &key, &note, BPF_ANY);
}

static __always_inline void socket_error_recall(struct ev_object *object)
{
	struct socket_error *note;
	u64 key = object->sk;

	if (!key)
		return;
	note = bpf_map_lookup_elem(&socket_errors, &key);
	if (!note || note->local_port != object->local_port || note->peer_port != object->peer_port)
		return;
	object->earlier_error = note->error;
	object->earlier_error_ns = note->time_ns;
}

/* Distinguishes the current call of the current thread from most of its later calls. */
static __always_inline u64 call_identity(void)
{
	const struct pt_regs *regs = current_user_regs();

	return (u64)regs_call_number(regs) << 32 | (u32)REGS_READ(regs, REG_FIRST);
}

/*
 * With --epipe all: the current call has made its incident, and the hook after it must not make
 * another.
 */
static __always_inline void reported_mark(u16 mode)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 identity;

	if (config.epipe != EPIPE_ALL ||
	    (mode && (mode & S_IFMT) != S_IFSOCK && !config.hooks.every_call))
		return;
	identity = call_identity();
	bpf_map_update_elem(&reported_threads, &tid, &identity, BPF_ANY);
}

/*
 * A partial write to a pipe raises the signal but does not return EPIPE. Its mark may stay until a
 * later call. It belongs to another call then and does not count.
 */
static __always_inline bool reported_take(void)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 *identity = bpf_map_lookup_elem(&reported_threads, &tid);

	if (!identity || *identity != call_identity())
		return false;
	bpf_map_delete_elem(&reported_threads, &tid);
	return true;
}
