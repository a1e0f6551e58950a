// SPDX-License-Identifier: GPL-2.0-or-later
/* The third act: time passes, decoys come and go, and the writer writes. */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#define LIVES_US 750000 /* sigpath watches for 500 ms what becomes of a process */

static void other_address(struct address *address)
{
	struct sockaddr_in *in = (void *)&address->storage;

	if (in->sin_family == AF_INET)
		inet_pton(AF_INET, "127.0.0.3", &in->sin_addr);
}

/* Connections on the ports of the real one, after it has ended. */
static void later_connection(struct world *world, int index)
{
	const struct plan_decoy *decoy = &world->plan->decoys[index];
	struct command command = { .op = OP_RECONNECT, .number = decoy->code & 1 };

	command.local = world->client;
	command.peer = world->server;
	switch (decoy->connection) {
	case DECOY_ELSEWHERE:
		command.op = OP_CONNECTION;
		break;
	case DECOY_SAME_PORT:
		other_address(&command.local);
		break;
	case DECOY_SAME_TUPLE:
		break;
	default:
		return;
	}
	stage_do(world, world->decoys[index], &command, NULL);
}

static void later_decoys(struct world *world)
{
	const struct plan *plan = world->plan;

	for (int i = 0; i < plan->decoy_count; i++) {
		if (!world->decoys[i]->alive)
			continue;
		later_connection(world, i);
		if (plan->decoys[i].when == DECOY_LATER) {
			stage_end(world, world->decoys[i], plan->decoys[i].drop,
				  plan->decoys[i].code);
			stage_ended(world, world->decoys[i]);
		}
	}
}

static long writer_waits(struct world *world, int events)
{
	struct command command = { .op = OP_WAIT, .slot = SLOT_WRITER, .number = events };
	struct answer answer;

	stage_do(world, world->writer, &command, &answer);
	return answer.value;
}

/* The peer has sent FIN. A write is answered by RST, and only the next one fails. */
static void provoke_reset(struct world *world)
{
	struct command command = { .op = OP_SEND, .slot = SLOT_WRITER, .number = 1 };

	if (writer_waits(world, POLLRDHUP) & POLLHUP) {
		world->met_reset = true;
		return;
	}
	/* A decoy can reset the connection just now. */
	if (stage_try(world, world->writer, &command, NULL) != 0)
		stage_fail(world, "the write after FIN failed");
	writer_waits(world, 0);
}

/* The peer has sent RST. The first call gets the error, and only the next one EPIPE. */
static void take_reset(struct world *world)
{
	struct command command = { .op = OP_CONSUME,
				   .slot = SLOT_WRITER,
				   .number = world->plan->consume };
	struct answer answer;

	writer_waits(world, 0);
	stage_do(world, world->writer, &command, &answer);
	if (answer.value != ECONNRESET)
		stage_fail(world, "the reset was error %ld", answer.value);
}

static void find_out(struct world *world)
{
	if (!plan_is_tcp(world->plan) || plan_is_local(world->plan))
		return;
	switch (world->plan->manner) {
	case MANNER_UNREAD:
	case MANNER_LINGER:
	case MANNER_LISTENER:
		take_reset(world);
		return;
	case MANNER_HALF_UNREAD:
	case MANNER_HALF_WRITE:
		writer_waits(world, 0);
		return;
	default:
		provoke_reset(world);
	}
}

/* Seqpacket sockets have no SIGPIPE. Their queue can hold the error of unread data. */
static void take_unix_error(struct world *world)
{
	struct command command = { .op = OP_CONSUME,
				   .slot = SLOT_WRITER,
				   .number = CONSUME_SO_ERROR };
	bool unread = world->plan->manner == MANNER_UNREAD ||
		      world->plan->manner == MANNER_LISTENER;

	if (plan_is_seqpacket(world->plan) && unread)
		stage_do(world, world->writer, &command, NULL);
}

static void write_fatally(struct world *world)
{
	const struct plan *plan = world->plan;
	struct command command = { .op = OP_FATAL, .in_thread = plan->writer.in_thread };
	struct answer answer;

	command.fatal = (struct fatal){ .call = plan->call,
					.no_signal = plan->no_signal,
					.disposition = plan->disposition,
					.bytes = plan->bytes };
	stage_tell(world, world->writer, &command, -1);
	if (!stage_hear(world, world->writer, &world->about, NULL) ||
	    world->about.kind != ANSWER_ABOUT)
		stage_fail(world, "the writer ended before its write");
	world->writer_survived = stage_hear(world, world->writer, &answer, NULL);
	world->write_after_ns = now_ns();
	if (world->writer_survived && answer.value != EPIPE)
		stage_fail(world, "the write ended with error %ld: %s", answer.value,
			   strerror(answer.value));
	if (!world->writer_survived)
		world->writer->alive = false;
}

static void live_on(struct world *world)
{
	const struct plan *plan = world->plan;

	if (!world->writer_survived) {
		stage_ended(world, world->writer);
		return;
	}
	if (plan->after == AFTER_LIVES) {
		stage_sleep(LIVES_US);
		return;
	}
	stage_sleep(plan->after_us);
	stage_end(world, world->writer, plan->after == AFTER_KILLED ? DROP_SIGKILL : DROP_EXIT_CODE,
		  plan->after_code);
	stage_ended(world, world->writer);
}

void act_write(struct world *world)
{
	stage_sleep(world->plan->pause_us);
	later_decoys(world);
	find_out(world);
	take_unix_error(world);
	stage_sleep(world->plan->second_pause_us);
	write_fatally(world);
	live_on(world);
	if (world->plan->pipeline)
		pipeline_finish(world);
}
