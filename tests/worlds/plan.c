// SPDX-License-Identifier: GPL-2.0-or-later
/* A seed becomes a plan. A change here changes what every seed means. */
#include "plan.h"

#include <string.h>

#include "dice.h"
#include "plan_pipeline.h"

#define SIZE_OF(array) (sizeof(array) / sizeof((array)[0]))

static void traits_throw(struct dice *dice, struct traits *traits)
{
	traits->exec = dice_percent(dice, 30);
	traits->idle_thread = dice_percent(dice, 15);
	traits->in_thread = dice_percent(dice, 20);
	traits->session = dice_percent(dice, 10);
	traits->group = dice_percent(dice, 15);
	traits->leaves_zombies = dice_percent(dice, 25);
	traits->name = dice_below(dice, 4);
	traits->user = dice_percent(dice, 20) ? 1 + dice_below(dice, 3) : 0;
}

static enum object object_throw(struct dice *dice)
{
	static const uint8_t weights[OBJECT_COUNT] = {
		[OBJECT_PIPE] = 20,	     [OBJECT_FIFO] = 10,
		[OBJECT_PAIR_STREAM] = 9,    [OBJECT_PAIR_SEQPACKET] = 5,
		[OBJECT_UNIX_STREAM] = 7,    [OBJECT_UNIX_STREAM_ABSTRACT] = 7,
		[OBJECT_UNIX_SEQPACKET] = 3, [OBJECT_UNIX_SEQPACKET_ABSTRACT] = 3,
		[OBJECT_TCP4] = 18,	     [OBJECT_TCP6] = 8,
		[OBJECT_TCP_MAPPED] = 4,     [OBJECT_TCP_VETH] = 6,
	};
	unsigned int at = dice_below(dice, 100);
	unsigned int object = 0;

	while (at >= weights[object])
		at -= weights[object++];
	return object;
}

static enum manner manner_throw(struct dice *dice, const struct plan *plan)
{
	static const enum manner of_unix[] = {
		MANNER_PLAIN,	 MANNER_PLAIN,	    MANNER_PLAIN,     MANNER_PLAIN,
		MANNER_UNREAD,	 MANNER_SHUT_RD,    MANNER_SHUT_RDWR, MANNER_SHUT_RDWR,
		MANNER_LOCAL_WR, MANNER_LOCAL_RDWR,
	};
	static const enum manner of_tcp[] = {
		MANNER_PLAIN,	  MANNER_PLAIN,	      MANNER_PLAIN,	  MANNER_PLAIN,
		MANNER_UNREAD,	  MANNER_UNREAD,      MANNER_LINGER,	  MANNER_LINGER,
		MANNER_HALF,	  MANNER_HALF_UNREAD, MANNER_HALF_UNREAD, MANNER_HALF_WRITE,
		MANNER_SHUT_RDWR, MANNER_LOCAL_WR,    MANNER_LOCAL_RDWR,
	};

	if (plan_is_pipe(plan))
		return dice_percent(dice, 30) ? MANNER_UNREAD : MANNER_PLAIN;
	if (plan_has_name(plan) && !plan->writer_accepts && dice_percent(dice, 12))
		return MANNER_LISTENER;
	return plan_is_unix(plan) ? of_unix[dice_below(dice, SIZE_OF(of_unix))]
				  : of_tcp[dice_below(dice, SIZE_OF(of_tcp))];
}

static enum call call_throw(struct dice *dice, const struct plan *plan)
{
	static const enum call of_pipe[] = { CALL_WRITE,  CALL_WRITE, CALL_WRITEV,  CALL_SENDFILE,
					     CALL_SPLICE, CALL_TEE,   CALL_VMSPLICE };
	static const enum call of_stream[] = { CALL_WRITE,    CALL_WRITEV,  CALL_SEND,
					       CALL_SENDTO,   CALL_SENDMSG, CALL_SENDMMSG,
					       CALL_SENDFILE, CALL_SPLICE };
	static const enum call of_seqpacket[] = { CALL_WRITE,  CALL_WRITEV,  CALL_SEND,
						  CALL_SENDTO, CALL_SENDMSG, CALL_SENDMMSG };

