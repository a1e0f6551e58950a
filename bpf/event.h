/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The record: the BPF side sends it, and the capture file stores it. This is its only definition.
 *
 * The record of an incident is a header and a table of spans (offset and length), one for each
 * block. A reader takes the blocks that it knows. If a block is longer than the reader knows, it
 * ignores the rest; if it is shorter, the missing fields are zero. So a new field goes to the end
 * of its block, a new block to the end of the table, and every capture stays readable. Enum values
 * are explicit and append-only; the value of a removed name is not used again. Everything that came
 * from a traced process (names, paths, memory) is hostile.
 */
#pragma once

#include <linux/types.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

#define EV_VERSION 2 /* 1 was never released */

enum ev_kind {
	EV_KIND_INCIDENT = 1, /* struct ev_incident */
	EV_KIND_REPEAT = 3,   /* struct ev_repeat: written by user space */
	EV_KIND_LOST = 2,     /* struct ev_lost: written by user space into capture files */
	EV_KIND_CLOCK = 4,    /* struct ev_clock: written by user space into capture files */
	EV_KIND_END = 5,      /* struct ev_core_end: written by user space into capture files */
};

struct ev_header {
	__u16 kind;    /* enum ev_kind */
	__u16 version; /* EV_VERSION of the writer */
	__u32 size; /* of the whole record in bytes, this header and the variable bytes included */
	__u32 cpu;
	__u32 pad0;
	__u64 time_ns; /* CLOCK_MONOTONIC */
};

/* Variable bytes of a record. Offsets count from the record's first byte. */
struct ev_span {
	__u32 offset;
	__u32 length;
	__u32 flags; /* EV_SPAN_* */
	/*
	 * Of a list: the bytes of the structure at the start of each item. 0: as the first version
	 * wrote it (EV_MODULE_FIRST_SIZE).
	 */
	__u32 stride;
};

#define EV_SPAN_TRUNCATED 1u /* there was more than the record holds */
#define EV_SPAN_UNREAD 2u    /* the kernel could not read it: the page was not resident, or no mm */
#define EV_SPAN_REDACTED 4u  /* user space hid values in it (--redact), or all of it: length 0 */

/*
 * Path spans (exe, root, cgroup, object path of files and FIFOs) hold the components from the leaf
 * to the root, each with its NUL. The kernel's tree is walked in this order.
 */
#define EV_COMM_LEN 16
#define EV_CGROUP_LEN 64
#define EV_INTERFACE_LEN 16 /* IFNAMSIZ */
#define EV_NAME_MAX 256	    /* one path component with its NUL: NAME_MAX + 1 */
#define EV_PATH_DEPTH 32    /* most components stored of one path */
#define EV_PATH_MAX 2048    /* most bytes stored of one path */
#define EV_CMDLINE_MAX 4096 /* most bytes stored of a command line */
#define EV_UNIX_PATH_MAX 108
#define EV_STACK_MAX 32768   /* most bytes stored of a user stack */
#define EV_KERNEL_FRAMES 32  /* most addresses stored of a kernel stack */
#define EV_MODULES_MAX 512   /* most executable mappings stored of a process */
#define EV_BLOB_MAX 57344    /* most variable bytes of one record */
#define EV_RECORD_MAX 131072 /* no record of any kind is larger */

#include "event_death.h"
#include "event_frames.h"
#include "event_history.h"
#include "event_names.h"
#include "event_object.h"

/* What the signal did. The order of the tests is in core/disposition.bpf.h. */
enum ev_outcome {
	EV_OUTCOME_KILLED = 1,	/* default action: the whole process is already marked to exit */
	EV_OUTCOME_IGNORED = 2, /* SIG_IGN: the call fails with EPIPE or returns a short count. Or
				   EV_SIGNAL_DYING, or EV_RESULT_OVERFLOW_FAIL */
	EV_OUTCOME_HANDLED = 3, /* a handler will run */
	EV_OUTCOME_PENDING = 4, /* blocked, the process is stopped, or another one comes first */
	EV_OUTCOME_SUPPRESSED = 5, /* MSG_NOSIGNAL or similar: EPIPE without a signal */
	EV_OUTCOME_PROTECTED = 6,  /* init of the host or of a pid namespace */
	EV_OUTCOME_TRACED = 7,	   /* a debugger decides */
	EV_OUTCOME_DELIVERED = 8,  /* the default action does not kill: stop, continue, ignore */
	EV_OUTCOME_EXITED = 9,	   /* no signal: it ended itself (EV_SUBJECT_EXIT) */
	EV_OUTCOME_LAST = EV_OUTCOME_EXITED,
};

