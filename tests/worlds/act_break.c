// SPDX-License-Identifier: GPL-2.0-or-later
/* The second act: the other end goes away. The coordinator orders who is the last one. */
#include "stage.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* The traits of the holder say whether a thread of its own does it. */
static struct command of_holder(const struct world *world, int index, enum op op)
{
	return (struct command){ .op = op,
				 .slot = SLOT_PEER,
				 .in_thread = world->plan->holders[index].traits.in_thread };
}

/*
 * The writer has sent data that stays unread. On a loaded machine TCP may deliver it after the
 * drop, or send it again: then the end was another one than planned.
 */
static void wait_for_unread(struct world *world, struct member *holder)
{
	struct command wait = { .op = OP_WAIT, .slot = SLOT_PEER, .number = POLLIN };

	if (plan_is_tcp(world->plan))
		stage_do(world, holder, &wait, NULL);
}

static void prepare(struct world *world)
{
	const struct plan *plan = world->plan;
	struct command send = { .op = OP_SEND, .slot = SLOT_WRITER, .number = plan->unread_bytes };
	struct command read = { .op = OP_READ, .slot = SLOT_PEER, .number = plan->unread_bytes };
	struct command linger = { .op = OP_LINGER, .slot = SLOT_PEER };

	if (plan->fills)
		send.op = OP_FILL;
	if (plan_leaves_unread(plan)) {
		stage_do(world, world->writer, &send, NULL);
		wait_for_unread(world, world->holders[0]);
	}
	if (plan->reads) {
		send.op = OP_SEND;
		stage_do(world, world->writer, &send, NULL);
		stage_do(world, world->holders[0], &read, NULL);
	}
	if (plan->manner == MANNER_LINGER)
		stage_do(world, world->holders[0], &linger, NULL);
}

static void half_close(struct world *world)
{
	const struct plan *plan = world->plan;
	struct command half = of_holder(world, plan->order[0], OP_SHUTDOWN);
	struct command send = { .op = OP_SEND, .slot = SLOT_WRITER, .number = plan->unread_bytes };
	struct command wait = { .op = OP_WAIT, .slot = SLOT_WRITER, .number = POLLRDHUP };
	struct answer answer;

	if (plan->manner != MANNER_HALF && plan->manner != MANNER_HALF_UNREAD &&
	    plan->manner != MANNER_HALF_WRITE)
		return;
	half.number = SHUT_WR;
	stage_do(world, world->holders[plan->order[0]], &half, &answer);
	world->half.member = world->holders[plan->order[0]];
	world->half.tid = answer.tid;
	world->half.before_ns = answer.before_ns;
	world->half.after_ns = answer.after_ns;
	stage_do(world, world->writer, &wait, NULL);
	stage_sleep(plan->half_us / 2);
	if (plan->manner == MANNER_HALF_WRITE) {
		stage_do(world, world->writer, &send, NULL);
		wait_for_unread(world, world->holders[plan->order[0]]);
	}
	stage_sleep(plan->half_us / 2);
}

static void note_closer(struct world *world, struct member *member, const struct identity *before,
			const struct answer *answer)
{
	struct closer *closer = &world->closers[world->closer_count++];

	closer->member = member;
	closer->before = *before;
	closer->tid = answer->tid;
	closer->before_ns = answer->before_ns;
	closer->after_ns = answer->after_ns;
}

static void close_copy(struct world *world, int index)
{
	struct command command = of_holder(world, index, OP_CLOSE);

	command.keep = KEEP(SLOT_COPY);
	stage_do(world, world->holders[index], &command, NULL);
}

/* Lets go without ending. The coordinator hears of it when it has happened. */
static void let_go(struct world *world, int index, struct answer *ret_answer)
{
	const struct plan_holder *holder = &world->plan->holders[index];
	struct member *member = world->holders[index];
	struct command command = of_holder(world, index, OP_CLOSE);
	uint64_t before_ns = now_ns();

	if (holder->dup)
		close_copy(world, index);
	if (world->plan->pipeline && holder->drop == DROP_CLOSE_EXIT) {
		pipeline_part(world, index, ret_answer);
		return;
	}
	command.keep = KEEP(SLOT_PEER) | KEEP(SLOT_COPY);
	if (holder->drop == DROP_EXEC) {
		command.op = OP_EXEC;
		command.in_thread = false;
	}
	stage_do(world, member, &command, ret_answer);
	if (holder->drop != DROP_EXEC)
		return;
	ret_answer->before_ns = before_ns;
	ret_answer->tid = 0;
	member->who = ret_answer->who;
}

static void decoys_go(struct world *world, enum decoy_when when)
{
	for (int i = 0; i < world->plan->decoy_count; i++) {
		const struct plan_decoy *decoy = &world->plan->decoys[i];

		if (decoy->when == when && world->decoys[i]->alive)
			stage_end(world, world->decoys[i], decoy->drop, decoy->code);
	}
}

static void decoys_gone(struct world *world, enum decoy_when when)
{
	for (int i = 0; i < world->plan->decoy_count; i++)
		if (world->plan->decoys[i].when == when)
			stage_ended(world, world->decoys[i]);
}

