/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A part of event.h, and included by it alone: what a call wrote to. */
#pragma once

enum ev_object_type {
	EV_OBJECT_NONE = 0, /* not known: object_status says why */
	EV_OBJECT_PIPE = 1,
	EV_OBJECT_FIFO = 2,
	EV_OBJECT_TCP = 3,
	EV_OBJECT_UNIX = 4,
	EV_OBJECT_SOCKET = 5, /* any other socket */
	EV_OBJECT_FILE = 6,   /* anything else: regular file, device, anonymous inode */
	EV_OBJECT_MPTCP = 7,
	EV_OBJECT_SCTP = 8,
	EV_OBJECT_VSOCK = 9,
};

enum ev_object_status {
	EV_OBJECT_KNOWN = 0,
	EV_OBJECT_NO_FD = 1,	 /* syscall.fd_status says why */
	EV_OBJECT_FD_CLOSED = 2, /* the fd table has no file there now */
	/* Not known: another thread put a file behind the fd that cannot cause EPIPE. */
	EV_OBJECT_REUSED = 3,
	EV_OBJECT_FD_MOVED = 4, /* known, but another thread closed or reused the fd meanwhile */
};

struct ev_pipe {
	__u32 readers; /* open read ends (open file descriptions) */
	__u32 writers;
	__u32 r_counter; /* read ends that were opened since it exists */
	__u32 w_counter;
	__u32 unread_buffers; /* pages that the reader left behind */
	__u32 max_buffers;
};

/*
 * struct tcp_sock, with its own units of time: jiffies (hz in the capture header) and microseconds.
 */
struct ev_tcp {
	__u64 bytes_sent; /* retransmissions included */
	__u64 bytes_acked;
	__u64 bytes_received;
	__u64 bytes_retrans;
	__u64 mstamp_us; /* last packet processed, CLOCK_MONOTONIC microseconds */
	__u64 jiffies_now;
	__u32 write_seq;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 rcv_nxt;
	__u32 lsndtime;	  /* jiffies: last data sent */
	__u32 rcv_tstamp; /* jiffies: last ACK received */
	__u32 lrcvtime;	  /* jiffies: last data received, 0 if never established */
	__u32 total_retrans;
	__u32 user_timeout_ms;
	__u32 snd_wnd;
	__u8 retransmits; /* icsk_retransmits, icsk_probes_out, icsk_backoff */
	__u8 probes_out;
	__u8 backoff;
	__u8 repair;
	__u8 is_mptcp_subflow;
	__u8 pad0[3];
	char ulp[16]; /* upper layer protocol ("tls"), empty if none */
};

#define EV_UNIX_PEER_HAVE 1u	 /* there is a peer socket */
#define EV_UNIX_PEER_DEAD 2u	 /* it was closed */
#define EV_UNIX_PEER_PID_GONE 4u /* the process that peer_pid names no longer exists */
#define EV_UNIX_PATH_IS_PEER 8u	 /* the path is the other end's address, not ours */
#define EV_UNIX_ABSTRACT 16u

struct ev_unix {
	__u32 flags;	/* EV_UNIX_* */
	__u32 peer_pid; /* sk_peer_pid: who connected, listened or made the pair; 0 if unknown */
	__u32 peer_shutdown; /* RCV_SHUTDOWN 1, SEND_SHUTDOWN 2 */
	__u32 peer_state;
	__u64 peer_inode;	  /* 0 once it is closed */
	__u32 peer_queue_packets; /* left unread in its receive queue */
	__u32 path_length;
	__u8 path[EV_UNIX_PATH_MAX]; /* sun_path, path_length bytes; an abstract name starts with
					NUL */
	__u8 pad0[4];
};

struct ev_vsock {
	__u32 local_cid;
	__u32 local_port;
	__u32 peer_cid;
	__u32 peer_port;
	__u32 peer_shutdown;
	__u32 pad0;
};

/* sk_shutdown, include/net/sock.h */
#define EV_SHUTDOWN_RECEIVE 1u
#define EV_SHUTDOWN_SEND 2u
#define EV_SHUTDOWN_BOTH 3u

#define EV_SOCKET_DEAD 1u      /* SOCK_DEAD: orphaned */
#define EV_SOCKET_DONE 2u      /* SOCK_DONE: a FIN was received */
#define EV_SOCKET_KEEPALIVE 4u /* SO_KEEPALIVE */
#define EV_SOCKET_LINGER 8u

/*
 * Two blocks of the record: the fields before the union and the union. So either may grow, and a
 * reader still finds what an older writer has stored.
 */
#define EV_OBJECT_COMMON_SIZE __builtin_offsetof(struct ev_object, pipe)
#define EV_OBJECT_DETAIL_SIZE (sizeof(struct ev_object) - EV_OBJECT_COMMON_SIZE)

struct ev_object {
	__u8 type;     /* enum ev_object_type */
	__u8 status;   /* enum ev_object_status */
	__u8 state;    /* sockets: sk_state */
	__u8 shutdown; /* sockets: RCV_SHUTDOWN 1, SEND_SHUTDOWN 2 */
	__u16 family;
	__u16 sock_type;
	__u16 protocol;
	__u16 local_port; /* host order */
	__u16 peer_port;
	__u16 mode;	    /* i_mode */
	__u32 file_flags;   /* O_* */
	__u32 socket_flags; /* EV_SOCKET_* */
	__u32 error;	    /* sk_err */
	__u32 error_soft;   /* sk_err_soft */
	__u32 net_ns;
	__u32 earlier_error; /* errno that an earlier call on this socket returned; 0: none known */
	__u64 earlier_error_ns; /* when, CLOCK_MONOTONIC */
	__u64 inode;
	__u64 dev;
	__u64 sk;		/* kernel address: a key, never shown */
	__u8 local_address[16]; /* network order; IPv4 in the first four */
	__u8 peer_address[16];
	__u32 interface; /* index of the interface that the socket is bound to; 0: none */
	__u32 pad0;
	char interface_name[EV_INTERFACE_LEN]; /* for link-local addresses; empty: not known */
	union {
		struct ev_pipe pipe;
		struct ev_tcp tcp;
		struct ev_unix unix_;
		struct ev_vsock vsock;
	};
};
