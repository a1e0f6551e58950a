// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pipelines. Where no hook sees a close, sigpath takes the process that alone was started with the
 * read end for the one that closed it, if it ends soon. So here the others that can have an end get
 * it after that start, and that process closes early and ends around the moment of the write.
 */
#include "plan_pipeline.h"

#include <string.h>

#define SIZE_OF(array) (sizeof(array) / sizeof((array)[0]))

/* At once, like head, or about as late as the write. */
static unsigned int short_time(struct dice *dice)
{
	switch (dice_below(dice, 4)) {
	case 0:
		return 0;
	case 1:
		return dice_below(dice, 2000);
	case 2:
		return dice_below(dice, 8000);
	default:
		return dice_below(dice, 30000);
	}
}

static unsigned int exit_throw(struct dice *dice)
{
	return dice_percent(dice, 60) ? dice_below(dice, 2000) : 5000 + dice_below(dice, 55000);
}

/* Mostly a close, which nobody can see. */
static enum drop drop_throw(struct dice *dice)
{
	static const enum drop drops[] = {
		DROP_CLOSE_EXIT, DROP_CLOSE_EXIT, DROP_CLOSE_EXIT, DROP_CLOSE_EXIT,
		DROP_CLOSE_EXIT, DROP_CLOSE,	  DROP_CLOSE,	   DROP_EXEC,
		DROP_EXIT,	 DROP_EXIT_CODE,  DROP_SIGKILL,	   DROP_SIGSEGV,
	};

	return drops[dice_below(dice, SIZE_OF(drops))];
}

/* The shell can keep a copy of its own only from the beginning. */
static enum obtain obtain_throw(struct dice *dice, int index)
{
	static const enum obtain obtains[] = { OBTAIN_SHELL,	 OBTAIN_FORK,	   OBTAIN_FORK,
					       OBTAIN_FORK_EXEC, OBTAIN_FORK_EXEC, OBTAIN_SCM,
					       OBTAIN_HIGH_EXEC, OBTAIN_REOPEN };
	int first = index == 1 ? 0 : 1;

	return obtains[first + dice_below(dice, SIZE_OF(obtains) - first)];
}

static void holder_throw(struct dice *dice, struct plan *plan, int index)
{
	struct plan_holder *holder = &plan->holders[index];

	holder->drop = drop_throw(dice);
	holder->exit_us = exit_throw(dice);
	holder->gap_us = short_time(dice);
	holder->again = dice_percent(dice, 20) ? dice_below(dice, AGAIN_COUNT) : AGAIN_NEVER;
	holder->dup = dice_percent(dice, 8);
	if (index == 0) {
		holder->obtain = OBTAIN_FORK_EXEC;
		holder->traits.exec = dice_percent(dice, 90);
		return;
	}
	holder->obtain = obtain_throw(dice, index);
	holder->from = dice_below(dice, index);
	holder->traits.exec = holder->obtain == OBTAIN_FORK_EXEC ||
			      holder->obtain == OBTAIN_HIGH_EXEC;
	if (holder->obtain == OBTAIN_SHELL) {
		holder->traits = plan->root;
		holder->drop = DROP_CLOSE;
		holder->dup = false;
		holder->again = AGAIN_NEVER;
	} else if (holder->obtain == OBTAIN_REOPEN) {
		holder->traits.user = 0; /* others may not */
	} else if (holder->obtain != OBTAIN_SCM) {
		holder->traits.user = plan->holders[holder->from].traits.user;
	}
}

static void order_throw(struct dice *dice, struct plan *plan)
{
	for (int i = 0; i < plan->holder_count; i++)
		plan->order[i] = i;
	for (int i = plan->holder_count - 1; i > 0; i--) {
		int other = dice_below(dice, i + 1);
		uint8_t swapped = plan->order[i];

		plan->order[i] = plan->order[other];
		plan->order[other] = swapped;
	}
	plan->together = plan->holder_count > 1 && dice_percent(dice, 8);
	for (int i = plan->holder_count - 2; plan->together && i < plan->holder_count; i++)
		if (plan->holders[plan->order[i]].obtain == OBTAIN_SHELL)
			plan->together = false;
	for (int i = plan->holder_count - 2; plan->together && i < plan->holder_count; i++)
		plan->holders[plan->order[i]].drop =
			DROP_EXIT + dice_below(dice, DROP_COUNT - DROP_EXIT);
}

void plan_pipeline(struct dice *dice, struct plan *plan)
{
	static const uint8_t counts[] = { 1, 1, 1, 1, 2, 2, 2, 2, 3, 3 };

	/* The end of a namespace's first process would end all others, before their own time. */
	if (plan->writer_is_root)
		plan->pid_namespace = false;
	plan->shell_slow = dice_percent(dice, 15);
	plan->reads = dice_percent(dice, 60) && plan->manner == MANNER_PLAIN;
	plan->holder_count = counts[dice_below(dice, SIZE_OF(counts))];
	for (int i = 0; i < plan->holder_count; i++)
		holder_throw(dice, plan, i);
	order_throw(dice, plan);
	for (int i = 0; i < plan->decoy_count; i++) {
		plan->decoys[i].piped = dice_percent(dice, 70);
		if (plan->decoys[i].piped)
			plan->decoys[i].traits.exec = true;
	}
	plan->pause_us = short_time(dice);
	plan->second_pause_us = 0;
}
