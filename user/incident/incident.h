/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One incident as every stage after decode sees it: typed, bounded and NUL-terminated. It still
 * contains the hostile bytes of the traced process. Sinks escape them, and only sinks print.
 *
 * Unknown is a value: if a fact is absent, its `have` is false or it is NULL, and `missing` has the
 * reason.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core.h"
#include "event.h"
#include "incident_death.h"
#include "missing.h"

#define INCIDENT_ARGS_MAX 256 /* most arguments of a command line that are kept separately */
#define INCIDENT_CANDIDATES_MAX 4
#define INCIDENT_ID_SIZE 32

/*
 * The number of a process or a thread here: in the PID namespace in which sigpath runs, or ran when
 * it made the record. `differs` false: it runs in that of the host, so it is the host's number.
 */
struct incident_here {
	bool differs;
	uint32_t number; /* 0: it has none here */
};

#include "kill.h"

/* A path or a command line: bytes with a NUL at the end, not necessarily UTF-8. */
struct incident_path {
	bool have;
	bool truncated; /* its first part is missing, so it does not start with '/' */
	char text[EV_PATH_MAX + 2];
};

struct incident_cmdline {
	bool have;
	bool truncated;
	bool redacted; /* something in it was hidden (redact.h); without `have`: all of it */
	size_t count;
	const char *args[INCIDENT_ARGS_MAX]; /* into bytes */
	char bytes[EV_CMDLINE_MAX + 1];
};

/* Empty: there is none, or it is not known. */
struct incident_names {
	/* From the cgroup path alone (enrich/container.c). */
	char unit[EV_NAME_MAX];
	char container[80]; /* id, or the name where the runtime has no ids */
	char pod[64];	    /* uid */
	/* The container is in the part of the cgroup tree that this user owns; else it is root's. */
	bool have_user;
	uint32_t user;
	enum ev_container_runtime runtime;
	/* What the disk says about this container and pod (containers.h). */
	char container_name[sizeof(((struct ev_names *)0)->container)];
	char pod_name[sizeof(((struct ev_names *)0)->pod)];
	char pod_namespace[sizeof(((struct ev_names *)0)->pod_namespace)];
};

/* Numbers of processes and threads are those of the host, and `here` has the others. */

struct incident_ancestor {
	uint32_t pid;
	struct incident_here pid_here;
	uint64_t start_boot_ns;
	char comm[EV_COMM_LEN + 1];
};

/* What asked the process to end longer ago has nothing to do with its end. */
#define INCIDENT_STOP_MAX_NS (300 * UINT64_C(1000000000))

/* A signal that had asked the process to end before (ev_stop). */
struct incident_stop {
	bool have;
	uint32_t number;
	enum ev_disposition disposition;
	enum ev_outcome outcome;
	uint64_t ago_ns;
	bool is_same;	 /* the same process sent both */
	bool is_related; /* or another one of the same parent */
	uint32_t pid, uid;
	struct incident_here pid_here;
	char comm[EV_COMM_LEN + 1];
};

/* Who sent it, or whose exit or write made the kernel send it (signal.place). */
struct incident_sender {
	bool have;
	uint32_t pid, tid, uid;
	struct incident_here pid_here, tid_here;
	uint64_t start_boot_ns; /* of the process; 0: not known */
	char comm[EV_COMM_LEN + 1];
	bool have_syscall;
	const char *syscall;   /* static: "kill", or NULL if the number has no name */
	bool is_exiting;       /* this thread was */
	bool has_more_threads; /* and others of the process were not; then status is not known */
	int status;	       /* wait status */
	size_t ancestor_count;
	struct incident_ancestor ancestors[EV_ANCESTORS_MAX]; /* its parent first */
	struct incident_stop stop;
	/* What it was (enrich/sender.c). */
	struct incident_path exe;
	struct incident_cmdline cmdline;
	struct incident_path cgroup;
	struct incident_names names;
};

/* The controlling terminal of the process, if that sent the signal. */
struct incident_terminal {
	bool have;
	bool is_leader;	    /* the process leads the session of the terminal */
	bool is_foreground; /* its process group is in the foreground */
	uint32_t session, foreground;
	char name[65]; /* "pts/3" */
};