enum ev_origin {
	EV_ORIGIN_KERNEL = 1,
	EV_ORIGIN_PROCESS = 2,
	EV_ORIGIN_UNKNOWN = 3, /* no hook saw how it was sent (-s fatal) */
};

/* What an incident is about. It decides which blocks the incident has. */
enum ev_subject {
	EV_SUBJECT_WRITE = 1, /* a write failed: SIGPIPE, or EPIPE without a signal */
	EV_SUBJECT_SENT = 2,  /* a process sent the signal */
	EV_SUBJECT_LIMIT =
		3, /* the limit of a file's size (RLIMIT_FSIZE): the kernel sent SIGXFSZ */
	EV_SUBJECT_KERNEL = 4, /* any other signal of the kernel */
	EV_SUBJECT_FAULT = 5,  /* an instruction of the thread: SEGV, BUS, ILL, FPE, TRAP */
	EV_SUBJECT_ABORT = 6,  /* the process sent SIGABRT to itself */
	EV_SUBJECT_SECCOMP = 7,
	EV_SUBJECT_OOM = 8,
	EV_SUBJECT_NAMESPACE_END = 9, /* the init of its PID namespace ended */
	EV_SUBJECT_UNEXPLAINED = 10,  /* a signal ended it, and no hook saw which sender or why */
	EV_SUBJECT_EXIT = 11,	      /* it called exit_group() with another status than 0 */
	EV_SUBJECT_LAST = EV_SUBJECT_EXIT,
};

enum ev_disposition {
	EV_DISPOSITION_DEFAULT = 1,
	EV_DISPOSITION_IGNORE = 2,
	EV_DISPOSITION_HANDLER = 3,
};

/* enum in kernel/signal.c (TRACE_SIGNAL_*), as signal_generate reports it. */
enum ev_result {
	EV_RESULT_DELIVERED = 0,
	EV_RESULT_IGNORED = 1,
	EV_RESULT_ALREADY_PENDING = 2,
	EV_RESULT_OVERFLOW_FAIL = 3,
	EV_RESULT_LOSE_INFO = 4,
	EV_RESULT_NOT_SENT = 5, /* sigpath's own value: MSG_NOSIGNAL, so there was no signal */
};

#define EV_SIGNAL_BLOCKED 1u  /* in the target thread's mask */
#define EV_SIGNAL_GROUP 2u    /* sent to the process, not to one thread */
#define EV_SIGNAL_NO_INFO 4u  /* no siginfo: SEND_SIG_NOINFO or SEND_SIG_PRIV */
#define EV_SIGNAL_DYING 8u    /* the process was already exiting, and not because of this one */
#define EV_SIGNAL_STOPPED 16u /* it kills, and the process is stopped */

struct ev_signal {
	__u32 number;	     /* 0: none, only with EV_SUBJECT_EXIT */
	__u32 flags;	     /* EV_SIGNAL_* */
	__u8 origin;	     /* enum ev_origin */
	__u8 disposition;    /* enum ev_disposition */
	__u8 result;	     /* enum ev_result */
	__u8 outcome;	     /* enum ev_outcome */
	__s32 code;	     /* si_code; 0 without siginfo */
	__u64 handler;	     /* address in the process when the disposition is handler, else 0 */
	__u64 handler_flags; /* SA_* */
	__u8 place;	     /* enum ev_place */
	__u8 placed;	     /* enum ev_placed */
	__u8 pad0[6];
};

#define EV_SENDER_EXITING 1u /* it was exiting, and that made the kernel send the signal */
#define EV_SENDER_LIVES 2u   /* other threads of its process were not */

