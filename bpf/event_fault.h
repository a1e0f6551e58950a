/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A part of event.h, and included by event_death.h alone: faults of an instruction. */
#pragma once

enum ev_access {
	EV_ACCESS_UNKNOWN = 0,
	EV_ACCESS_READ = 1,
	EV_ACCESS_WRITE = 2,
	EV_ACCESS_EXECUTE = 3,
};

/* A mapping of the process. start 0 and end 0: there is none. */
struct ev_mapping {
	__u64 start;
	__u64 end;
	__u64 offset; /* of start in the file, bytes */
	__u64 inode;  /* 0: anonymous memory */
	__u64 dev;
	__u64 flags;	 /* vm_flags */
	__u64 file_size; /* bytes */
	__u32 fs;	 /* s_magic of its file system */
	__u32 pad0;
};

#define EV_FAULT_HAVE_ADDRESS 1u /* address is what the instruction accessed */
#define EV_FAULT_HAVE_MAPPINGS 2u
#define EV_FAULT_HAVE_TRAP 4u	/* trap and error_code are of this fault */
#define EV_FAULT_MAIN_THREAD 8u /* its stack is the stack of the process */
#define EV_FAULT_HAVE_BLOCKS 16u

struct ev_fault {
	__u64 address;
	__u64 error_code; /* x86: of the exception; arm64: ESR */
	__u32 trap;	  /* x86: number of the exception; riscv64: cause */
	__u32 flags;	  /* EV_FAULT_* */
	__u8 access;	  /* enum ev_access */
	__u8 pad0[7];
	__u64 stack_limit; /* RLIMIT_STACK, soft; ~0: none */
	__u64 stack_start; /* of the main thread: mm->start_stack */
	__u64 stack_gap;   /* stack_guard_gap, bytes: the kernel's default */
	struct ev_mapping at, below, above;
	/* Of the tmpfs that holds the mapped file. Pages; limit 0: none. */
	__u64 blocks_limit;
	__u64 blocks_used; /* without what the CPUs have not yet added */
};