struct incident_signal {
	uint32_t number;
	enum ev_origin origin;
	enum ev_disposition disposition;
	enum ev_result result;
	bool blocked;
	bool group;   /* sent to the process, not to one thread */
	bool dying;   /* the process was exiting already for another reason */
	bool stopped; /* the signal kills, and waits because the process is stopped */
	int code;     /* si_code */
	uint64_t handler;
	uint64_t handler_flags; /* SA_*: they stay when the kernel resets the handler of a fault */
	enum ev_place place;	/* which function of the kernel sent it */
	enum ev_placed placed;	/* why that is unknown */
	const char *site;	/* the kernel function that decided; NULL if unknown */
	struct incident_sender sender;
	struct incident_terminal terminal;
};

enum incident_runtime {
	RUNTIME_UNKNOWN,
	RUNTIME_NATIVE, /* no known runtime */
	RUNTIME_GO,
	RUNTIME_GO_CGO, /* Go with C code in it */
	RUNTIME_RUST,
	RUNTIME_PYTHON,
	RUNTIME_JVM,
	RUNTIME_NODE,
	RUNTIME_DOTNET,
	RUNTIME_PERL,
	RUNTIME_RUBY,
	RUNTIME_PHP,
	RUNTIME_ERLANG,
};

enum incident_answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

/* The process of incidents that were only counted. */
struct incident_named {
	bool have;    /* its name */
	uint32_t pid; /* 0: several processes, or not known */
	struct incident_here pid_here;
	uint32_t uid;
	uint64_t exe_inode, exe_dev; /* kernel dev_t; inode 0: not known */
	char comm[EV_COMM_LEN + 1];
	char cgroup[EV_CGROUP_LEN + 1]; /* the last component of its path; empty: not known */
	char unit[EV_CGROUP_LEN + 1];	/* empty: the component names none */
};

struct incident_process {
	uint32_t pid, tid, ppid, uid, gid;
	uint32_t ns_pid, ns_tid, pid_ns, net_ns, mnt_ns;
	uint32_t tracer_pid;
	uint32_t pgid;
	struct incident_here pid_here, tid_here, ppid_here, tracer_pid_here, pgid_here;
	uint32_t flags;		/* EV_PROCESS_* */
	struct timespec start;	/* CLOCK_REALTIME */
	uint64_t start_boot_ns; /* the same on CLOCK_BOOTTIME */
	char comm[EV_COMM_LEN + 1], thread[EV_COMM_LEN + 1], parent_comm[EV_COMM_LEN + 1];
	struct incident_path exe;
	struct incident_path root; /* its root directory, in its mount namespace */
	bool exe_deleted;
	uint64_t exe_inode, exe_dev;
	/* s_magic of the file systems of exe and of the root directory; 0: not recorded. */
	uint32_t exe_fs, root_fs;
	struct incident_cmdline cmdline;
	uint64_t cgroup_id;
	struct incident_path cgroup;
	struct incident_names names;
	enum incident_runtime runtime; /* enrich/runtime.c */
	/* Only while they exist (enrich/signal_sets.c). */
	enum incident_answer parent_ignores; /* this signal */
	uint32_t threads;		     /* at the incident; 0: unknown */
	/*
	 * If the signal stays pending: how many of the other threads do not block it. 0: none, or
	 * unknown.
	 */
	uint32_t threads_open;
};

struct incident_syscall {
	bool have;
	enum ev_abi abi;
	uint32_t number;
	const char *name; /* static; NULL if the number has no name */
	bool have_fd;
	int fd;
	enum ev_fd_status fd_status;
	bool have_bytes;
	uint64_t bytes;
	enum ev_flags_kind flags_kind;
	uint64_t flags;
	bool have_uring;
	bool uring_from_ring;
	uint8_t uring_op;
	uint64_t args[6];
};

/*
 * Ages count back from the incident. Those in jiffies have a resolution of 1000 / hz milliseconds.
 */
struct incident_tcp {
	uint64_t bytes_sent, bytes_acked, bytes_received, bytes_retrans;
	uint32_t unacked_bytes; /* write_seq - snd_una */
	bool established;	/* it received data or an ACK at some time */
	bool have_last_send, have_last_receive, have_last_ack, have_last_packet;
	uint64_t last_send_ago_ns, last_receive_ago_ns, last_ack_ago_ns, last_packet_ago_ns;
	struct ev_tcp raw;
};

