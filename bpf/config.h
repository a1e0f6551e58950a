/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The configuration of the BPF programs, shared with user space. It is constant once they are
 * loaded, so that the verifier removes all code that it switches off.
 */
#pragma once

#include <linux/types.h>

#include "place_table.h"

#define CONFIG_COMM_LEN 16
#define CONFIG_COMMS_MAX 16

/* Which EPIPE without a signal to report. */
enum config_epipe {
	/*
	 * EPIPE that passes sk_stream_error(): TCP and related protocols, if the kernel allows the
	 * hook.
	 */
	EPIPE_STREAM = 0,
	EPIPE_ALL = 1, /* EPIPE of every socket: a hook after each send */
	EPIPE_NONE = 2,
};

/* Only hooks_choose() sets it: the hooks that it has found. */
struct config_hooks {
	__u8 stream_errors; /* sk_stream_error(): each signal of a stream socket passes it first */
	__u8 every_send;    /* EPIPE_ALL uses a hook that also sees TCP */
	__u8 every_call;    /* and this hook runs after every system call, not only after sends */
	__u8 exit_memory;   /* at sched_process_exit the memory of the process still exists */
	__u8 exit_ends;	    /* the exit of a process stands for the releases, which have no hook */
	__u8 collector;	    /* unix_gc(): it runs in threads of others */
	__u8 pad0[2];
};

/* Memory of a CPU for the hooks of a type. Those that all runs have come first. */
enum scratch_slot {
	SCRATCH_SIGNAL,
	SCRATCH_EXIT, /* core/ended.bpf.h: no record */
	SCRATCH_STREAM,
	SCRATCH_SEND,
	SCRATCH_SEND_UNIX,
	SCRATCH_SLOTS,
};

/* Only load_skeleton() sets it: facts of the machine and of this process. */
struct config_machine {
	__u64 window_jiffies; /* live_options.window_ns in ticks of the kernel */
	__u64 second_jiffies;
	__u64 buffer_reserve; /* bytes of the ring buffer that are kept for quiet owners */
	__u32 own_pid;	      /* sigpath itself, in its own PID namespace */
	__u32 page_shift;
	__u32 cpus;	     /* those with a lower number have memory for records */
	__u32 slots;	     /* enum scratch_slot: the lower ones exist */
	__u32 pid_namespace; /* 0: that is the host's */
	__u32 pad0;
};

/*
 * Names of processes and threads, each padded with zeros. Without EXCLUDED only these pass, with it
 * all others do.
 */
struct config_comms {
	__u32 count; /* 0: all pass */
	__u32 excluded;
	__u64 list[CONFIG_COMMS_MAX][CONFIG_COMM_LEN / sizeof(__u64)];
};

struct bpf_config {
	__u64 signals;	 /* bit N-1 for signal N */
	__u64 cgroup_id; /* this cgroup and those below it; 0: any */
	struct config_comms comms;
	__u32 tid;	  /* 0: any */
	__u32 uid;	  /* with have_uid */
	__u32 objects;	  /* bit enum ev_object_type; 0: all */
	__u32 outcomes;	  /* bit enum ev_outcome; 0: all */
	__u8 filter_pids; /* only the thread groups in the map wanted_pids */
	__u8 follow;	  /* and their children */
	__u8 have_uid;
	__u8 pad2;
	__u32 epipe;  /* enum config_epipe */
	__u8 history; /* watch connections and closes */
	__u8 kernel_stack;
	__u8 fatal;	   /* every signal that ends a process, too */
	__u8 exits;	   /* and exits with another status than 0 */
	__u32 stack_bytes; /* of user stack to copy: a multiple of 4096, 0: none */
	__u32 burst;	   /* incidents of a group in each window to report in full; 0: all */
	/* Incidents in full a second with burst; 0: no limit. */
	__u32 rate_each; /* of one owner */
	__u32 rate_all;
	__u32 rate_quiet; /* of these, the first ones of each owner are never refused */
	__u32 pad1;
	struct config_hooks hooks;
	struct config_machine machine;
};
