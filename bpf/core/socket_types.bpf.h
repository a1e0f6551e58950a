/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's types of sockets. Only kernel_types.bpf.h includes it, which also explains them. */
#pragma once

struct in6_addr {
	u8 in6_u[16];
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u32 skc_hash;
	u16 skc_dport;
	u16 skc_num;
	u16 skc_family;
	volatile unsigned char skc_state;
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

struct sk_buff_head {
	u32 qlen;
};

struct socket;

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
	int sk_err;
	int sk_err_soft;
	u8 sk_shutdown;
	u16 sk_type;
	u16 sk_protocol;
	unsigned long sk_lingertime;
	struct pid *sk_peer_pid;
	struct socket *sk_socket;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct inet_sock {
	u32 inet_saddr;
	u16 inet_sport;
};

struct tcp_ulp_ops {
	char name[16];
};

struct inet_connection_sock {
	u8 icsk_retransmits;
	u8 icsk_backoff;
	u8 icsk_probes_out;
	u32 icsk_user_timeout;
	const struct tcp_ulp_ops *icsk_ulp_ops;
	struct {
		u32 lrcvtime;
	} icsk_ack;
};

struct tcp_sock {
	u64 bytes_sent;
	u64 bytes_acked;
	u64 bytes_received;
	u64 bytes_retrans;
	u64 tcp_mstamp;
	u32 write_seq;
	u32 snd_una;
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 lsndtime;
	u32 rcv_tstamp;
	u32 total_retrans;
	u32 snd_wnd;
	u8 repair : 1;
};

struct sockaddr_un {
	unsigned short sun_family;
};

struct unix_address {
	int len;
	struct sockaddr_un name[1];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct sockaddr_vm {
	u32 svm_port;
	u32 svm_cid;
};

struct vsock_sock {
	struct sockaddr_vm local_addr;
	struct sockaddr_vm remote_addr;
	u32 peer_shutdown;
};

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_VSOCK 40
#define SOCK_STREAM 1
#define IPPROTO_TCP 6
#define IPPROTO_SCTP 132
#define IPPROTO_MPTCP 262
/* enum sock_flags, include/net/sock.h: the same from 5.10 to 7.2. */
#define SOCK_DEAD 0
#define SOCK_DONE 1
#define SOCK_KEEPOPEN 3
#define SOCK_LINGER 4

#define RCV_SHUTDOWN 1

/* include/net/tcp_states.h */
#define TCP_ESTABLISHED 1
#define TCP_FIN_WAIT1 4
#define TCP_FIN_WAIT2 5
#define TCP_CLOSE 7
#define TCP_CLOSE_WAIT 8
#define TCP_LAST_ACK 9
#define TCP_LISTEN 10
