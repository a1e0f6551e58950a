/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every kernel field that sigpath reads, declared by hand. Names and types are the kernel's. The
 * offsets come from the running kernel's BTF when the object is loaded (preserve_access_index).
 * kernel_compat.bpf.h handles the differences between kernels.
 */
#pragma once

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
#ifndef __cplusplus
typedef _Bool bool;
#define true 1
#define false 0
#endif
#define NULL ((void *)0)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* --- tasks --- */

struct ns_common {
	u32 inum;
};

struct user_namespace;

struct pid_namespace {
	struct ns_common ns;
	u32 level;
	struct user_namespace *user_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct pid {
	u32 level;
	struct hlist_head tasks[4]; /* by enum pid_type: PIDTYPE_TGID is 1 */
	struct upid numbers[1];
};

typedef struct {
	u32 val;
} kuid_t;

typedef struct {
	u32 val;
} kgid_t;

/* The one of the host has no parent. */
struct user_namespace {
	struct user_namespace *parent;
	kuid_t owner;
	struct ns_common ns;
};

struct cred {
	kuid_t uid;
	kgid_t gid;
	struct user_namespace *user_ns;
};

typedef struct {
	unsigned long sig[1];
} sigset_t;

struct sigaction {
	void *sa_handler;
	unsigned long sa_flags;
};

struct k_sigaction {
	struct sigaction sa;
};

struct sighand_struct {
	struct k_sigaction action[64];
};

typedef struct {
	int counter;
} atomic_t;

/* Also atomic_long_t. */
typedef struct {
	s64 counter;
} atomic64_t;

struct rlimit {
	u64 rlim_cur;
	u64 rlim_max;
};

struct task_cputime_atomic {
	atomic64_t utime;
	atomic64_t stime;
};

struct thread_group_cputimer {
	struct task_cputime_atomic cputime_atomic;
};

struct task_struct;

struct signal_struct {
	struct pid *pids[4]; /* by enum pid_type: PIDTYPE_PGID is 2 */
	atomic_t live;
	int nr_threads;
	short oom_score_adj;
	struct thread_group_cputimer cputimer;
	struct rlimit rlim[16]; /* by RLIMIT_* */
	struct task_struct *curr_target;
	int group_exit_code;
	u32 flags;
};

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
	void *s_fs_info;
};

struct pipe_inode_info;

struct inode {
	u16 i_mode;
	u32 i_nlink;
	u32 i_generation;
	s64 i_size;
	unsigned long i_ino;
	struct super_block *i_sb;
	struct pipe_inode_info *i_pipe;
};

struct qstr {
	u32 len;
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	void *private_data;
	struct inode *f_inode;
	u32 f_flags;
	u32 f_mode;
	s64 f_pos;
	struct path f_path;
};

struct fs_struct {
	struct path root;
};

struct fdtable {
	u32 max_fds;
	struct file **fd;
	unsigned long *open_fds;
};

struct files_struct {
	atomic_t count;
	struct fdtable *fdt;
};

typedef struct {
	void *vdso;
} mm_context_t;

struct mm_struct;

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
	unsigned long vm_pgoff;
	struct file *vm_file;
};

struct mm_struct {
	mm_context_t context;
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long start_stack;
	atomic64_t pgtables_bytes;
	struct file *exe_file;
};

struct net {
	struct ns_common ns;
	struct hlist_head *dev_index_head; /* NETDEV_HASHENTRIES of them */
};

struct net_device {
	int ifindex;
	char name[16];
	struct hlist_node index_hlist;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
};

struct kernfs_node {
	const char *name;
	u64 id;
};

struct cgroup {
	int level; /* 0: the root */
	struct kernfs_node *kn;
};

/* include/linux/cgroup_subsys.h. The numbers are those of the running kernel. */
enum cgroup_subsys_id {
	pids_cgrp_id = 1,
	memory_cgrp_id = 4,
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1]; /* as many as there are controllers */
	struct cgroup *dfl_cgrp;
};

struct page_counter {
	atomic64_t usage; /* pages */
	unsigned long max;
};

/* Only where the kernel has the controller memory: see core/memory.bpf.h. */
struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	bool oom_group;
};

struct seccomp {
	int mode;
	atomic_t filter_count;
};

struct sched_rt_entity {
	unsigned long timeout; /* ticks */
};

struct io_uring_task {
	struct file *registered_rings[16];
};

struct task_struct {
	u32 flags;
	u32 ptrace;
	s32 pid;
	s32 tgid;
	void *stack;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	u64 start_boottime;
	u64 parent_exec_id;
	u64 self_exec_id;
	int pdeath_signal;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	sigset_t blocked;
	sigset_t real_blocked;
	struct css_set *cgroups;
	struct mm_struct *mm;
	int exit_code;
	struct sched_rt_entity rt;
	struct seccomp seccomp;
	struct io_uring_task *io_uring;
};

/* --- siginfo --- */

union __sifields {
	struct {
		int _pid;
	} _kill;
	struct {
		void *_addr;
	} _sigfault;
};

struct kernel_siginfo {
	int si_signo;
	int si_code;
	union __sifields _sifields;
};

/* --- pipes --- */

struct pipe_inode_info {
	u32 head;
	u32 tail;
	u32 max_usage;
	u32 readers;
	u32 writers;
	u32 r_counter;
	u32 w_counter;
};

/* --- tracepoints of perf --- */

/* include/trace/events/task.h */
struct trace_event_raw_task_newtask {
	int pid;
	unsigned long clone_flags; /* u64 from 6.18 on; the load is adapted to the running kernel */
};

/* include/trace/events/sock.h: the fields of sock_send_length through perf. */
struct trace_event_raw_sock_msg_length {
	struct sock *sk;
	int ret;
};

#include "core/socket_types.bpf.h"
#include "core/uring_types.bpf.h"

#pragma clang attribute pop

#define VM_EXEC 0x4

#define PF_EXITING 0x00000004
#define PF_IO_WORKER 0x00000010
#define PF_KTHREAD 0x00200000

#define SIGNAL_STOP_STOPPED 0x00000001 /* all threads are */
#define SIGNAL_GROUP_EXIT 0x00000004
#define SIGNAL_UNKILLABLE 0x00000040

#define FMODE_READ 1u
#define O_APPEND 02000

#define RLIMIT_CPU 0
#define RLIMIT_FSIZE 1
#define RLIMIT_RTTIME 15

#define PIDTYPE_TGID 1
#define PIDTYPE_PGID 2
#define PIDTYPE_SID 3

#define SI_KERNEL 0x80
#define SYS_SECCOMP 1 /* si_code of SIGSYS */

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGTERM 15
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGSYS 31

#define S_IFMT 00170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define S_IFIFO 0010000
#define S_IFCHR 0020000
#define PIPEFS_MAGIC 0x50495045
