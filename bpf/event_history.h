/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A part of the record (event.h): what happened before the incident and after it, and which
 * processes took part. Only event.h includes it.
 */
#pragma once

#define EV_CLOSER_EXITED 1u   /* it was exiting, and that closed the end */
#define EV_CLOSER_SHUTDOWN 4u /* shutdown(2), not close(2) */
/* TCP: how the close ended the connection without a FIN. */
#define EV_CLOSER_UNREAD 16u	   /* close(2) with data unread */
#define EV_CLOSER_LINGER 32u	   /* close(2) with SO_LINGER 0 */
#define EV_CLOSER_DISCONNECTED 64u /* connect(2) to AF_UNSPEC */
#define EV_CLOSER_UNACCEPTED 128u  /* a listener was closed; this connection waited in its queue */
/*
 * A kernel thread dropped the last reference, later than the process that gave it up. pid is 0.
 */
#define EV_CLOSER_KERNEL 256u
#define EV_CLOSER_HALF 512u /* TCP: shutdown(SHUT_WR) only, it still reads */

/* A process that closed an end of the object. time_ns 0: not seen. */
struct ev_closer {
	__u64 time_ns;	     /* CLOCK_MONOTONIC */
	__u64 start_boot_ns; /* of the process: with its pid it is the identity */
	__u32 pid;
	__u32 tid;
	__u32 flags;	 /* EV_CLOSER_* */
	__s32 exit_code; /* wait status, with EV_CLOSER_EXITED */
	char comm[EV_COMM_LEN];
};

#define EV_HOLDERS_MAX 4

#define EV_HOLDER_SOLE 1u /* nobody else had the end open when it was started */

/* A process that was started (execve) with a read end of the pipe open. */
struct ev_holder {
	__u64 start_boot_ns;
	__u32 pid;   /* 0: none */
	__u32 flags; /* EV_HOLDER_* */
};

/* What hooks saw of the object before. Times are CLOCK_MONOTONIC; 0: not seen. */
struct ev_history {
	__u64 watched_since_ns; /* when the hooks were attached */
	__u64 connected_ns;	/* TCP: handshake done */
	__u64 fin_received_ns;
	__u64 reset_received_ns;
	__u64 closed_ns;		/* the socket became CLOSE */
	__u64 error_ns;			/* sk_err was set */
	__u32 error;			/* to this errno */
	__u32 reset_state;		/* TCP state in which the reset came */
	struct ev_closer local;		/* who shut this end down */
	struct ev_closer peer;		/* who closed the other end, on this host */
	struct ev_closer peer_shutdown; /* who shut the other end down before that */
	__u32 fin_snd_una; /* TCP: snd_una and snd_nxt when the FIN came, with fin_received_ns */
	__u32 fin_snd_nxt;
	__u32 watched;	    /* EV_WATCHED_* */
	__u32 holders_lost; /* pipe: more processes held it than there is space for */
	struct ev_holder
		holders[EV_HOLDERS_MAX]; /* pipe: that may still hold it, or have closed it */
};

#define EV_WATCHED_RELEASES 1u	/* each close of a pipe and unix socket passes a hook */
#define EV_WATCHED_SHUTDOWNS 2u /* each shutdown(2) of a unix socket too */

/*
 * The numbers that the processes and threads of an incident have here: in the PID namespace of
 * sigpath. The block is absent if that is the host's. All other numbers in a record are the host's.
 */
enum ev_number {
	EV_NUMBER_PID = 0,
	EV_NUMBER_TID = 1,
	EV_NUMBER_PARENT = 2,
	EV_NUMBER_GROUP = 3,
	EV_NUMBER_TRACER = 4,
	EV_NUMBER_SENDER = 5, /* its pid, and then its tid */
	EV_NUMBER_LOCAL = 7,  /* likewise: ev_history.local */
	EV_NUMBER_PEER = 9,
	EV_NUMBER_PEER_SHUTDOWN = 11,
	EV_NUMBER_UNIX_PEER = 13, /* ev_unix.peer_pid */
	EV_NUMBERS = 14,
};

struct ev_numbers {
	__u32 pid_ns; /* inode number of the namespace */
	__u32 pad0;
	__u32 number[EV_NUMBERS]; /* 0: it has none in the namespace, or there is no such process */
};

/* The end of a process. */
struct ev_exit {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 start_boot_ns;
	__u32 pid;
	__u32 ppid;
	__u32 pgid;
	__s32 status;		/* wait status */
	char comm[EV_COMM_LEN]; /* of the main thread */
	__u32 flags;		/* EV_EXIT_* */
	__u32 pid_here;		/* its number for struct ev_numbers; 0: none, or not recorded */
};

/* It had a unix socket open beside its standard streams, so it may have passed fds on. */
#define EV_EXIT_UNIX 1u

#define EV_PEER_TEXT_MAX 256 /* most bytes stored of each text below */

#define EV_PEER_ENDED 1u /* status is valid */
#define EV_PEER_EXE_TRUNCATED 2u
#define EV_PEER_CMDLINE_TRUNCATED 4u
#define EV_PEER_CGROUP_TRUNCATED 8u
#define EV_PEER_LIVES 16u	     /* it did when this was read */
#define EV_PEER_CMDLINE_REDACTED 32u /* as EV_SPAN_REDACTED */

/*
 * More about a process: kept when it ended, or read from /proc while it lives. Paths have their
 * components from the leaf to the root, each with its NUL. A length of 0: not known.
 */
struct ev_peer {
	__u64 start_boot_ns;
	__u64 end_ns; /* CLOCK_MONOTONIC; 0: it lives */
	__u32 pid;
	__u32 uid;
	__u32 flags;  /* EV_PEER_* */
	__s32 status; /* wait status */
	__u32 exe_length;
	__u32 cmdline_length;
	__u32 cgroup_length;
	__u32 pad0;
	char comm[EV_COMM_LEN];
	__u8 exe[EV_PEER_TEXT_MAX];
	__u8 cmdline[EV_PEER_TEXT_MAX];
	__u8 cgroup[EV_PEER_TEXT_MAX];
};

enum ev_end_state {
	EV_END_NOT_ASKED = 0, /* the outcome was certain at once, or sigpath did not look */
	EV_END_ALIVE = 1,
	EV_END_ENDED = 2,
	EV_END_UNKNOWN = 3, /* ev_end.reason says why */
};

enum ev_end_reason {
	EV_END_NOT_WATCHED = 0, /* sigpath exited before, or had to follow too many */
	EV_END_UNSEEN = 1,	/* the process is gone, and no hook saw its end */
	EV_END_OVERWRITTEN =
		2, /* a later end took the place of its end in the list (exit_entry.h) */
};

/*
 * What happened to the process afterwards. User space fills it in if the signal did not decide it.
 */
struct ev_end {
	__u64 time_ns; /* when it exited, or when it was last seen running; CLOCK_MONOTONIC */
	__s32 status;  /* wait status */
	__u32 state;   /* enum ev_end_state */
	__u32 reason;  /* enum ev_end_reason, with EV_END_UNKNOWN */
	/* After a handler: the thread that raised the signal again, which killed; 0: none */
	__u32 raised_tid;
	__u64 raised_ns;
	__u32 raised_tid_here; /* as in struct ev_numbers */
	__u32 told;	       /* 1: an incident of its own tells this end */
	/* Of the record of the death (EV_BLOCK_DEATH) that became a part of this one; 0: none */
	__u64 death_group;
};
