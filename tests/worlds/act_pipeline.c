// SPDX-License-Identifier: GPL-2.0-or-later
/* Pipelines: how a shell makes them, and readers that end as head does. */
#include "stage.h"

#include <fcntl.h>
#include <stdio.h>

/* A process that ends less than 20 ms after the write can be taken for the reader. */
#define OUTLIVES_US 40000

static struct member *make_reader(struct world *world, const struct actor_spec *spec, bool first)
{
	unsigned int drop = KEEP(SLOT_PEER);
	bool shell_keeps = world->plan->shell_slow;

	for (int i = 1; i < world->plan->holder_count; i++)
		shell_keeps |= world->plan->holders[i].obtain == OBTAIN_SHELL;
	if (shell_keeps)
		drop = 0;
	if (!first && !world->plan->writer_is_root)
		drop |= KEEP(SLOT_WRITER);
	return stage_spawn_from(world, world->root, spec, KEEP(SLOT_PEER), drop);
}

static void make_writer(struct world *world)
{
	struct actor_spec spec = { .traits = world->plan->writer, .place = PLACE_HOST };

	world->writer = world->plan->writer_is_root
				? world->root
				: stage_spawn(world, world->root, &spec, KEEP(SLOT_WRITER));
}

/* The reader has the pipe at descriptor 0. The plan says when the shell closes its own copy. */
void pipeline_make(struct world *world)
{
	const struct plan *plan = world->plan;
	struct command make = { .op = OP_PIPE }, close = { .op = OP_CLOSE };
	struct actor_spec reader = { .traits = plan->holders[0].traits,
				     .move = MOVE_TO_STDIN,
				     .without_socket = true };
	bool writer_first = plan->reopened;

	stage_do(world, world->root, &make, NULL);
	if (writer_first)
		make_writer(world);
	world->holders[0] = make_reader(world, &reader, !writer_first);
	if (!writer_first)
		make_writer(world);
	close.keep = KEEP(SLOT_PEER) | KEEP(SLOT_WRITER);
	if (plan->writer_is_root)
		close.keep &= ~KEEP(SLOT_WRITER);
	for (int i = 1; i < plan->holder_count; i++)
		if (plan->holders[i].obtain == OBTAIN_SHELL)
			close.keep &= ~KEEP(SLOT_PEER);
	stage_do(world, world->root, &close, NULL);
}

static void reopen(struct world *world, int index, const struct actor_spec *spec)
{
	struct command command = { .op = OP_OPEN, .slot = SLOT_PEER, .number = O_RDONLY };

	world->holders[index] = stage_spawn(world, world->root, spec, 0);
	snprintf(command.path, sizeof(command.path), "/proc/%d/fd/0", world->holders[0]->who.pid);
	stage_do(world, world->holders[index], &command, NULL);
}

void pipeline_make_holder(struct world *world, int index)
{
	const struct plan_holder *holder = &world->plan->holders[index];
	struct actor_spec spec = { .traits = holder->traits,
				   .place = PLACE_HOST,
				   .without_socket = holder->obtain != OBTAIN_SCM };
	struct member *from = world->holders[holder->from];

	switch (holder->obtain) {
	case OBTAIN_SHELL:
		world->holders[index] = world->root;
		return;
	case OBTAIN_REOPEN:
		reopen(world, index, &spec);
		return;
	case OBTAIN_SCM:
		world->holders[index] = stage_spawn(world, world->root, &spec, 0);
		stage_give(world, from, world->holders[index], SLOT_PEER);
		return;
	default:
		spec.move = holder->obtain == OBTAIN_HIGH_EXEC ? MOVE_HIGH : MOVE_TO_STDIN;
		world->holders[index] = stage_spawn(world, from, &spec, KEEP(SLOT_PEER));
	}
}

/* The reader of another pipeline. It has its end for all of its life, or gets this one beside it. */
void pipeline_make_decoy(struct world *world, int index, struct actor_spec *spec)
{
	unsigned int both = KEEP(SLOT_PEER) | KEEP(SLOT_WRITER);
	struct command make = { .op = OP_PIPE };

	spec->move = MOVE_TO_STDIN;
	/* One that gets this end needs a socket for that. */
	spec->without_socket = !world->plan->decoys[index].held;
	stage_do(world, world->root, &make, NULL);
	world->decoys[index] = stage_spawn_from(world, world->root, spec, KEEP(SLOT_PEER), both);
}

void pipeline_exec(struct world *world, int index, enum again when)
{
	struct command command = { .op = OP_EXEC };
	struct answer answer;

	if (!world->plan->pipeline || world->plan->holders[index].again != when)
		return;
	stage_do(world, world->holders[index], &command, &answer);
	world->holders[index]->who = answer.who;
}

void pipeline_part(struct world *world, int index, struct answer *ret_answer)
{
	const struct plan_holder *holder = &world->plan->holders[index];
	struct member *member = world->holders[index];
	struct command command = { .op = OP_PART,
				   .in_thread = holder->traits.in_thread,
				   .keep = KEEP(SLOT_PEER) | KEEP(SLOT_COPY),
				   .number = holder->exit_us,
				   .slot2 = holder->code };

	stage_do(world, member, &command, ret_answer);
	member->alive = false;
	member->end_code = holder->code;
	member->end_before_ns = ret_answer->after_ns + holder->exit_us * 1000ULL;
}

void pipeline_finish(struct world *world)
{
	stage_sleep(OUTLIVES_US);
	for (int i = 0; i < world->plan->holder_count; i++)
		if (!world->holders[i]->alive)
			stage_ended(world, world->holders[i]);
}
