/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The coordinator of a world: it makes the processes, tells them what to do, and knows who did what
 * and when. It holds no reference of the object when the end comes.
 */
#pragma once

#include <stdarg.h>

#include "actor.h"
#include "network.h"
#include "plan.h"

#define MEMBERS_MAX 10
#define CLOSERS_MAX 2

struct member {
	struct channel channel;
	int pidfd;
	bool alive;
	struct identity who;
	/* How it was told to end. */
	bool ended;
	int end_code, end_signal; /* one of them counts: the signal, if it is not 0 */
	uint64_t end_before_ns, end_after_ns;
};

struct closer {
	struct member *member;
	struct identity before; /* it can have executed another program since */
	pid_t tid;		/* 0: any of its threads */
	uint64_t before_ns, after_ns;
};

struct world {
	const struct plan *plan;
	int channel; /* to the runner */
	int number;  /* of the worlds that run at the same time, which one? */
	struct networks networks;
	struct member members[MEMBERS_MAX];
	int member_count;
	struct member *root, *writer, *holders[PLAN_HOLDERS_MAX], *decoys[PLAN_DECOYS_MAX];
	struct member *sibling; /* shares the writer's end */

	struct address server, client; /* client.size 0: the kernel chooses */
	struct address local, peer;    /* of the writer's socket */
	struct answer about;	       /* the failing write */
	pid_t writer_tid;
	uint64_t write_after_ns;
	bool writer_survived;
	bool met_reset; /* the writer's socket was reset before its last write but one */
	struct closer closers[CLOSERS_MAX];
	int closer_count;
	struct closer half; /* who sent FIN before the end; member NULL: nobody */
};

/* The world ends here. The runner hears why. */
noreturn void stage_fail(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
noreturn void stage_skip(struct world *world, const char *why);
/* Kills and reaps all that is left. */
void stage_clear(struct world *world);

/* PARENT NULL: a child of the coordinator. KEEP: which of the parent's slots it keeps. */
struct member *stage_spawn(struct world *world, struct member *parent,
			   const struct actor_spec *spec, unsigned int keep);
/* The same, and PARENT closes the slots of DROP as soon as it has forked. */
struct member *stage_spawn_from(struct world *world, struct member *parent,
				const struct actor_spec *spec, unsigned int keep,
				unsigned int drop);
void stage_tell(struct world *world, struct member *member, const struct command *command, int fd);
/* The answer to what was told. False: the process has ended. */
bool stage_hear(struct world *world, struct member *member, struct answer *ret_answer, int *ret_fd);
/* Tells, and hears an answer that must come. Returns its error. */
int stage_try(struct world *world, struct member *member, const struct command *command,
	      struct answer *ret_answer);
/* The same for what must work. */
void stage_do(struct world *world, struct member *member, const struct command *command,
	      struct answer *ret_answer);
/* Passes the descriptor of SLOT on with SCM_RIGHTS. */
void stage_give(struct world *world, struct member *from, struct member *to, int slot);
/* Begins the end of MEMBER; stage_ended() waits for it. CODE is for exit_code. */
void stage_end(struct world *world, struct member *member, enum drop drop, int code);
void stage_ended(struct world *world, struct member *member);
void stage_sleep(unsigned int microseconds);

/* The acts of a world, in this order. */
void act_setting(struct world *world); /* processes and the object */
void act_break(struct world *world);   /* who lets go, and what decoys do at the same time */
void act_write(struct world *world);   /* up to the failing write and what follows */
/* Of pipelines */
void pipeline_make(struct world *world);
void pipeline_make_holder(struct world *world, int index);
void pipeline_make_decoy(struct world *world, int index, struct actor_spec *spec);
/* The holder executes another program, if it does so at the moment WHEN. */
void pipeline_exec(struct world *world, int index, enum again when);
/* Closes, and ends by itself some time later. */
void pipeline_part(struct world *world, int index, struct answer *ret_answer);
/* After the write: those that end do so, and the others outlive it long enough. */
void pipeline_finish(struct world *world);
/* What happened, as one line of JSON. */
void truth_write(const struct world *world, char *text, size_t size);

/* Addresses of the plan, for the processes of this world. */
void address_make(const struct world *world, int variant, struct address *ret_server,
		  struct address *ret_client);
