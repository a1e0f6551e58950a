/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of a world. The seed decides all of it, so that one number repeats a world. The world
 * acts by the plan, and the runner reads from it what sigpath can know.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_HOLDERS_MAX 3
#define PLAN_DECOYS_MAX 2
#define PLAN_TEXT_SIZE 512

enum object {
	OBJECT_PIPE,
	OBJECT_FIFO,
	OBJECT_PAIR_STREAM,
	OBJECT_PAIR_SEQPACKET,
	OBJECT_UNIX_STREAM,
	OBJECT_UNIX_STREAM_ABSTRACT,
	OBJECT_UNIX_SEQPACKET,
	OBJECT_UNIX_SEQPACKET_ABSTRACT,
	OBJECT_TCP4,
	OBJECT_TCP6,
	OBJECT_TCP_MAPPED, /* an IPv4 client of a listener for both families */
	OBJECT_TCP_VETH,
	OBJECT_COUNT
};

/* What is done to the object, beside the drop of the last reference. */
enum manner {
	MANNER_PLAIN,
	MANNER_UNREAD,	    /* data for the peer is left unread */
	MANNER_LINGER,	    /* SO_LINGER 0 */
	MANNER_HALF,	    /* SHUT_WR, then the drop */
	MANNER_HALF_UNREAD, /* data, SHUT_WR, then the drop with that data unread */
	MANNER_HALF_WRITE,  /* SHUT_WR, data that is acknowledged and not read, then the drop */
	MANNER_SHUT_RD,	    /* no drop */
	MANNER_SHUT_RDWR,   /* no drop */
	MANNER_LISTENER,    /* the listener is dropped with the connection in its accept queue */
	MANNER_LOCAL_WR,    /* the writer shuts down its own end; no drop */
	MANNER_LOCAL_RDWR,
	MANNER_COUNT
};

/* How a process lets go of its references. */
enum drop {
	DROP_CLOSE,
	DROP_CLOSE_EXIT, /* close, and exit some time later */
	DROP_EXEC,	 /* close-on-exec */
	DROP_EXIT,	 /* _exit(0) */
	DROP_EXIT_CODE,
	DROP_SIGKILL,
	DROP_SIGSEGV,
	DROP_COUNT
};

/* How a holder got its reference. */
enum obtain {
	OBTAIN_FORK,
	OBTAIN_FORK_EXEC,
	OBTAIN_SCM,
	OBTAIN_ANYWHERE_COUNT,
	/* Those of pipelines alone */
	OBTAIN_HIGH_EXEC = OBTAIN_ANYWHERE_COUNT, /* by fork and exec, at a high descriptor */
	OBTAIN_REOPEN,				  /* opens /proc/PID/fd/0 of the first one */
	OBTAIN_SHELL, /* the process that made the pipe keeps its own copy */
	OBTAIN_COUNT
};

/* When a holder of a pipeline executes another program and keeps its end. */
enum again { AGAIN_NEVER, AGAIN_EARLY, AGAIN_LATE, AGAIN_COUNT };

/* Where the last reference is when nobody has a descriptor of it any more. */
enum queue {
	QUEUE_NONE,
	QUEUE_EXIT,  /* in a message that the closer leaves unread when it ends */
	QUEUE_CYCLE, /* in a message to a socket that only this message holds: garbage */
	QUEUE_COUNT
};

enum call {
	CALL_WRITE,
	CALL_WRITEV,
	CALL_SEND,
	CALL_SENDTO,
	CALL_SENDMSG,
	CALL_SENDMMSG,
	CALL_SENDFILE,
	CALL_SPLICE,
	CALL_TEE,
	CALL_VMSPLICE,
	CALL_COUNT
};

enum disposition {
	DISPOSITION_DEFAULT,
	DISPOSITION_IGNORE,
	DISPOSITION_HANDLER,
	DISPOSITION_BLOCKED,
	DISPOSITION_COUNT
};

/* How the writer takes the error that a reset leaves on its socket. */
enum consume { CONSUME_WRITE, CONSUME_READ, CONSUME_SO_ERROR, CONSUME_COUNT };

/* What a writer does that lives on after its failed write. */
enum after { AFTER_EXIT, AFTER_KILLED, AFTER_LIVES, AFTER_COUNT };

enum decoy_when {
	DECOY_EARLY, /* exits before the object is made */
	DECOY_JUST_BEFORE,
	DECOY_JUST_AFTER,
	DECOY_LATER,
	DECOY_STAYS,
	DECOY_COUNT
};

