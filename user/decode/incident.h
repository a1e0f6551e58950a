/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One incident as every stage after decode sees it: typed, bounded, NUL-terminated, but still with
 * the hostile bytes of the traced process. Sinks escape; nobody else prints.
 *
 * Unknown is a value: what is absent is false in its `have` or NULL, and `missing` says why.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "event.h"

#define INCIDENT_ARGS_MAX 256 /* arguments of a command line that are kept apart */
#define INCIDENT_MISSING_MAX 24

/* A path or a command line: bytes with a NUL behind, not necessarily UTF-8. */
struct incident_path {
	bool have;
	bool truncated; /* its root end is cut off: it does not start with '/' */
	char text[EV_PATH_MAX + 2];
};

struct incident_cmdline {
	bool have;
	bool truncated;
	size_t count;
	const char *args[INCIDENT_ARGS_MAX]; /* into bytes */
	char bytes[EV_CMDLINE_MAX + 1];
};

struct incident_sender {
	bool have;
	uint32_t pid, tid, uid;
	char comm[EV_COMM_LEN + 1];
	bool have_syscall;
	const char *syscall; /* static: "kill", or NULL where the number has no name */
};

struct incident_signal {
	uint32_t number;
	enum ev_origin origin;
	enum ev_disposition disposition;
	enum ev_result result;
	bool blocked;
	bool group; /* sent to the process, not to one thread */
	bool dying; /* the process was exiting already for another reason */
	int code;   /* si_code */
	uint64_t handler;
	const char *site; /* the kernel function that decided; NULL if unknown */
	struct incident_sender sender;
};

enum incident_runtime {
	RUNTIME_UNKNOWN,
	RUNTIME_NATIVE, /* none that is known */
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

struct incident_process {
	uint32_t pid, tid, ppid, uid, gid;
	uint32_t ns_pid, ns_tid, pid_ns, net_ns, mnt_ns;
	uint32_t tracer_pid;
	uint32_t pgid;
	uint32_t flags;		/* EV_PROCESS_* */
	struct timespec start;	/* CLOCK_REALTIME */
	uint64_t start_boot_ns; /* the same on CLOCK_BOOTTIME */
	char comm[EV_COMM_LEN + 1], thread[EV_COMM_LEN + 1], parent_comm[EV_COMM_LEN + 1];
	struct incident_path exe;
	bool exe_deleted;
	uint64_t exe_inode, exe_dev;
	struct incident_cmdline cmdline;
	uint64_t cgroup_id;
	struct incident_path cgroup;
	/* enrich/container.c, from the cgroup path alone; empty where there is none */
	char unit[EV_NAME_MAX];
	char container[80];
	char pod[64];
	enum incident_runtime runtime; /* enrich/runtime.c */
	/* enrich/signal_sets.c, while they live */
	enum incident_answer parent_ignores; /* this signal */
	/* Where the signal stays pending: all threads, and those that do not block it. 0: unknown. */
	uint32_t threads, threads_open;
};

struct incident_syscall {
	bool have;
	enum ev_abi abi;
	uint32_t number;
	const char *name; /* static; NULL where the number has no name */
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
	uint64_t ip, sp;
};

/* Ages are counted back from the incident; jiffies give them a grain of 1000 / hz milliseconds. */
struct incident_tcp {
	uint64_t bytes_sent, bytes_acked, bytes_received, bytes_retrans;
	uint32_t unacked_bytes; /* write_seq - snd_una */
	bool established;	/* data or an ACK had come in once */
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
	bool have_path; /* a path in the file system, or of a unix socket */
	struct incident_path path;
	/* by type */
	struct ev_pipe pipe;
	struct incident_tcp tcp;
	struct ev_unix unix_;
	struct ev_vsock vsock;
};

/* Another process, and how sure that is. */
struct incident_peer_process {
	bool have;
	uint32_t pid;
	bool have_comm;
	char comm[EV_COMM_LEN + 1];
	const char *how; /* static */
	bool certain;
	bool have_ago;
	uint64_t ago_ns;
};

/* What became of the process, where the signal itself did not decide it. */
struct incident_end {
	enum ev_end_state state;
	int status;	   /* wait status, if it ended */
	uint64_t after_ns; /* the incident; of a process that lives: for so long it was watched */
};

/* One fact that the record does not hold and the reason; both static strings. */
struct incident_missing {
	const char *field;
	const char *reason;
};

#define INCIDENT_KERNEL_FRAMES_MAX 32

/* From the function that decided back to the system call. */
struct incident_kernel_frame {
	uint64_t address;
	const char *name; /* lives as long as the table that it came from; NULL: unknown */
	uint64_t offset;  /* from the symbol */
};

struct incident_kernel_stack {
	size_t count;
	struct incident_kernel_frame frames[INCIDENT_KERNEL_FRAMES_MAX];
};

struct stack;
struct stack_frame;

struct incident {
	char id[32];	 /* session and number: "5f0c2a91-000017" */
	uint64_t number; /* within the session, from 1 */
	uint64_t kind;	 /* of the storm that it may be part of; 0: none */
	uint32_t cpu;
	uint64_t monotonic_ns;
	struct timespec time; /* CLOCK_REALTIME */
	enum ev_outcome outcome;
	struct incident_signal signal;
	struct incident_process process;
	struct incident_syscall syscall;
	struct incident_object object;
	struct incident_peer_process peer;
	struct incident_end end;
	const struct stack *stack; /* user frames (stack.h), kept by who unwound them; NULL: none */
	/* The signal's handler, named the same way; kept by who named it. NULL: none, or unknown. */
	const struct stack_frame *handler_frame;
	struct incident_kernel_stack kernel_stack;
	size_t missing_count;
	struct incident_missing missing[INCIDENT_MISSING_MAX];
};

/* How long before the incident MONOTONIC_NS was; 0 for what is later, as a hostile file may have
 * it. */
uint64_t incident_ago_ns(const struct incident *incident, uint64_t monotonic_ns);

/* Notes that FIELD is unknown because of REASON (static strings). The first reason of a field
 * stays. */
void incident_note_missing(struct incident *incident, const char *field, const char *reason);
/* The reason noted for FIELD, or NULL. */
const char *incident_why_missing(const struct incident *incident, const char *field);
/* Takes the note back: a later stage has found FIELD. */
void incident_clear_missing(struct incident *incident, const char *field);
