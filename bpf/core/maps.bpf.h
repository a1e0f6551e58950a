/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All maps and counters. user/source/sizes.c sets the sizes that depend on the machine, on options,
 * or on the hooks.
 */
#pragma once

#include "c_library_key.h"
#include "core/kernel_types.bpf.h"
#include "death_entry.h"
#include "event.h"
#include "group.h"

/* Records on their way to user space. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 * 1024 * 1024);
} events SEC(".maps") __weak;

/*
 * Memory in which a record is built: it is too large for the 512 bytes of a BPF stack. There is one
 * for each CPU and type of hook, because signal_generate runs with interrupts off and can run while
 * another hook's program is preempted. The kernel does not let a program interrupt itself
 * (bpf_prog->active). A plain array, because a per-CPU array refuses values above 32 KiB.
 * Which of the slots (enum scratch_slot) exist: config.machine.
 */
/* A walk over a maple tree: the nodes from the root down to the current position. */
#define MAPLE_DEPTH_MAX 8

struct maple_level {
	u64 node; /* address */
	u32 next; /* next slot to check */
	u32 last; /* last slot in use */
	u32 type; /* enum maple_type */
	u32 pad0;
};

struct maple_walk {
	u64 mm;
	u64 last_start; /* start of the last mapping: the tree can change during the walk */
	u32 depth;	/* levels in use */
	u32 flags;	/* EV_SPAN_* of the result */
	u32 slot;	/* enum scratch_slot */
	u32 pad0;
	struct maple_level level[MAPLE_DEPTH_MAX];
};

/* The search for the mapping at an address, and what it has found (core/mapping.bpf.h). */
struct mapping_search {
	u64 mm;
	u64 address;
	u64 first, last; /* the range that `entry` is of */
	u64 entry; /* a node of the tree, then the address of a mapping; 0: nothing is mapped */
	u64 at, below, above; /* addresses of mappings; 0: none */
};

/* What core/stop.bpf.h keeps of a process. */
struct stop {
	u64 start_boot_ns; /* of the process that got the signal */
	struct ev_stop seen;
};

/*
 * The record from its header to the used part of the blob. Each block of fixed size has a place
 * here, even if the record does not have the block. The table says which blocks exist.
 */
struct scratch {
	struct ev_incident incident;
	struct ev_signal signal;
	/* By the subject: the kernel's reason to kill the process (core/reason.bpf.h). */
	union {
		struct ev_limit limit;
		struct ev_memory memory;
		struct ev_seccomp seccomp;
		struct ev_namespace namespace;
	} reason;
	struct ev_process process;
	struct ev_thread thread;
	struct ev_syscall call;
	struct ev_object object;
	struct ev_history evidence;
	struct ev_sender sender;
	struct ev_terminal terminal;
	struct ev_numbers numbers;
	struct ev_fault fault;
	struct ev_core core;
	u8 blob[EV_BLOB_MAX];
	u32 blob_used;
	u32 slot; /* enum scratch_slot */
	u32 module_count;
	u32 group_index; /* what the limit has said: struct limit_pass */
	u32 share;
	u64 file;	  /* address of the struct file that the call failed on; 0: not known */
	u32 place_beyond; /* BEYOND() of the kernel stack */
	u32 pad0;
	struct maple_walk walk;
	struct ev_death_entry known; /* core/death.bpf.h: no part of the record */
	struct mapping_search search;
	struct stop stop;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* config.machine: cpus * slots */
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps") __weak;

/*
 * Thread groups selected by -p, -f and a command, by their numbers here. Preallocated: before 6.1
 * an allocation under siglock could need the lock that it holds, and the verifier warns about that
 * in the kernel's log.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, u8);
} wanted_pids SEC(".maps") __weak;

/*
 * The socket that a thread's call is failing on, from sk_stream_error() to the signal that it
 * sends. Key: thread id.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, u64);
} failing_sockets SEC(".maps") __weak;

/*
 * The last error that a stream socket returned to its program. That call clears sk_err, so a later
 * EPIPE does not show it. Key: address of the socket.
 */
struct socket_error {
	u64 time_ns;
	u32 error;
	u16 local_port; /* distinguish a socket from a later one at the same address */
	u16 peer_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct socket_error);
} socket_errors SEC(".maps") __weak;

/* With --epipe all: threads whose current call has already made an incident. Key: thread id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, u64);
} reported_threads SEC(".maps") __weak;

/*
 * Where C libraries keep why they abort: from where the code's mapping has offset 0 in the file to
 * __abort_msg. User space fills it before the hooks run.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct c_library_key);
	__type(value, u64);
} c_libraries SEC(".maps") __weak;

/* A process that closed an end, with its numbers here. */
struct closer {
	struct ev_closer seen;
	u32 pid_here, tid_here;
};

/*
 * What hooks saw of TCP connections, and who closed them. Every connection of the host passes these
 * hooks. So these are arrays of sets (core/tcp_memory.bpf.h): a lookup takes a few instructions,
 * while a lookup and update of an LRU map takes 200 ns. A full set drops its oldest entry. The
 * sizes (2 MiB for 16384 connections, 1.4 MiB for 8192 closes) are a compromise with misses in the
 * CPU's caches.
 */
#define TCP_WAYS 2
#define TCP_SETS 8192 /* powers of two */
#define TCP_CLOSER_SETS 2048