/* A connection that a decoy makes on the ports of the real one. */
enum decoy_connection {
	DECOY_NO_CONNECTION,
	DECOY_EARLIER,	 /* before the real one */
	DECOY_ELSEWHERE, /* identical addresses in another network namespace */
	DECOY_SAME_TUPLE,
	DECOY_SAME_PORT, /* the same ports, another address */
	DECOY_CONNECTION_COUNT
};

/* Properties of a process. */
struct traits {
	bool exec;	  /* executes itself under another name first */
	bool idle_thread; /* has a second thread */
	bool in_thread;	  /* acts in a thread of its own */
	bool session;	  /* setsid() */
	bool group;	  /* setpgid() */
	bool leaves_zombies;
	uint8_t name; /* which of the few names it has */
	uint8_t user; /* 0: root */
};

struct plan_holder {
	enum obtain obtain; /* of the first one: only whether it executes itself */
	enum drop drop;
	bool dup; /* has the object at two descriptors */
	uint8_t code;
	/* Of pipelines alone */
	uint8_t from; /* which holder it has its reference from */
	enum again again;
	unsigned int exit_us; /* DROP_CLOSE_EXIT: it ends by itself so long after its close */
	unsigned int gap_us;  /* after it has let go */
	struct traits traits;
};

struct plan_decoy {
	enum decoy_when when;
	enum drop drop; /* one that ends it */
	enum decoy_connection connection;
	bool held;  /* had the end, and closed it before */
	bool churn; /* holds other pipes and sockets */
	bool piped; /* executed with the read end of another pipe at descriptor 0 */
	uint8_t code;
	struct traits traits;
};

struct plan {
	uint64_t seed;
	enum object object;
	enum manner manner;
	bool before_start;
	bool pipeline;	 /* the pipe is made and handed on as a shell does it */
	bool shell_slow; /* it closes its own copy only when the reader has started */
	bool reads;	 /* the reader reads something before it closes */
	bool pid_namespace;
	bool inner_network; /* in a network namespace, where ports are used again at once */
	bool writer_is_root, peer_is_root;
	bool writer_accepts; /* else it connects */
	bool listener_at_root;
	bool local_by_other; /* a process that shares the writer's end shuts it down */
	bool reopened;	     /* FIFO: another reader had it open before */
	bool churn_before;
	bool fills; /* the data that is left unread fills all buffers */
	enum queue queue;
	bool together;			  /* the last two holders let go at the same moment */
	uint8_t server_port, client_port; /* client_port 0: the kernel chooses */

	int holder_count;
	struct plan_holder holders[PLAN_HOLDERS_MAX];
	uint8_t order[PLAN_HOLDERS_MAX]; /* in which they let go */
	int decoy_count;
	struct plan_decoy decoys[PLAN_DECOYS_MAX];

	struct traits root, writer;
	enum call call;
	bool no_signal;
	enum disposition disposition;
	enum consume consume;
	enum after after;
	uint8_t after_code;
	uint16_t bytes, unread_bytes;
	unsigned int half_us, pause_us, second_pause_us, exit_later_us, after_us;
};

void plan_make(uint64_t seed, struct plan *ret_plan);

bool plan_is_pipe(const struct plan *plan);
bool plan_is_unix(const struct plan *plan);
bool plan_is_seqpacket(const struct plan *plan);
bool plan_is_tcp(const struct plan *plan);
/* It is a socket that is bound, and to which the other end connects. */
bool plan_has_name(const struct plan *plan);
bool plan_is_local(const struct plan *plan);
/* A living end shuts the object down; nobody drops it. */
bool plan_is_shutdown(const struct plan *plan);
/* Data is sent before the end, and never read. */
bool plan_leaves_unread(const struct plan *plan);
bool plan_needs_namespace(const struct plan *plan);
/* The drop ends the process. */
bool drop_is_end(enum drop drop);
/* The holder that lets go as the last one. */
const struct plan_holder *plan_closer(const struct plan *plan);

/* The row of the table: "pipe", "tcp_reset", "closed_before_start", ... */
const char *plan_kind(const struct plan *plan);
/* "exits", "exits later", "lives on", "exits, queued" or "garbage" */
const char *plan_closer_end(const struct plan *plan);
/* What this kernel lets sigpath see. */
struct sight {
	bool closes; /* pipe_release and unix_release_sock are hooked */
	/* Up to 6.7 a thread that closes a unix socket may collect garbage of others then. */
	bool collects_in_place;
};

/* A hook can see who did it. */
bool plan_is_knowable(const struct plan *plan, const struct sight *sight);
/* One line for people. Returns TEXT. */
const char *plan_text(const struct plan *plan, char text[PLAN_TEXT_SIZE]);