/* The thread that sent the signal, or that made the kernel send it (ev_signal.place). */
struct ev_sender {
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 number; /* of the system call that sent it */
	__u8 abi;     /* enum ev_abi of that number; 0: it was not read */
	__u8 pad0[7];
	char comm[EV_COMM_LEN];
	__u32 ancestor_count;
	__u32 flags;					/* EV_SENDER_* */
	__u64 start_boot_ns;				/* of the process; 0: not recorded */
	struct ev_ancestor ancestors[EV_ANCESTORS_MAX]; /* its parent first */
	struct ev_stop stop;
	__s32 status; /* wait status of the process, with EV_SENDER_EXITING and not _LIVES */
	__u32 pad1;
};

#define EV_PROCESS_KTHREAD 1u
#define EV_PROCESS_IO_WORKER 2u /* a thread of io_uring: no user registers, signals blocked */
#define EV_PROCESS_EXE_DELETED 4u
#define EV_PROCESS_LEADER_GONE 8u /* the main thread had exited already */
/*
 * The parent forked it (or a process that the parent forked, without an execve() in between), and
 * has called no execve() since. Without it the parent may only have adopted the process.
 */
#define EV_PROCESS_PARENT_FORKED 16u
#define EV_PROCESS_SAME_PROGRAM 32u /* the parent's: it has called no execve() since the fork */

struct ev_process {
	__u32 pid; /* thread group */
	__u32 tid;
	__u32 ppid;
	__u32 ns_pid; /* pid and tid in the process's own PID namespace */
	__u32 ns_tid;
	__u32 pid_ns; /* inode numbers of namespaces */
	__u32 net_ns;
	__u32 mnt_ns;
	__u32 uid; /* real ids in the initial user namespace */
	__u32 gid;
	__u32 flags;	     /* EV_PROCESS_* */
	__u32 tracer_pid;    /* 0 if not traced */
	__u32 pgid;	     /* process group; a shell calls it a job */
	__u32 threads;	     /* number of threads; 0: not recorded */
	__u64 start_boot_ns; /* CLOCK_BOOTTIME */
	__u64 cgroup_id;
	__u64 exe_inode;
	__u64 exe_dev;		       /* kernel dev_t: major << 20 | minor */
	char comm[EV_COMM_LEN];	       /* of the main thread */
	char thread_comm[EV_COMM_LEN]; /* of the thread */
	char parent_comm[EV_COMM_LEN];
	/* s_magic of the file systems that hold them; 0: not recorded. */
	__u32 exe_fs;
	__u32 root_fs; /* of the root directory */
};

enum ev_abi {
	EV_ABI_X86_64 = 1,
	EV_ABI_I386 = 2,
	EV_ABI_X32 = 3,
	EV_ABI_AARCH64 = 4,
	EV_ABI_ARM = 5,
	EV_ABI_RISCV64 = 6,
	EV_ABI_RISCV32 = 7, /* 32-bit code on a 64-bit kernel */
	EV_ABI_LAST = EV_ABI_RISCV32,
};

/* Which names the flags argument of the call uses. */
enum ev_flags_kind {
	EV_FLAGS_NONE = 0,
	EV_FLAGS_MSG = 1,    /* MSG_* */
	EV_FLAGS_SPLICE = 2, /* SPLICE_F_* */
	EV_FLAGS_RWF = 3,    /* RWF_* */
};

/* Why the fd of a call is not known. */
enum ev_fd_status {
	EV_FD_KNOWN = 0,
	EV_FD_NO_SYSCALL = 1,	 /* not inside a system call of the thread */
	EV_FD_NOT_A_WRITE = 2,	 /* the call does not write to an fd */
	EV_FD_URING_UNKNOWN = 3, /* io_uring: the request was not found */
	EV_FD_AIO_MANY = 4,	 /* io_submit of several requests */
	EV_FD_UNREADABLE = 5,	 /* the user memory that holds it was not readable */
	EV_FD_URING_FIXED = 6,	 /* io_uring: a registered file, which has no fd */
	EV_FD_URING_WORKER = 7,	 /* io_uring worker: the file is known, its fd is not */
};