struct incident_object {
	enum ev_object_type type;
	enum ev_object_status status;
	uint64_t inode, dev;
	uint32_t file_flags, mode;
	/* sockets */
	uint16_t family, sock_type, protocol;
	uint8_t state, shutdown;
	uint32_t socket_flags, error, error_soft, net_ns;
	struct ev_history
		history; /* what hooks saw of it before; times are CLOCK_MONOTONIC, 0: not seen */
	bool have_earlier_error; /* an errno that an earlier call on this socket returned */
	uint32_t earlier_error;
	uint64_t earlier_error_ago_ns;
	uint16_t local_port, peer_port;
	bool have_addresses;
	char local_address[64], peer_address[64]; /* inet_ntop's text */
	/* The interface of a link-local address: its name or its number; empty: none. */
	char local_scope[EV_INTERFACE_LEN], peer_scope[EV_INTERFACE_LEN];
	bool have_path; /* a path in the file system, or of a unix socket */
	struct incident_path path;
	/* by type */
	struct ev_pipe pipe;
	struct incident_tcp tcp;
	struct ev_unix unix_;
	struct ev_vsock vsock;
};

enum confidence {
	CONFIDENCE_UNKNOWN,
	CONFIDENCE_LIKELY,  /* the state fits this and something rarer */
	CONFIDENCE_CERTAIN, /* a hook saw it, or the kernel's state allows no other explanation */
};

/* How a process is known to be the one at the other end; the best evidence first. */
enum peer_how {
	PEER_HOW_NONE,
	PEER_HOW_CLOSED,	  /* it was seen closing this very end */
	PEER_HOW_CLOSED_BY_EXIT,  /* the same, during its exit */
	PEER_HOW_CLOSED_LISTENER, /* it closed the listening socket; the end waited for accept() */
	PEER_HOW_DISCONNECTED,	  /* tcp: connect() to AF_UNSPEC */
	PEER_HOW_SHUT_DOWN,	  /* it was seen calling shutdown(2) */
	PEER_HOW_STARTED_WITH,	  /* it alone was started with the end open, and closed it unseen */
};

/*
 * A process that may have been at the other end, with its evidence. decode and the histories add
 * candidates. Only enrich/peer.c decides between them.
 */
struct peer_candidate {
	enum peer_how how;
	uint32_t pid, tid;
	struct incident_here pid_here, tid_here;
	uint32_t flags;		    /* EV_CLOSER_* */
	char comm[EV_COMM_LEN + 1]; /* empty: not known */
	uint64_t time_ns;	    /* of the close or the exit, CLOCK_MONOTONIC; 0: not known */
	uint64_t start_boot_ns;	    /* of the process; 0: not known */
	bool have_exit;
	int exit_status; /* wait status */
};

/* The process at the other end: the decision of enrich/peer.c. */
struct incident_peer_process {
	bool have;
	uint32_t pid, tid;
	struct incident_here pid_here, tid_here;
	uint32_t flags;	       /* EV_CLOSER_* */
	struct timespec start; /* CLOCK_REALTIME */
	uint64_t start_boot_ns;
	bool have_comm;
	char comm[EV_COMM_LEN + 1];
	enum peer_how how;
	enum confidence confidence;
	bool have_ago;
	uint64_t ago_ns; /* since it closed the end */
	bool have_exit;
	int exit_status;		 /* wait status */
	char incident[INCIDENT_ID_SIZE]; /* id of the one about its own death; empty: none */
	/* What it was (enrich/peer_detail.c). */
	bool have_uid;
	uint32_t uid;
	struct incident_path exe;
	struct incident_cmdline cmdline;
	struct incident_path cgroup;
	struct incident_names names;
};

enum link_what {
	LINK_NONE,
	LINK_PEER_DIED,	  /* the death of the process at the other end */
	LINK_PEER_WROTE,  /* a write to this process, which failed after its death */
	LINK_OOM_CHOSEN,  /* the process that the kernel chose when memory ran out */
	LINK_OOM_VICTIM,  /* another one that it killed with that one */
	LINK_SAME_SIGNAL, /* the signal of this death, told when it was generated */
};

#define INCIDENT_LINKS_MAX 2

/* Another incident that was told before and belongs to this one. */
struct incident_link {
	enum link_what what;
	char id[INCIDENT_ID_SIZE];
	/* Of that incident: */
	struct timespec time;
	uint64_t ago_ns; /* LINK_PEER_DIED: before this one */
	uint32_t pid;
	struct incident_here pid_here;
	char comm[EV_COMM_LEN + 1];
	uint32_t signal;
	enum ev_subject subject;
	enum ev_outcome outcome;
	struct incident_sender sender;
};

