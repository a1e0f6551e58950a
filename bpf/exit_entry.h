/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The list of processes that have ended lately (core/exits.bpf.h). User space reads it in place
 * while the programs write it.
 */
#pragma once

#include "event.h"

#define EV_EXITS 4096 /* entries; that of a process is at its pid modulo this */

/*
 * No barrier that 5.10 has for BPF programs orders the writer's stores for a reader on arm64. A
 * reader trusts an entry if its check fits, whatever it saw of it in which order.
 */
struct ev_exit_entry {
	struct ev_exit exit;
	__u64 check; /* ev_exit_check() of it: never that of an empty entry, which is all zero */
};

static inline __attribute__((always_inline)) __u64 ev_exit_check(const struct ev_exit *exit)
{
	__u64 words[sizeof(*exit) / 8], sum = 0x9e3779b97f4a7c15ull;

	__builtin_memcpy(words, exit, sizeof(words));
	/* The multiplier is odd: one word that differs is always seen. */
	for (unsigned int i = 0; i < sizeof(*exit) / 8; i++)
		sum = (sum ^ words[i]) * 0x9e3779b97f4a7c15ull;
	return sum;
}
