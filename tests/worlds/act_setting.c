// SPDX-License-Identifier: GPL-2.0-or-later
/* The first act: processes, decoys, the object, and everybody who holds its other end. */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define PORTS_TRIED 16

static enum place place_of(const struct world *world, bool accepts)
{
	if (world->plan->object != OBJECT_TCP_VETH)
		return PLACE_HOST; /* where the first process is */
	return accepts ? PLACE_INNER : PLACE_OTHER;
}

static struct actor_spec spec_of(const struct traits *traits, enum place place)
{
	return (struct actor_spec){ .traits = *traits, .place = place };
}

static void make_root(struct world *world)
{
	const struct plan *plan = world->plan;
	struct actor_spec spec =
		spec_of(&plan->root, plan_needs_namespace(plan) ? PLACE_INNER : PLACE_HOST);
	struct command churn = { .op = OP_CHURN };

	spec.pid_namespace = plan->pid_namespace;
	world->root = stage_spawn(world, NULL, &spec, 0);
	if (plan->churn_before)
		stage_do(world, world->root, &churn, NULL);
}

static void make_early_decoy(struct world *world, int index)
{
	const struct plan_decoy *decoy = &world->plan->decoys[index];
	bool elsewhere = decoy->connection == DECOY_ELSEWHERE && world->networks.namespaces;
	struct actor_spec spec = spec_of(&decoy->traits, elsewhere ? PLACE_OTHER : PLACE_HOST);
	struct command command = { .op = OP_CHURN, .number = 1 };
	struct member *member;

	/* Another user could not enter a namespace. */
	if (world->plan->object == OBJECT_TCP_VETH && !elsewhere)
		spec.place = PLACE_INNER;
	if (decoy->piped)
		pipeline_make_decoy(world, index, &spec);
	else
		world->decoys[index] = stage_spawn(world, world->root, &spec, 0);
	member = world->decoys[index];
	if (decoy->churn)
		stage_do(world, member, &command, NULL);
	command.op = OP_CONNECTION;
	command.number = decoy->code & 1;
	address_make(world, 0, &command.peer, &command.local);
	if (decoy->connection == DECOY_EARLIER && command.local.size)
		stage_do(world, member, &command, NULL);
	if (decoy->when == DECOY_EARLY) {
		stage_end(world, member, decoy->drop, decoy->code);
		stage_ended(world, member);
	}
}

static struct member *make_writer(struct world *world, unsigned int keep)
{
	struct actor_spec spec =
		spec_of(&world->plan->writer, place_of(world, world->plan->writer_accepts));

	world->writer = world->plan->writer_is_root ? world->root
						    : stage_spawn(world, world->root, &spec, keep);
	return world->writer;
}

static struct member *make_peer(struct world *world, unsigned int keep)
{
	struct actor_spec spec = spec_of(&world->plan->holders[0].traits,
					 place_of(world, !world->plan->writer_accepts));

	world->holders[0] = world->plan->peer_is_root
				    ? world->root
				    : stage_spawn(world, world->root, &spec, keep);
	return world->holders[0];
}

static void close_in(struct world *world, struct member *member, unsigned int slots)
{
	struct command command = { .op = OP_CLOSE, .keep = slots };

	stage_do(world, member, &command, NULL);
}

/* As a shell does it: one process makes both ends, and each child keeps one. */
static void make_pair(struct world *world)
{
	const struct plan *plan = world->plan;
	struct command command = { .op = plan->object == OBJECT_PIPE ? OP_PIPE : OP_SOCKETPAIR,
				   .number = plan_is_seqpacket(plan) ? SOCK_SEQPACKET
								     : SOCK_STREAM };
	unsigned int unwanted = KEEP(SLOT_PEER) | KEEP(SLOT_WRITER);

	stage_do(world, world->root, &command, NULL);
	if (plan->reopened) {
		make_writer(world, KEEP(SLOT_WRITER));
		make_peer(world, KEEP(SLOT_PEER));
	} else {
		make_peer(world, KEEP(SLOT_PEER));
		make_writer(world, KEEP(SLOT_WRITER));
	}
	if (plan->writer_is_root)
		unwanted &= ~KEEP(SLOT_WRITER);
	if (plan->peer_is_root)
		unwanted &= ~KEEP(SLOT_PEER);
	close_in(world, world->root, unwanted);
}

/* A reader first, because a FIFO lets no writer in without one. */
static void make_fifo(struct world *world)
{
	struct command create = { .op = OP_OPEN, .number = O_CREAT };
	struct command reader = { .op = OP_OPEN, .number = O_RDONLY | O_NONBLOCK };
	struct command writer = { .op = OP_OPEN, .number = O_WRONLY, .slot = SLOT_WRITER };

	snprintf(create.path, sizeof(create.path), "k%d/fifo", world->number);
	strcpy(reader.path, create.path);
	strcpy(writer.path, create.path);
	stage_do(world, world->root, &create, NULL);
	make_writer(world, 0);
	make_peer(world, 0);
	if (world->plan->reopened) {
		/* One that reads first, and has left when the other one comes. */
		reader.slot = SLOT_OLD;
		stage_do(world, world->root, &reader, NULL);
		stage_do(world, world->writer, &writer, NULL);
		close_in(world, world->root, KEEP(SLOT_OLD));
	}
	reader.slot = SLOT_PEER;
	stage_do(world, world->holders[0], &reader, NULL);
	if (!world->plan->reopened)
		stage_do(world, world->writer, &writer, NULL);
}

