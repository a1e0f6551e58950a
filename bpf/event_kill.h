/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A part of event.h, and included by event_death.h alone: reasons of the kernel to kill a process. */
#pragma once

/* Which limit was reached. */
enum ev_limit_kind {
	EV_LIMIT_NONE = 0,
	EV_LIMIT_CPU = 1,    /* RLIMIT_CPU, seconds */
	EV_LIMIT_FSIZE = 2,  /* RLIMIT_FSIZE, bytes */
	EV_LIMIT_RTTIME = 3, /* RLIMIT_RTTIME, microseconds */
};

#define EV_LIMIT_HARD 1u      /* the hard limit was reached */
#define EV_LIMIT_HAVE_USED 2u /* used is set */
#define EV_LIMIT_HAVE_OFFSET 4u

struct ev_limit {
	__u64 soft; /* ~0: none */
	__u64 hard;
	__u64 used; /* CPU: nanoseconds of CPU time; RTTIME: microseconds; FSIZE: size of the file */
	__u64 offset; /* FSIZE: where the write began, or the size that a call asked for */
	__u32 flags;  /* EV_LIMIT_* */
	__u8 kind;    /* enum ev_limit_kind */
	__u8 pad0[3];
};

#define EV_MEMORY_HAVE_CGROUP 1u /* cgroup_limit and cgroup_usage are set */
#define EV_MEMORY_GROUP 2u	 /* memory.oom.group: all processes of the cgroup are killed */
#define EV_MEMORY_ALONG 4u	 /* killed with the chosen one, because of memory.oom.group */
#define EV_MEMORY_OF_CGROUP 8u	 /* a memory cgroup has reached its limit */
#define EV_MEMORY_OF_HOST 16u
#define EV_MEMORY_HAVE_SIZE 32u /* resident, swapped and tables are set */
#define EV_MEMORY_SHARES 64u	/* not chosen: it uses the memory of the chosen one */

/* The memory of a process that the kernel killed, and of its memory cgroup. Bytes; ~0: no limit. */
struct ev_memory {
	__u64 resident;
	__u64 swapped;
	__u64 tables;	 /* page tables */
	__u64 cgroup_id; /* its memory cgroup */
	/* Of limit_cgroup_id if that is known, else of cgroup_id. */
	__u64 cgroup_limit;
	__u64 cgroup_usage;
	__u64 limit_cgroup_id; /* cgroup_id or an ancestor, which is at its limit; 0: not known */
	__u32 flags;	       /* EV_MEMORY_* */
	__s32 score_adj;
	__u32 trigger_pid; /* who needed memory when the kernel chose a victim */
	__u32 trigger_uid;
	__u64 trigger_start_boot_ns;
	char trigger_comm[16];
	char limit_cgroup[64]; /* last component of its path */
	__u32 trigger_pid_here;
	/* Whom the kernel chose: this process or, if that was killed with it, another one. */
	__u32 chosen_pid; /* 0: not known */
	__u64 chosen_start_boot_ns;
	char chosen_comm[16];
	__u32 chosen_pid_here;
	__u32 pad0;
};

/* linux/seccomp.h: SECCOMP_RET_*. */
enum ev_seccomp_action {
	EV_SECCOMP_UNKNOWN = 0,
	EV_SECCOMP_TRAP = 1,
	EV_SECCOMP_KILL_THREAD = 2,
	EV_SECCOMP_KILL_PROCESS = 3,
	EV_SECCOMP_STRICT = 4, /* mode 1 */
	EV_SECCOMP_KILL = 5,   /* of the thread or of the process, which has one thread */
};

struct ev_seccomp {
	__u64 ip;
	__u32 number; /* of the system call; its arguments are in the block CALL */
	__u32 arch;   /* AUDIT_ARCH_* */
	__u32 filters;
	__u8 mode;   /* 1 strict, 2 filter */
	__u8 action; /* enum ev_seccomp_action */
	__u8 abi;    /* enum ev_abi */
	__u8 pad0;
};

/* The init of a PID namespace whose end ended the process. */
struct ev_namespace {
	__u64 start_boot_ns;
	__u32 pid;
	__u32 pid_here;
	__s32 status; /* wait status so far */
	__u32 inode;  /* of the namespace */
	char comm[16];
};