/* What happened to the process afterwards, if the signal itself did not decide it. */
struct incident_end {
	enum ev_end_state state;
	int status;	   /* wait status, if it ended */
	uint64_t after_ns; /* time since the incident; if the process still runs: how long sigpath
			      watched it */
	/* A handler ran, and then the process sent itself the signal, which killed it. */
	bool raised;
	uint32_t raised_tid; /* the thread that did so */
	struct incident_here raised_tid_here;
	uint64_t raised_after_ns;
};

#define INCIDENT_KERNEL_FRAMES_MAX 32

/* From the function that decided back to the system call. */
struct incident_kernel_frame {
	uint64_t address;
	const char *name; /* belongs to the table that it came from; NULL: unknown */
	uint64_t offset;  /* from the symbol */
};

struct incident_kernel_stack {
	size_t count;
	struct incident_kernel_frame frames[INCIDENT_KERNEL_FRAMES_MAX];
};

#include "fault.h"

struct stack;
struct stack_frame;

struct incident {
	char id[INCIDENT_ID_SIZE]; /* session and number: "5f0c2a91-000017" */
	uint64_t number;	   /* within the session, from 1 */
	bool is_quiet;		   /* its owner had few incidents in full in that second */
	uint64_t group;		   /* of the group that the kernel counts it in; 0: none */
	uint64_t death_group;	   /* the same, of the death that became a part of it */
	uint32_t cpu;
	struct ev_numbers numbers; /* pid_ns 0: sigpath runs in the PID namespace of the host */
	uint64_t monotonic_ns;
	struct timespec time;	 /* CLOCK_REALTIME */
	enum ev_subject subject; /* which of the blocks below exist */
	enum ev_outcome outcome;
	struct incident_signal signal;
	struct incident_death death; /* -s fatal */
	/*
	 * What had asked a process to end that died: signal.sender.stop, or what anybody else sent
	 * at most INCIDENT_STOP_MAX_NS before. The newer of both.
	 */
	struct incident_stop stop;
	struct incident_process process;
	struct incident_syscall syscall;
	struct incident_object object;
	/* Why the kernel killed it: by the subject. */
	struct incident_limit limit;
	struct incident_memory memory;
	struct incident_seccomp seccomp;
	struct incident_namespace namespace_end;
	size_t candidate_count;
	struct peer_candidate candidates[INCIDENT_CANDIDATES_MAX];
	struct ev_peer peer_detail;   /* pid 0: none; of the process with its pid and start time */
	struct ev_peer sender_detail; /* likewise */
	struct ev_names on_disk, peer_on_disk; /* likewise */
	struct incident_peer_process peer;
	size_t link_count;
	struct incident_link links[INCIDENT_LINKS_MAX];
	struct incident_end end;
	struct incident_fault fault;
	struct incident_abort abort;
	struct incident_registers registers;
	bool have_core_facts; /* the kernel side saw what decides about a core */
	struct ev_core core_facts;
	struct incident_core core; /* from these: core_decide() */
	const struct stack *stack; /* user frames (stack.h), owned by the unwinder; NULL: none */
	/* The signal's handler, owned by the unwinder too. NULL: none, or unknown. */
	const struct stack_frame *handler_frame;
	struct incident_kernel_stack kernel_stack;
	enum missing_reason missing[MISSING_FIELDS];
};

/* A call failed on an object: a write, or one that would make a file too large. */
bool incident_has_object(const struct incident *incident);

/* The number here of the process or thread WHICH. */
struct incident_here incident_here(const struct incident *incident, enum ev_number which);
/* The number here; 0: it has none. NUMBER: the host's. */
uint32_t incident_number_here(uint32_t number, struct incident_here here);
/* The number in the /proc that sigpath sees, as of procdir_number(). NUMBER: the host's. */
uint32_t incident_number_in_proc(uint32_t number, struct incident_here here);

#define INCIDENT_NUMBER_SIZE 40
/*
 * As a person reads it, the number here first: "812"; "7 (host:812)" if both differ; "host:812" if
 * it has none here. Returns TEXT.
 */
const char *incident_number_text(uint32_t number, struct incident_here here,
				 char text[INCIDENT_NUMBER_SIZE]);

/*
 * The time from MONOTONIC_NS to the incident; 0 if it is later, which a hostile file may contain.
 */
uint64_t incident_ago_ns(const struct incident *incident, uint64_t monotonic_ns);

/* Its signal waits, or a debugger has it: it may still end the process. */
bool incident_is_held_back(const struct incident *incident);

/* Its signal ended the whole process. */
bool incident_is_death(const struct incident *incident);