static void listen_at(struct world *world, struct member *member, int slot)
{
	struct command command = { .op = OP_LISTEN, .slot = slot };
	int err = -EADDRINUSE;

	command.number = plan_is_seqpacket(world->plan) ? SOCK_SEQPACKET : SOCK_STREAM;
	for (int variant = 0; variant < PORTS_TRIED && err == -EADDRINUSE; variant++) {
		address_make(world, variant, &command.local, &world->client);
		if (plan_is_unix(world->plan) && command.local.size > sizeof(sa_family_t) &&
		    ((struct sockaddr_un *)&command.local.storage)->sun_path[0])
			unlink(((struct sockaddr_un *)&command.local.storage)->sun_path);
		err = stage_try(world, member, &command, NULL);
		world->server = command.local;
	}
	if (err)
		stage_fail(world, "listen: %s", strerror(-err));
}

static void connect_from(struct world *world, struct member *member, int slot,
			 struct answer *ret_answer)
{
	struct command command = { .op = OP_CONNECT, .slot = slot, .peer = world->server };
	struct address unused;
	int err = -EADDRINUSE;

	command.number = plan_is_seqpacket(world->plan) ? SOCK_SEQPACKET : SOCK_STREAM;
	/* The listener is bound to all addresses. */
	for (int variant = 0;
	     variant < PORTS_TRIED && (err == -EADDRINUSE || err == -EADDRNOTAVAIL); variant++) {
		address_make(world, variant, &unused, &command.local);
		address_make(world, -1, &command.peer, &unused);
		if (plan_is_tcp(world->plan))
			((struct sockaddr_in *)&command.peer.storage)->sin_port =
				((struct sockaddr_in *)&world->server.storage)->sin_port;
		else
			command.peer = world->server;
		err = stage_try(world, member, &command, ret_answer);
	}
	if (err)
		stage_fail(world, "connect: %s", strerror(-err));
}

/* The accepting end takes the connection, unless it stays in the queue for ever. */
static void make_connection(struct world *world)
{
	const struct plan *plan = world->plan;
	bool in_queue = plan->manner == MANNER_LISTENER;
	int listener = in_queue ? SLOT_PEER : SLOT_LISTENER;
	struct command accept = { .op = OP_ACCEPT, .slot = SLOT_PEER, .slot2 = listener };
	struct member *acceptor, *connector;
	struct answer connected, accepted = { 0 };

	if (plan->listener_at_root)
		listen_at(world, world->root, listener);
	if (plan->writer_accepts) {
		acceptor = make_writer(world, KEEP(listener));
		connector = make_peer(world, 0);
		accept.slot = SLOT_WRITER;
	} else {
		acceptor = make_peer(world, KEEP(listener));
		connector = make_writer(world, 0);
	}
	if (!plan->listener_at_root)
		listen_at(world, acceptor, listener);
	if (plan->listener_at_root && acceptor != world->root && (in_queue || !plan->reopened))
		close_in(world, world->root, KEEP(listener));
	connect_from(world, connector, plan->writer_accepts ? SLOT_PEER : SLOT_WRITER, &connected);
	if (!in_queue)
		stage_do(world, acceptor, &accept, &accepted);
	world->local = plan->writer_accepts ? accepted.local : connected.local;
	world->peer = plan->writer_accepts ? accepted.peer : connected.peer;
	world->client = connected.local;
	world->server = connected.peer;
}

static void make_object(struct world *world)
{
	if (world->plan->pipeline)
		pipeline_make(world);
	else if (world->plan->object == OBJECT_FIFO)
		make_fifo(world);
	else if (plan_has_name(world->plan))
		make_connection(world);
	else
		make_pair(world);
}

static void make_holder(struct world *world, int index)
{
	const struct plan_holder *holder = &world->plan->holders[index];
	struct member *first = world->holders[0];
	struct actor_spec spec = spec_of(&holder->traits, PLACE_HOST);

	if (holder->obtain == OBTAIN_SCM) {
		world->holders[index] = stage_spawn(world, world->root, &spec, 0);
		stage_give(world, first, world->holders[index], SLOT_PEER);
		return;
	}
	/* A child of the first one, of the same user. */
	spec.traits.user = world->plan->holders[0].traits.user;
	world->holders[index] = stage_spawn(world, first, &spec, KEEP(SLOT_PEER));
}

/* It had the end, but lets go of it long before the others. */
static void make_held_decoy(struct world *world, int index)
{
	stage_give(world, world->holders[0], world->decoys[index], SLOT_PEER);
	close_in(world, world->decoys[index], KEEP(SLOT_PEER));
}

void act_setting(struct world *world)
{
	const struct plan *plan = world->plan;
	struct command dup = { .op = OP_DUP, .slot = SLOT_PEER, .slot2 = SLOT_COPY };
	struct actor_spec sibling = spec_of(&plan->root, PLACE_HOST);

	if (plan_needs_namespace(plan) && !world->networks.namespaces)
		stage_skip(world, world->networks.why);
	if (plan->object == OBJECT_TCP_VETH && !world->networks.veth)
		stage_skip(world, world->networks.why);
	make_root(world);
	for (int i = 0; i < plan->decoy_count; i++)
		make_early_decoy(world, i);
	make_object(world);
	for (int i = 1; i < plan->holder_count; i++)
		plan->pipeline ? pipeline_make_holder(world, i) : make_holder(world, i);
	for (int i = 0; i < plan->holder_count; i++)
		if (plan->holders[i].dup)
			stage_do(world, world->holders[i], &dup, NULL);
	for (int i = 0; i < plan->decoy_count; i++)
		if (plan->decoys[i].held && world->decoys[i]->alive)
			make_held_decoy(world, i);
	for (int i = 0; plan->pipeline && i < plan->holder_count; i++)
		pipeline_exec(world, i, AGAIN_EARLY);
	sibling.traits.user = plan->writer.user;
	if (plan_is_local(plan) && plan->local_by_other)
		world->sibling = stage_spawn(world, world->writer, &sibling, KEEP(SLOT_WRITER));
}