#define EV_SYSCALL_HAVE 1u /* a system call was under way: abi, number and args */
#define EV_SYSCALL_HAVE_BYTES 2u
#define EV_SYSCALL_HAVE_URING 4u /* uring_op is set */
#define EV_SYSCALL_URING_RING \
	8u /* uring_op was read from the submission ring, not from the request */

struct ev_syscall {
	__u32 flags_present; /* EV_SYSCALL_* */
	__u32 number;
	__u8 abi;	 /* enum ev_abi of the call: 64-bit code can make i386 calls */
	__u8 flags_kind; /* enum ev_flags_kind */
	__u8 fd_status;	 /* enum ev_fd_status */
	__u8 uring_op;	 /* IORING_OP_* */
	__s32 fd;	 /* -1 unless fd_status is EV_FD_KNOWN */
	__u64 bytes;	 /* asked for, not written */
	__u64 flags;	 /* the call's own flags argument */
	__u64 args[6];
};

/*
 * Where the thread was. Registers by their DWARF numbers: x86_64 rax rdx rcx rbx rsi rdi rbp rsp
 * r8..r15 rip; i386 eax ecx edx ebx esp ebp esi edi eip; aarch64 x0..x30 sp pc; riscv64 x0..x31
 * and the pc, which has no number.
 */
#define EV_REGISTERS_MAX 33

struct ev_thread {
	__u8 abi; /* enum ev_abi of the code that runs */
	__u8 pad0[3];
	__u32 register_count;
	__u64 ip;
	__u64 sp;
	__u64 registers[EV_REGISTERS_MAX];
};

#define EV_MODULE_DELETED 1u
#define EV_MODULE_VDSO 2u
#define EV_MODULE_PATH_TRUNCATED 4u

/* One executable mapping; path_length bytes of a path span follow. No alignment is promised. */
struct ev_module {
	__u64 start;
	__u64 end;
	__u64 offset; /* of start in the file, bytes */
	__u64 inode;  /* 0: anonymous memory */
	__u64 dev;
	__u32 flags; /* EV_MODULE_* */
	__u32 path_length;
	__u32 fs; /* s_magic of the file system that holds the file; 0: not recorded */
	__u32 pad0;
};

#define EV_MODULE_FIRST_SIZE 48 /* bytes: without fs */

