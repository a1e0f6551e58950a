/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hooks of history.bpf.c have stored about an object, for its incident. Empty if the
 * kernel lacks these hooks.
 */
#pragma once

#include "core/emit.bpf.h"
#include "core/holders.bpf.h"
#include "core/object_memory.bpf.h"
#include "core/tcp_closer.bpf.h"
#include "core/tcp_memory.bpf.h"

/*
 * When the hooks were attached; they saw nothing before. User space sets it. 0: they are not
 * attached.
 */
__u64 history_since_ns __weak = 0;

static __always_inline void tcp_history_recall(struct scratch *scratch)
{
	const struct ev_object *object = &scratch->object;
	struct ev_history *out = &scratch->evidence;
	const struct sock *sk = (const void *)object->sk;
	struct tcp_history_set *set = tcp_history_set_of(BPF_CORE_READ(sk, __sk_common.skc_hash));
	struct tcp_history *history;

	if (!set)
		return;
	history = tcp_history_in(set, sk);
	if (history && bpf_ntohs(history->peer_port) == object->peer_port) {
		if (history->is_connected)
			out->connected_ns = history->since_ns;
		out->fin_received_ns = history->fin_received_ns;
		out->fin_snd_una = history->fin_snd_una;
		out->fin_snd_nxt = history->fin_snd_nxt;
		out->reset_received_ns = history->reset_received_ns;
		out->closed_ns = history->closed_ns;
		out->error_ns = history->error_ns;
		out->error = history->error;
		out->reset_state = history->reset_state;
		if (history->local.seen.time_ns)
			closer_recall(scratch, &out->local, EV_NUMBER_LOCAL, &history->local);
	}
	tcp_closer_recall(scratch);
}

/* INODE: of the object, if it is a pipe. */
static __always_inline void history_recall(struct scratch *scratch, const struct inode *inode)
{
	const struct ev_object *object = &scratch->object;
	struct ev_history *out = &scratch->evidence;

	if (!history_since_ns)
		return;
	block_have(scratch, EV_BLOCK_EVIDENCE, evidence);
	__builtin_memset(out, 0, sizeof(*out));
	out->watched_since_ns = history_since_ns;
	out->watched = (releases_are_watched ? EV_WATCHED_RELEASES : 0) |
		       (shutdowns_are_watched ? EV_WATCHED_SHUTDOWNS : 0);
	switch (object->type) {
	case EV_OBJECT_PIPE:
		holders_recall(out, object->inode);
		pipe_recall(scratch, inode);
		break;
	case EV_OBJECT_FIFO:
		pipe_recall(scratch, inode);
		break;
	case EV_OBJECT_UNIX:
		unix_recall(scratch);
		break;
	case EV_OBJECT_TCP:
		tcp_history_recall(scratch);
		break;
	}
}