static void end_holder(struct world *world, int index)
{
	const struct plan_holder *holder = &world->plan->holders[index];

	stage_end(world, world->holders[index], holder->drop, holder->code);
}

static void note_ended(struct world *world, int index)
{
	struct member *member = world->holders[index];
	struct answer answer = { 0 };

	stage_ended(world, member);
	answer.before_ns = member->end_before_ns;
	answer.after_ns = member->end_after_ns;
	note_closer(world, member, &member->who, &answer);
}

static void exit_later(struct world *world, int index)
{
	const struct plan_holder *holder = &world->plan->holders[index];

	if (holder->drop != DROP_CLOSE_EXIT || world->plan->pipeline)
		return;
	stage_sleep(world->plan->exit_later_us);
	stage_end(world, world->holders[index], DROP_EXIT_CODE, holder->code);
	stage_ended(world, world->holders[index]);
}

/* Those that let go before the last ones. */
static void first_ones_let_go(struct world *world)
{
	const struct plan *plan = world->plan;
	int count = plan->holder_count - (plan->together ? 2 : 1);
	struct answer answer;

	for (int i = 0; i < count; i++) {
		int index = plan->order[i];

		pipeline_exec(world, index, AGAIN_LATE);
		if (drop_is_end(plan->holders[index].drop)) {
			end_holder(world, index);
			stage_ended(world, world->holders[index]);
		} else {
			let_go(world, index, &answer);
			exit_later(world, index);
		}
		stage_sleep(plan->holders[index].gap_us);
	}
}

static void leave_in_queue(struct world *world, int index, struct answer *ret_answer)
{
	struct command command = of_holder(world, index, OP_QUEUE);

	command.number = world->plan->queue;
	stage_do(world, world->holders[index], &command, ret_answer);
}

/* Garbage is collected some time later. After a half close nothing tells when. */
static void writer_sees_end(struct world *world)
{
	struct command command = { .op = OP_WAIT,
				   .slot = SLOT_WRITER,
				   .number = plan_is_tcp(world->plan) ? POLLRDHUP : 0 };

	stage_do(world, world->writer, &command, NULL);
}

static void last_ones_let_go(struct world *world)
{
	const struct plan *plan = world->plan;
	int last = plan->order[plan->holder_count - 1];
	struct identity before;
	struct answer answer;

	pipeline_exec(world, last, AGAIN_LATE);
	before = world->holders[last]->who;
	decoys_go(world, DECOY_JUST_BEFORE);
	if (plan->together)
		end_holder(world, plan->order[plan->holder_count - 2]);
	if (plan->queue)
		leave_in_queue(world, last, &answer);
	if (plan->queue == QUEUE_CYCLE) {
		writer_sees_end(world);
		answer.after_ns = now_ns();
		note_closer(world, world->holders[last], &before, &answer);
	} else if (drop_is_end(plan->holders[last].drop)) {
		end_holder(world, last);
	} else {
		let_go(world, last, &answer);
		note_closer(world, world->holders[last], &before, &answer);
	}
	decoys_go(world, DECOY_JUST_AFTER);
	if (drop_is_end(plan->holders[last].drop))
		note_ended(world, last);
	if (plan->together)
		note_ended(world, plan->order[plan->holder_count - 2]);
	exit_later(world, last);
	decoys_gone(world, DECOY_JUST_BEFORE);
	decoys_gone(world, DECOY_JUST_AFTER);
}

/* The other end lives, and one of its holders shuts it down. */
static void shut_down(struct world *world)
{
	const struct plan *plan = world->plan;
	int index = plan->order[plan->holder_count - 1];
	struct command command = of_holder(world, index, OP_SHUTDOWN);
	struct answer answer;

	command.number = plan->manner == MANNER_SHUT_RD ? SHUT_RD : SHUT_RDWR;
	decoys_go(world, DECOY_JUST_BEFORE);
	stage_do(world, world->holders[index], &command, &answer);
	note_closer(world, world->holders[index], &world->holders[index]->who, &answer);
	decoys_go(world, DECOY_JUST_AFTER);
	decoys_gone(world, DECOY_JUST_BEFORE);
	decoys_gone(world, DECOY_JUST_AFTER);
}

static void shut_down_here(struct world *world)
{
	struct command command = { .op = OP_SHUTDOWN,
				   .slot = SLOT_WRITER,
				   .in_thread = world->plan->writer.in_thread };

	command.number = world->plan->manner == MANNER_LOCAL_WR ? SHUT_WR : SHUT_RDWR;
	stage_do(world, world->sibling ? world->sibling : world->writer, &command, NULL);
	decoys_go(world, DECOY_JUST_BEFORE);
	decoys_go(world, DECOY_JUST_AFTER);
	decoys_gone(world, DECOY_JUST_BEFORE);
	decoys_gone(world, DECOY_JUST_AFTER);
}

void act_break(struct world *world)
{
	prepare(world);
	half_close(world);
	if (plan_is_local(world->plan)) {
		shut_down_here(world);
	} else if (plan_is_shutdown(world->plan)) {
		shut_down(world);
	} else {
		first_ones_let_go(world);
		last_ones_let_go(world);
	}
}
