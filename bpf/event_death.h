/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A part of event.h, and included by it alone: how a process died of a signal. */
#pragma once

#include "event_fault.h"
#include "event_kill.h"
#include "event_sender.h"

/*
 * The function of the kernel that decided to send a signal, found by its address on the kernel
 * stack. core/place.bpf.h compares, user/source/places.c knows the addresses.
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
	EV_PLACE_BPF = 15,	    /* a BPF program: bpf_send_signal() */
	EV_PLACE_SYSRQ = 16,	    /* the keys of the system console, or sysrq-trigger */
	EV_PLACE_PTRACE_KILL = 17,  /* ptrace(PTRACE_KILL) */
	EV_PLACE_CGROUP_FORK = 18,  /* cgroup.kill was written while it was forked */
	EV_PLACE_ORPHANED = 19,	    /* kill_orphaned_pgrp: its stopped process group */
	EV_PLACE_SIGRETURN = 20,    /* rt_sigreturn(): the frame on the stack is wrong */
	EV_PLACES,
};

/* Whether the kernel stack was compared with the places. */
enum ev_placed {
	EV_PLACED_NOT = 0,
	EV_PLACED_COMPARED = 1, /* EV_PLACE_UNKNOWN: it was none of them */
	EV_PLACED_HIDDEN = 2,	/* the addresses in /proc/kallsyms are hidden, or it has none */
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

#define EV_CORE_PATTERN_MAX 128 /* CORENAME_MAX_SIZE of the kernel, with its NUL */

/* The program of a pattern "|program". */
enum ev_core_program {
	EV_CORE_PROGRAM_UNKNOWN = 0, /* there is none, or sigpath cannot look at it */
	EV_CORE_PROGRAM_RUNS = 1,    /* a file that can be executed */
	EV_CORE_PROGRAM_ABSENT = 2,
	EV_CORE_PROGRAM_NOT_EXECUTABLE = 3,
};

/* mm_get_dumpable() */
#define EV_DUMPABLE_NO 0
#define EV_DUMPABLE_YES 1
#define EV_DUMPABLE_ROOT 2 /* fs.suid_dumpable 2: only into a program, or to a path from the root */

/* What decides whether a core is written. The kernel side has the first three. */
struct ev_core {
	__u64 limit;	/* RLIMIT_CORE, soft, bytes; ~0: none */
	__u32 dumpable; /* EV_DUMPABLE_* */
	__u32 flags;	/* EV_CORE_* */
	/* Added by user space. */
	__s32 status;  /* wait status, with EV_CORE_EXITED */
	__u8 program;  /* enum ev_core_program */
	__u8 uses_pid; /* kernel.core_uses_pid */
	__u8 pad0[2];
	__u64 end_ns;			   /* CLOCK_MONOTONIC, with EV_CORE_EXITED */
	char pattern[EV_CORE_PATTERN_MAX]; /* kernel.core_pattern, with EV_CORE_PATTERN */
};

#define EV_CORE_EXITED 1u  /* the process has ended: status and end_ns are valid */
#define EV_CORE_WRITING 2u /* the kernel was writing the core when sigpath looked */
#define EV_CORE_PATTERN 4u /* pattern and uses_pid are valid */

/* Why nothing is known about the end of a process whose core was expected. */
enum ev_core_given_up {
	EV_CORE_SEEN = 0,	 /* it is known: `status` is valid */
	EV_CORE_RUN_ENDED = 1,	 /* sigpath ended before */
	EV_CORE_TOO_MANY = 2,	 /* too many others were waited for */
	EV_CORE_TOO_LONG = 3,	 /* it still ran when the wait was over */
	EV_CORE_UNSEEN = 4,	 /* it is gone, and no hook saw its end */
	EV_CORE_OVERWRITTEN = 5, /* as EV_END_OVERWRITTEN */
	EV_CORE_GIVEN_UP_LAST = EV_CORE_OVERWRITTEN,
};

/*
 * What became of a core that was expected when its incident was told. Its time is that of the end
 * of the process, or when the wait for it ended.
 */
struct ev_core_end {
	struct ev_header header;
	/* Its incident: the number in the run that wrote the capture, and its own header.time_ns. */
	__u64 number;
	__u64 incident_ns;
	__u64 start_boot_ns; /* of the process */
	__u32 pid;
	__u32 pid_here; /* as in ev_exit */
	__u32 signal;
	__u32 uid;
	__s32 status;	/* wait status, with EV_CORE_SEEN */
	__u32 given_up; /* enum ev_core_given_up */
	char comm[EV_COMM_LEN];
};