	if (plan_is_pipe(plan))
		return of_pipe[dice_below(dice, SIZE_OF(of_pipe))];
	if (plan_is_seqpacket(plan))
		return of_seqpacket[dice_below(dice, SIZE_OF(of_seqpacket))];
	return of_stream[dice_below(dice, SIZE_OF(of_stream))];
}

/* Often at once, often soon, at most after 300 ms. */
static unsigned int delay_throw(struct dice *dice)
{
	switch (dice_below(dice, 4)) {
	case 0:
		return 0;
	case 1:
		return dice_below(dice, 2000);
	case 2:
		return dice_below(dice, 30000);
	default:
		return dice_below(dice, 300000);
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
}

static void holders_throw(struct dice *dice, struct plan *plan)
{
	static const uint8_t counts[] = { 1, 1, 1, 2, 2, 3 };
	struct plan_holder *last;

	plan->holder_count = counts[dice_below(dice, SIZE_OF(counts))];
	for (int i = 0; i < plan->holder_count; i++) {
		struct plan_holder *holder = &plan->holders[i];

		holder->obtain = dice_below(dice, OBTAIN_ANYWHERE_COUNT);
		holder->drop = dice_below(dice, DROP_COUNT);
		holder->dup = dice_percent(dice, 20);
		holder->code = 1 + dice_below(dice, 255);
		traits_throw(dice, &holder->traits);
		/* It keeps its end to the last, so it is not there to be asked after a drop. */
		if (i == 0 && plan->peer_is_root)
			holder->traits = plan->root;
		if (i > 0)
			holder->traits.exec = holder->obtain == OBTAIN_FORK_EXEC;
	}
	order_throw(dice, plan);
	last = &plan->holders[plan->order[plan->holder_count - 1]];
	plan->together = plan->holder_count > 1 && dice_percent(dice, 25);
	if (!plan->together)
		return;
	/* Who is the last one is open, so both end in it. */
	for (int i = plan->holder_count - 2; i < plan->holder_count; i++) {
		last = &plan->holders[plan->order[i]];
		last->drop = DROP_EXIT + dice_below(dice, DROP_COUNT - DROP_EXIT);
	}
}

static void decoys_throw(struct dice *dice, struct plan *plan)
{
	plan->decoy_count = dice_below(dice, PLAN_DECOYS_MAX + 1);
	for (int i = 0; i < plan->decoy_count; i++) {
		struct plan_decoy *decoy = &plan->decoys[i];

		decoy->when = dice_below(dice, DECOY_COUNT);
		decoy->drop = DROP_EXIT + dice_below(dice, DROP_COUNT - DROP_EXIT);
		decoy->held = dice_percent(dice, 30);
		decoy->churn = dice_percent(dice, 40);
		decoy->code = 1 + dice_below(dice, 255);
		traits_throw(dice, &decoy->traits);
		/* A stranger with the name of the peer. */
		if (dice_percent(dice, 50))
			decoy->traits.name = plan->holders[0].traits.name;
		if (plan_is_tcp(plan) && dice_percent(dice, 50))
			decoy->connection = dice_below(dice, DECOY_CONNECTION_COUNT);
		if (decoy->connection)
			decoy->traits.exec = false;
		if (decoy->when == DECOY_EARLY)
			decoy->held = false;
	}
}

static void writer_throw(struct dice *dice, struct plan *plan)
{
	plan->call = call_throw(dice, plan);
	plan->no_signal = plan->call >= CALL_SEND && plan->call <= CALL_SENDMMSG &&
			  dice_percent(dice, 40);
	plan->disposition = dice_below(dice, DISPOSITION_COUNT);
	plan->consume = dice_below(dice, CONSUME_COUNT);
	plan->after = dice_percent(dice, 8) ? AFTER_LIVES : dice_below(dice, AFTER_LIVES);
	plan->after_code = dice_percent(dice, 50) ? 0 : dice_below(dice, 256);
	plan->after_us = dice_percent(dice, 50) ? 0 : dice_below(dice, 50000);
	plan->bytes = 1 + dice_below(dice, 600);
	plan->unread_bytes = 1 + dice_below(dice, 600);
}

/* The last holder alone can leave its reference in a queue. */
static void queue_throw(struct dice *dice, struct plan *plan)
{
	struct plan_holder *last = &plan->holders[plan->order[plan->holder_count - 1]];
	unsigned int at = dice_below(dice, 100);

	if (plan->together || plan_is_local(plan) || plan_is_shutdown(plan) || at >= 6 ||
	    (plan->pipeline && last->obtain == OBTAIN_SHELL))
		return;
	plan->queue = at < 3 ? QUEUE_EXIT : QUEUE_CYCLE;
	last->dup = false;
	last->drop = plan->queue == QUEUE_CYCLE
			     ? DROP_CLOSE
			     : DROP_EXIT + dice_below(dice, DROP_COUNT - DROP_EXIT);
}

void plan_make(uint64_t seed, struct plan *ret_plan)
{
	struct dice dice = { .state = seed * 0xd1342543de82ef95ULL + 1 };
	struct plan *plan = ret_plan;

	memset(plan, 0, sizeof(*plan));
	plan->seed = seed;
	plan->object = object_throw(&dice);
	plan->pipeline = plan->object == OBJECT_PIPE && dice_percent(&dice, 30);
	plan->before_start = dice_percent(&dice, 4) && !plan->pipeline;
	plan->pid_namespace = dice_percent(&dice, 12);
	plan->inner_network = plan->object == OBJECT_TCP_VETH || dice_percent(&dice, 60);
	plan->writer_is_root = dice_percent(&dice, 25);
	/* The end of a PID namespace's first process would end all others. */
	plan->peer_is_root = !plan->writer_is_root && !plan->pid_namespace &&
			     plan->object != OBJECT_TCP_VETH && !plan->pipeline &&
			     dice_percent(&dice, 25);
	plan->writer_accepts = dice_percent(&dice, 60);
	/* The first process is in the namespace of the listener. */
	if (plan->object == OBJECT_TCP_VETH && plan->writer_is_root)
		plan->writer_accepts = true;
	plan->listener_at_root = plan->object != OBJECT_TCP_VETH && dice_percent(&dice, 30);
	plan->local_by_other = dice_percent(&dice, 30);
	plan->reopened = dice_percent(&dice, 50);
	plan->churn_before = dice_percent(&dice, 30);
	plan->server_port = dice_below(&dice, 4);
	plan->client_port = dice_percent(&dice, 70) ? 1 + dice_below(&dice, 4) : 0;
	traits_throw(&dice, &plan->root);
	traits_throw(&dice, &plan->writer);
	/* It makes the others, some of them in other namespaces. */
	plan->root.exec = false;
	plan->root.user = 0;
	if (plan->writer_is_root)
		plan->writer = plan->root;
	plan->manner = manner_throw(&dice, plan);
	holders_throw(&dice, plan);
	decoys_throw(&dice, plan);
	writer_throw(&dice, plan);
	plan->fills = dice_percent(&dice, 40);
	plan->half_us = dice_below(&dice, 2) ? dice_below(&dice, 150000) : dice_below(&dice, 2000);
	plan->pause_us = delay_throw(&dice);
	plan->second_pause_us = dice_percent(&dice, 20) ? dice_below(&dice, 20000) : 0;
	plan->exit_later_us = dice_percent(&dice, 50) ? 0 : dice_below(&dice, 20000);
	if (plan->pipeline)
		plan_pipeline(&dice, plan);
	queue_throw(&dice, plan);
}
