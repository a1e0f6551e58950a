/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Processes that a signal is about to end, from its generation to their end (core/death.bpf.h).
 * User space maps this memory and reads it while the programs write it.
 */
#pragma once

#include "event.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

#define EV_DEATHS 4096	    /* processes that die at the same time */
#define EV_DEATHS_EACH 1024 /* of one owner */

enum ev_death_state {
	EV_DEATH_FREE = 0,
	EV_DEATH_PREDICTED = 1, /* the kernel decides at the delivery, and nothing can stop it */
	EV_DEATH_DECIDED = 2,	/* the process is marked to exit */
};

/*
 * Who has reported the death: the low byte of `claims`. The programs add 1, user space sets
 * EV_DEATH_SWEPT where it is 0. So one of them finds that it was the first. The rest of `claims`
 * distinguishes uses of a place.
 */
#define EV_DEATH_CLAIMS 0xffull
#define EV_DEATH_SWEPT 0x80ull

/* Most bytes of the one block that says why the kernel sent the signal. */
#define EV_REASON_MAX 256

struct ev_death_entry {
	__u32 state; /* enum ev_death_state */
	__u32 share; /* index of its owner's share */
	__u64 claims;
	__u64 start_boot_ns; /* of the process */
	__u64 generated_ns;  /* CLOCK_MONOTONIC; 0: the generation was not seen */
	__u32 pid;	     /* of the process */
	__s32 code; /* of the siginfo: with number and pid it tells one signal from another */
	__s32 from; /* likewise: the sender as the siginfo has it */
	__u8 subject;
	__u8 reason;	   /* enum ev_block of `reason_bytes`; 0: none */
	__u16 reason_size; /* bytes */
	__u32 kernel_size; /* bytes of `kernel_stack` */
	__u32 pid_here;
	__u32 has_sender;
	__u32 pad0;
	struct ev_signal signal;
	struct ev_sender sender; /* with has_sender */
	struct ev_process process;
	struct ev_numbers numbers;
	__u8 reason_bytes[EV_REASON_MAX];
	__u64 kernel_stack[EV_KERNEL_FRAMES];
};

#pragma GCC diagnostic pop
