/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A part of event.h, and included by it alone: how a process died of a signal. */
#pragma once

#include "event_fault.h"
#include "event_kill.h"
#include "event_sender.h"

/*
 * The function of the kernel that decided to send a signal, found by its address on the kernel
 * stack. kernel_place.bpf.h compares, user/source/places.c knows the addresses.
 */
enum ev_place {
	EV_PLACE_UNKNOWN = 0,	    /* none of these, or the addresses are hidden */
	EV_PLACE_OOM = 1,	    /* __oom_kill_process */
	EV_PLACE_NAMESPACE = 2,	    /* zap_pid_ns_processes */
	EV_PLACE_CGROUP_KILL = 3,   /* __cgroup_kill */
	EV_PLACE_CPU_TIMER = 4,	    /* run_posix_cpu_timers: RLIMIT_CPU, RLIMIT_RTTIME, timers */
	EV_PLACE_TERMINAL = 5,	    /* a terminal: ^C, hang-up */
	EV_PLACE_TIMER = 6,	    /* it_real_fn, posix timers */
	EV_PLACE_FD = 7,	    /* send_sigio: F_SETOWN */
	EV_PLACE_EXEC = 8,	    /* execve failed after the old program was gone */
	EV_PLACE_PTRACE = 9,	    /* exit_ptrace: PTRACE_O_EXITKILL */
	EV_PLACE_SECCOMP = 10,	    /* __seccomp_filter */
	EV_PLACE_PARENT_DIED = 11,  /* forget_original_parent: PR_SET_PDEATHSIG */
	EV_PLACE_RSEQ = 12,	    /* rseq: its memory is wrong */
	EV_PLACE_SIGNAL_FRAME = 13, /* no room for the frame of a handler */
	EV_PLACE_MEMORY_ERROR = 14, /* memory_failure: hardware */
	EV_PLACES,
};

/* At which moment the record of a death was made. */
enum ev_stage {
	EV_STAGE_GENERATED = 1,
	EV_STAGE_DELIVERED = 2,
	EV_STAGE_EXITED = 3,
	EV_STAGE_PENDING = 4, /* generated; not delivered for a second. User space makes it */
};

/* Why nothing is known about the generation of the signal that ended it. */
enum ev_ungenerated {
	EV_GENERATION_KNOWN = 0,
	EV_GENERATION_UNSEEN = 1,  /* the kernel generated none, or before sigpath was ready */
	EV_GENERATION_NO_ROOM = 2, /* its owner had too many processes dying at a time */
	EV_GENERATION_OTHER = 3,   /* another signal was generated than the one that ended it */
};

struct ev_death {
	__u64 generated_ns; /* CLOCK_MONOTONIC; 0: not seen */
	__u64 delivered_ns;
	__u64 exited_ns;   /* with EV_STAGE_PENDING: until then it had not died */
	__s32 status;	   /* wait status with EV_STAGE_EXITED, else 0 */
	__u8 stage;	   /* enum ev_stage */
	__u8 ungenerated;  /* enum ev_ungenerated */
	__u8 thread_alone; /* only this thread ended, the process lives */
	__u8 pad0;
};

/* What decides whether a core is written. */
struct ev_core {
	__u64 limit;	/* RLIMIT_CORE, soft, bytes; ~0: none */
	__u32 dumpable; /* 0 no, 1 yes, 2 as root only (suidsafe) */
	__u32 flags;	/* EV_CORE_* */
};

#define EV_CORE_WRITTEN 1u /* the exit status has the bit: one was written */
#define EV_CORE_EXITED 2u  /* the exit status is known */
