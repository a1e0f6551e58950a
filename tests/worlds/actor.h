/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process of a world. It does what its channel tells it, and answers with times and facts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "channel.h"
#include "plan.h"

#define ACTOR_SECONDS 200 /* a process of a world does not live longer */
#define ACTOR_NAME_SIZE 16
#define ACTOR_PATH_SIZE 96
#define ACTOR_COMMAND_SIZE 192
#define NETWORK_FD 100 /* and the next ones: namespaces, by enum place */

enum place { PLACE_HOST, PLACE_INNER, PLACE_OTHER, PLACE_COUNT };

enum move { MOVE_NONE, MOVE_TO_STDIN, MOVE_HIGH };

enum slot {
	SLOT_WRITER, /* the writer's end of the object */
	SLOT_PEER,   /* the other end, or the listener whose queue holds it */
	SLOT_LISTENER,
	SLOT_COPY, /* another descriptor of SLOT_PEER */
	SLOT_OLD,  /* an end that was there before */
	SLOT_COUNT
};
#define KEEP(slot) (1u << (slot))

enum op {
	OP_FORK,       /* a child; .spec; .number: slots that the parent closes then */
	OP_TAKEN,      /* the coordinator has copies of .channel of the last answer */
	OP_PIPE,       /* SLOT_PEER and SLOT_WRITER */
	OP_SOCKETPAIR, /* .number: the type */
	OP_OPEN,       /* .path into .slot, .number: flags */
	OP_LISTEN,     /* .slot, .local */
	OP_CONNECT,    /* .slot, .local, .peer */
	OP_ACCEPT,     /* .slot from .slot2 */
	OP_DUP,	       /* .slot into .slot2 */
	OP_CLOSE,      /* .keep: the slots to close */
	OP_PART,  /* the same; after the answer .number microseconds, then it exits with .slot2 */
	OP_READ,  /* .number bytes of .slot */
	OP_GIVE,  /* answers with the descriptor of .slot, or sends it to .channel.in */
	OP_TAKE,  /* puts the descriptor that came along into .slot */
	OP_QUEUE, /* leaves .slot in a message; .number: enum queue */
	OP_SHUTDOWN,   /* .slot, .number: how */
	OP_LINGER,     /* .slot */
	OP_SEND,       /* .number bytes into .slot */
	OP_FILL,       /* until no byte fits any more into .slot */
	OP_CONSUME,    /* .number: enum consume, of .slot */
	OP_WAIT,       /* until poll() reports one of .number for .slot */
	OP_CHURN,      /* makes pipes and sockets; .number: 0 closes them again, 1 keeps them */
	OP_CONNECTION, /* makes .peer and .local a connection of its own and ends it */
	OP_RECONNECT,  /* connects .local to .peer and ends it, twice */
	OP_FATAL,      /* .fatal: the failing write; answers before it and after it */
	OP_EXEC,       /* closes .keep by executing itself */
	OP_EXIT,       /* .number */
	OP_SIGSEGV,
};

struct address {
	socklen_t size;
	struct sockaddr_storage storage;
};

struct actor_spec {
	struct traits traits;
	enum place place;
	bool pid_namespace;  /* only of the first one */
	enum move move;	     /* of SLOT_PEER, before it executes itself */
	bool without_socket; /* its channel is a pair of pipes */
};

struct fatal {
	enum call call;
	bool no_signal;
	enum disposition disposition;
	int bytes;
};

struct command {
	enum op op;
	bool in_thread;
	int slot, slot2;
	long number;
	unsigned int keep;
	struct actor_spec spec;
	struct address local, peer;
	struct fatal fatal;
	char path[ACTOR_PATH_SIZE];
};

/* All numbers are the host's: they come from its /proc. */
struct identity {
	pid_t pid;
	uint64_t start_ticks;
	uid_t uid;
	char comm[ACTOR_NAME_SIZE];
	char exe[ACTOR_PATH_SIZE];
	char cmdline[ACTOR_COMMAND_SIZE]; /* with spaces between the arguments */
};

enum answer_kind {
	ANSWER_HELLO, /* a process has started, or executed itself */
	ANSWER_DONE,
	ANSWER_ABOUT, /* the failing write comes next */
};

struct answer {
	enum answer_kind kind;
	int error;
	long value;
	struct channel channel; /* numbers of descriptors for the coordinator */
	pid_t tid;
	uint64_t before_ns, after_ns; /* CLOCK_MONOTONIC around what was asked */
	struct identity who;
	/* ANSWER_ABOUT */
	int fd;
	uint64_t inode;
	struct address local, peer;
};

/* The loop of a process that was just made. Does not return. */
noreturn void actor_hello_and_serve(const struct channel *channel, const struct actor_spec *spec);
/* main() of one that has executed itself. */
int actor_main(int argc, char **argv);
/* Does what SPEC asks for in a new process, and serves. Does not return. */
noreturn void actor_begin(const struct channel *channel, const struct actor_spec *spec);

/* For the files of an actor. */
struct actor {
	struct channel channel;
	struct channel lent;  /* until the coordinator has taken it */
	struct channel gives; /* over this it has sent an end; stays when it executes itself */
	int slots[SLOT_COUNT];
	struct actor_spec spec;
};
extern struct actor self;

void actor_answer(struct answer *answer, int fd);
void actor_fatal(const struct command *command, struct answer *answer);
int actor_object(const struct command *command, struct answer *answer);
int actor_decoy(const struct command *command, struct answer *answer);
int actor_break(const struct command *command, struct answer *answer);
/* Puts FD at a number above 20 that depends on nothing but chance, with close-on-exec. */
int actor_place_fd(int fd);
uint64_t now_ns(void);
void identity_read(struct identity *ret_identity);
pid_t identity_tid(void);
