/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The list of processes that have exited recently (core/exits.bpf.h). User space reads it in place
 * while the programs write it.
 */
#pragma once

#include "event.h"

#define EV_EXITS 4096 /* number of entries; the entry of a process is at its PID modulo this */

/*
 * 5.10 has no barrier for BPF programs that orders the writer's stores for a reader on arm64. So a
 * reader uses an entry only if its check is right, in whatever order it saw the stores.
 */
struct ev_exit_entry {
	struct ev_exit exit;
	__u64 check; /* ev_exit_check() of the entry; never that of an empty entry, which is all
			zero */
};

#define EV_ENDED 1024 /* number of entries; the entry of a process is at its PID modulo this */

/* More about a process that has exited. The list above has its end and its status. */
struct ev_ended_entry {
	struct ev_peer peer;
	__u64 check; /* as above */
};

#define EV_CHECK_START 0x9e3779b97f4a7c15ull

/* The multiplier is odd, so a difference in one word always changes the sum. */
#define EV_CHECK_STEP(sum, word) (((sum) ^ (word)) * 0x9e3779b97f4a7c15ull)

static inline __attribute__((always_inline)) __u64 ev_exit_check(const struct ev_exit *exit)
{
	__u64 words[sizeof(*exit) / 8], sum = EV_CHECK_START;

	__builtin_memcpy(words, exit, sizeof(words));
	for (unsigned int i = 0; i < sizeof(*exit) / 8; i++)
		sum = EV_CHECK_STEP(sum, words[i]);
	return sum;
}

static inline __attribute__((always_inline)) __u64 ev_ended_check(const struct ev_peer *peer)
{
	const __u64 *words = (const void *)peer;
	__u64 sum = EV_CHECK_START;

	for (unsigned int i = 0; i < sizeof(*peer) / 8; i++)
		sum = EV_CHECK_STEP(sum, words[i]);
	return sum;
}
