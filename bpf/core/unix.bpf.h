/* SPDX-License-Identifier: GPL-2.0-only */
/* A unix socket: its name or the name of its peer, and the state of the other end. */
#pragma once

#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/pid_here.bpf.h"

/* Copies the name of SK into OUT; false if it is unnamed. struct unix_address: len counts the
 * family. */
static __always_inline bool unix_name_capture(struct ev_unix *out, const struct sock *sk)
{
	const struct unix_sock *u = (const void *)sk;
	const struct unix_address *addr = BPF_CORE_READ(u, addr);
	u64 length;

	if (!addr)
		return false;
	length = (u32)BPF_CORE_READ(addr, len);
	if (length <= 2 || length - 2 > EV_UNIX_PATH_MAX)
		return false;
	length = bounded(length - 2, EV_UNIX_PATH_MAX);
	if (bpf_probe_read_kernel(out->path, length,
				  (const void *)addr +
					  bpf_core_field_offset(struct unix_address, name) + 2))
		return false;
	out->path_length = length;
	if (!out->path[0])
		out->flags |= EV_UNIX_ABSTRACT;
	return true;
}

static __always_inline void unix_peer_capture(struct ev_unix *out, const struct sock *peer)
{
	out->flags |= EV_UNIX_PEER_HAVE;
	if (BPF_CORE_READ(peer, __sk_common.skc_flags) & (1UL << SOCK_DEAD))
		out->flags |= EV_UNIX_PEER_DEAD;
	out->peer_shutdown = BPF_CORE_READ(peer, sk_shutdown);
	out->peer_state = BPF_CORE_READ(peer, __sk_common.skc_state);
	out->peer_queue_packets = BPF_CORE_READ(peer, sk_receive_queue.qlen);
	out->peer_inode = BPF_CORE_READ(peer, sk_socket, file, f_inode, i_ino);
}

static __always_inline void unix_capture(struct scratch *scratch, const struct sock *sk)
{
	struct ev_unix *out = &scratch->object.unix_;
	const struct unix_sock *u = (const void *)sk;
	/*
	 * unix_stream_sendmsg() holds a reference to the peer, so the peer exists even after it was
	 * closed.
	 */
	const struct sock *peer = BPF_CORE_READ(u, peer);
	const struct pid *pid = BPF_CORE_READ(sk, sk_peer_pid);

	if (peer)
		unix_peer_capture(out, peer);
	/* A client's end is unnamed; the server's end carries the listener's name. */
	if (!unix_name_capture(out, sk) && peer && unix_name_capture(out, peer))
		out->flags |= EV_UNIX_PATH_IS_PEER;
	scratch->numbers.number[EV_NUMBER_UNIX_PEER] = 0;
	if (!pid)
		return;
	out->peer_pid = BPF_CORE_READ(pid_number_at(pid, 0), nr);
	scratch->numbers.number[EV_NUMBER_UNIX_PEER] = pid_here(pid);
	if (!BPF_CORE_READ(pid, tasks[PIDTYPE_TGID].first))
		out->flags |= EV_UNIX_PEER_PID_GONE;
}
