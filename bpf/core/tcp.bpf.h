/* SPDX-License-Identifier: GPL-2.0-only */
/* What a TCP socket stores about its connection. Most of the history needs no hook. */
#pragma once

#include "core/kernel_compat.bpf.h"

static __always_inline void tcp_capture(struct ev_tcp *out, const struct sock *sk)
{
	const struct tcp_sock *tp = (const void *)sk;
	const struct inet_connection_sock *icsk = (const void *)sk;
	const struct tcp_ulp_ops *ulp = BPF_CORE_READ(icsk, icsk_ulp_ops);

	out->bytes_sent = BPF_CORE_READ(tp, bytes_sent);
	out->bytes_acked = BPF_CORE_READ(tp, bytes_acked);
	out->bytes_received = BPF_CORE_READ(tp, bytes_received);
	out->bytes_retrans = BPF_CORE_READ(tp, bytes_retrans);
	out->mstamp_us = BPF_CORE_READ(tp, tcp_mstamp);
	out->jiffies_now = bpf_jiffies64();
	out->write_seq = BPF_CORE_READ(tp, write_seq);
	out->snd_una = BPF_CORE_READ(tp, snd_una);
	out->snd_nxt = BPF_CORE_READ(tp, snd_nxt);
	out->rcv_nxt = BPF_CORE_READ(tp, rcv_nxt);
	out->lsndtime = BPF_CORE_READ(tp, lsndtime);
	out->rcv_tstamp = BPF_CORE_READ(tp, rcv_tstamp);
	out->lrcvtime = BPF_CORE_READ(icsk, icsk_ack.lrcvtime);
	out->total_retrans = BPF_CORE_READ(tp, total_retrans);
	out->user_timeout_ms = BPF_CORE_READ(icsk, icsk_user_timeout);
	out->snd_wnd = BPF_CORE_READ(tp, snd_wnd);
	out->retransmits = BPF_CORE_READ(icsk, icsk_retransmits);
	out->probes_out = BPF_CORE_READ(icsk, icsk_probes_out);
	out->backoff = BPF_CORE_READ(icsk, icsk_backoff);
	out->repair = BPF_CORE_READ_BITFIELD_PROBED(tp, repair);
	out->is_mptcp_subflow = tcp_is_mptcp_subflow(tp);
	if (ulp)
		bpf_core_read_str(out->ulp, sizeof(out->ulp), &ulp->name);
}