/* One cache line, and a second one for the process that closed it. */
struct tcp_history {
	u64 sk;	      /* its address; 0: free */
	u64 since_ns; /* of this entry: connected_ns, if a hook saw the connect */
	u64 fin_received_ns;
	u64 reset_received_ns;
	u64 closed_ns;
	u64 error_ns;
	u16 error;
	u16 reset_state;
	u16 peer_port; /* network order; distinguishes a socket from a later one at the same address
			*/
	u16 is_connected;
	u32 fin_snd_una; /* when the FIN came */
	u32 fin_snd_nxt;
	struct closer local;
};

struct tcp_history_set {
	struct tcp_history way[TCP_WAYS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TCP_SETS);
	__type(key, u32);
	__type(value, struct tcp_history_set);
} tcp_histories SEC(".maps") __weak;

/*
 * Both ends of a connection, from the view of the end that was closed. IPv4 addresses are in mapped
 * form (::ffff:a.b.c.d), because one end may be a dual-stack socket.
 */
struct tcp_ends {
	u64 local_address[2]; /* network order */
	u64 peer_address[2];
	u16 local_port;
	u16 peer_port;
	u32 net_ns; /* of the end that was closed */
};

/*
 * Who ended a TCP connection at one end: an incident at the other end looks for it. The addresses
 * are used again, and exist in other network namespaces too. The sequence numbers tell whose
 * connection it was.
 */
struct tcp_closer {
	struct tcp_ends ends;
	u32 has_fin;   /* write_seq is the number of its FIN */
	u32 write_seq; /* of the closed end, before its FIN */
	u32 snd_una;
	u32 rcv_nxt;
	struct closer shutdown; /* time_ns 0: it was closed without */
	struct closer close;	/* time_ns 0: not yet */
};

#define TCP_CLOSER_WAYS 4

struct tcp_closer_set {
	struct tcp_closer way[TCP_CLOSER_WAYS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TCP_CLOSER_SETS);
	__type(key, u32);
	__type(value, struct tcp_closer_set);
} tcp_closers SEC(".maps") __weak;

/* What distinguishes an object from a later one at the same address (core/object_memory.bpf.h). */
struct object_identity {
	u64 inode;
	u64 other;	/* pipe: device; unix socket: address of the other end */
	u32 opened;	/* pipe: r_counter */
	u32 generation; /* FIFO: of the inode, whose number a file system uses again */
};

struct object_closer {
	struct object_identity identity;
	struct closer closer;
	u64 file; /* seen by an exit: its address */
	u64 open; /* and its references that the process has not closed yet; 0: this was the last */
};

/* Who closed the read end of a pipe, or a unix socket. Key: address of the pipe or the socket. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct object_closer);
} object_closers SEC(".maps") __weak;

/* A run of the garbage collector of unix sockets in the thread of somebody else. */
struct collector {
	u64 since_ns;
	u64 has_freed;
};

/* Key: thread id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, struct collector);
} collectors SEC(".maps") __weak;

struct unix_shutdown {
	u64 inode;
	u32 mode; /* SHUT_* */
	u32 pad0;
	struct closer closer;
};

/* Who shut a unix socket down. Key: its address. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct unix_shutdown);
} unix_shutdowns SEC(".maps") __weak;

/* The processes that were started with a read end of a pipe open. Key: its inode in pipefs. */
struct pipe_holders {
	struct ev_holder holder[EV_HOLDERS_MAX];
	u32 lost; /* more than there is space for */
	u32 pad0;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct pipe_holders);
} pipes_held SEC(".maps") __weak;

/* The same by process. */
struct held_pipe {
	u64 inode; /* 0: none */
	u64 pipe;  /* address */
};

#define HELD_PIPES_MAX 4

struct held_pipes {
	u64 start_boot_ns;
	struct held_pipe pipe[HELD_PIPES_MAX];
};

/* Key: thread group. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u32);
	__type(value, struct held_pipes);
} processes_held SEC(".maps") __weak;

/*
 * Groups of incidents that are alike, with their counts: the index by key, the groups themselves,
 * and the free places among them. Not an LRU map: a dropped entry would lose its count. User space
 * deletes a key, and frees the place when no program can still count in it. Preallocated, like
 * wanted_pids.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EV_GROUPS);
	__type(key, struct ev_group_key);
	__type(value, u32);
} group_index SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EV_GROUPS);
	__type(key, u32);
	__type(value, struct ev_group);
} groups SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, EV_GROUPS);
	__type(value, struct ev_places);
} groups_free SEC(".maps") __weak;

/* The owners' shares, in the same way. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EV_SHARES);
	__type(key, u64);
	__type(value, u32);
} share_index SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EV_SHARES);
	__type(key, u32);
	__type(value, struct ev_share);
} shares SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, EV_SHARES);
	__type(value, struct ev_places);
} shares_free SEC(".maps") __weak;

/*
 * The groups that each CPU has counted recently. In a flood a CPU finds its group here without a
 * hash and without memory that another CPU writes. Made and indexed like scratches, for the same
 * reason. User space maps it and reads it in place.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* config.machine: cpus * slots */
	__type(key, u32);
	__type(value, struct ev_group_recents);
} group_recents SEC(".maps") __weak;

/* Who was counted in a share and not in a group. Made and indexed like group_recents. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* config.machine: cpus * slots */
	__type(key, u32);
	__type(value, struct ev_others);
} others SEC(".maps") __weak;