/* The blocks of an incident: indexes of its table of spans. An absent block has length 0. */
enum ev_block {
	EV_BLOCK_SIGNAL = 0,  /* struct ev_signal: in every record */
	EV_BLOCK_PROCESS = 1, /* struct ev_process: in every record */
	EV_BLOCK_THREAD = 2,  /* struct ev_thread: the thread was current and had user registers */
	EV_BLOCK_CALL = 3,    /* struct ev_syscall: a call or a request was under way */
	EV_BLOCK_OBJECT = 4, /* struct ev_object, without its union: for EV_SUBJECT_WRITE, _LIMIT */
	EV_BLOCK_DETAIL = 5, /* the union of struct ev_object: what only its type has */
	EV_BLOCK_EVIDENCE = 6,	    /* struct ev_history of the object */
	EV_BLOCK_SENDER = 7,	    /* struct ev_sender: a process sent the signal */
	EV_BLOCK_EXE = 8,	    /* path */
	EV_BLOCK_CMDLINE = 9,	    /* arguments, each with its NUL, as in the process's memory */
	EV_BLOCK_CGROUP = 10,	    /* path */
	EV_BLOCK_PATH = 11,	    /* path of the object, if it is a file or a FIFO */
	EV_BLOCK_STACK = 12,	    /* user memory above the stack pointer */
	EV_BLOCK_MODULES = 13,	    /* for each mapping: struct ev_module and its path */
	EV_BLOCK_KERNEL_STACK = 14, /* __u64 return addresses, innermost first */
	/* Appended by user space. */
	EV_BLOCK_END = 15, /* struct ev_end: what happened to the process afterwards */
	EV_BLOCK_READER =
		16, /* struct ev_exit: the end of a process that held the pipe's read end */
	/* Of the kernel again. */
	EV_BLOCK_ROOT = 17, /* path of the process's root directory, in its mount namespace */
	/* Appended by user space. */
	EV_BLOCK_PEER = 18,   /* struct ev_peer: more about the process at the other end */
	EV_BLOCK_FRAMES = 19, /* struct ev_frames: instead of the stack, if that was left out */
	/* Of the kernel again. */
	EV_BLOCK_NUMBERS = 20, /* struct ev_numbers */
	/* Appended by user space. */
	EV_BLOCK_NAMES = 21,	  /* struct ev_names of the process */
	EV_BLOCK_PEER_NAMES = 22, /* and of the process at the other end */
	/* Of the kernel again. */
	EV_BLOCK_DEATH = 23,	  /* struct ev_death: how the end was seen */
	EV_BLOCK_FAULT = 24,	  /* struct ev_fault */
	EV_BLOCK_FAULT_PATH = 25, /* path of the file that is mapped at the fault's address */
	EV_BLOCK_LIMIT = 26,	  /* struct ev_limit */
	EV_BLOCK_MEMORY = 27,	  /* struct ev_memory: of a SIGKILL of the kernel */
	EV_BLOCK_SECCOMP = 28,	  /* struct ev_seccomp */
	EV_BLOCK_TERMINAL = 29,	  /* struct ev_terminal: of the process that got the signal */
	EV_BLOCK_NAMESPACE = 30,  /* struct ev_namespace: whose end ended it */
	EV_BLOCK_CORE = 31,	  /* struct ev_core */
	/* Appended by user space. */
	EV_BLOCK_SENDER_PEER = 32, /* struct ev_peer: more about the sender */
	/* Of the kernel again. */
	EV_BLOCK_MESSAGE = 33, /* text: why the C library aborts */
	EV_BLOCK_STOP = 34,    /* struct ev_stop: what asked a process to end that died then */
	EV_BLOCKS = 35,
};

/* Its owner has had few incidents in full in this second. */
#define EV_INCIDENT_QUIET 1u

struct ev_incident {
	struct ev_header header;
	__u8 subject; /* enum ev_subject */
	__u8 flags;   /* EV_INCIDENT_* */
	__u8 pad0[2];
	__u32 block_count; /* entries of the table; their bytes follow the table */
	__u64 group;	   /* the group of incidents that are alike (core/limit.bpf.h); 0: none */
	struct ev_span block[EV_BLOCKS];
};

/* The process of an incident that was counted and not sent. */
struct ev_named {
	__u64 exe_inode; /* 0: not known */
	__u64 cgroup_id;
	__u32 exe_dev; /* kernel dev_t: major << 20 | minor */
	__u32 pid;
	__u32 uid;
	__u32 pid_here;		    /* as in ev_exit */
	char comm[EV_COMM_LEN];	    /* empty: not known */
	char cgroup[EV_CGROUP_LEN]; /* the last component of its path */
};

#define EV_REPEAT_SEVERAL 1u /* of several groups of one owner; `named` is the last of them */

/* Incidents that were counted and not sent. User space makes this record at the end of a window. */
struct ev_repeat {
	struct ev_header header;
	__u64 group; /* as in ev_incident; 0: of several groups, which had no place of their own */
	__u64 count; /* since the last such record of this group */
	__u64 first_ns;
	__u64 last_ns;
	__u8 outcome; /* enum ev_outcome */
	__u8 pad0[3];
	__u32 flags; /* EV_REPEAT_* */
	struct ev_named named;
};

/* Older writers did not have `named`; `flags` was 0. */
#define EV_REPEAT_SIZE_MIN __builtin_offsetof(struct ev_repeat, named)

struct ev_lost {
	struct ev_header header;
	__u64 count; /* records lost since the last such record */
};

/* The wall clock was set, or the host was suspended: the offsets of struct ev_session from now on. */
struct ev_clock {
	struct ev_header header;
	__s64 realtime_offset_ns;
	__s64 boottime_offset_ns;
};

#pragma GCC diagnostic pop
