// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts incidents by class and by group. A group has a row for each class, program and unit that
 * its incidents have: all that a row says is true of each incident in its count. A new row that
 * finds no place takes that of the owner with most rows: the one of its rows with the fewest
 * incidents. So a user who makes many groups loses only rows of its own.
 */
#include "summary.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sink.h"
#include "stack_frames.h"
#include "units.h"

#define OWNER_BUCKETS 1024
/* Uids from here on are one owner for each block, as those of bpf/core/owner.bpf.h. */
#define UID_BLOCKS_FIRST 100000
#define UID_BLOCK 65536

struct summary_table {
	pthread_mutex_t lock;
	struct summary_view view;
	uint16_t owned[OWNER_BUCKETS]; /* rows of the owners of a bucket */
};

int summary_table_new(struct summary_table **ret_table)
{
	struct summary_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	pthread_mutex_init(&table->lock, NULL);
	*ret_table = table;
	return 0;
}

void summary_table_free(struct summary_table *table)
{
	if (!table)
		return;
	pthread_mutex_destroy(&table->lock);
	free(table);
}

static int compare_times(struct timespec a, struct timespec b)
{
	if (a.tv_sec != b.tv_sec)
		return a.tv_sec < b.tv_sec ? -1 : 1;
	return (a.tv_nsec > b.tv_nsec) - (a.tv_nsec < b.tv_nsec);
}

/* --- whose groups they are --- */

/* The services of root are told apart by their units. */
static uint64_t owner_of(uint32_t uid, const char *unit)
{
	uint64_t hash = 0;

	if (uid >= UID_BLOCKS_FIRST)
		return UID_BLOCKS_FIRST + (uid - UID_BLOCKS_FIRST) / UID_BLOCK;
	if (uid)
		return uid;
	for (; *unit; unit++)
		hash = (hash ^ (uint8_t)*unit) * UINT64_C(0x100000001b3);
	return hash | UINT64_C(1) << 63;
}

static uint16_t *owned_by(struct summary_table *table, uint64_t owner)
{
	return &table->owned[(owner * UINT64_C(0x9e3779b97f4a7c15)) >> 54];
}

/* Whether A has to leave rather than B. */
static bool leaves_before(struct summary_table *table, const struct summary_group *a,
			  const struct summary_group *b)
{
	uint16_t of_a = *owned_by(table, a->owner), of_b = *owned_by(table, b->owner);

	if (of_a != of_b)
		return of_a > of_b;
	if (a->count != b->count)
		return a->count < b->count;
	return compare_times(a->last, b->last) < 0;
}

/* A place for one group more. */
static struct summary_group *make_place(struct summary_table *table)
{
	struct summary_view *view = &table->view;
	struct summary_group *place = &view->groups[0];

	if (view->group_count < SUMMARY_GROUPS_MAX)
		return &view->groups[view->group_count++];
	for (size_t i = 1; i < view->group_count; i++)
		if (leaves_before(table, &view->groups[i], place))
			place = &view->groups[i];
	view->more_groups++;
	view->more_count += place->count;
	--*owned_by(table, place->owner);
	return place;
}

/* What a row is about. Incidents of one group can be of several classes, programs and units. */
struct row_key {
	const char *name;
	enum incident_class class;
	const char *comm, *unit; /* NULL: not known */
};

/* How much of KEY agrees with GROUP: 3 is all, 0 is too little. */
static int agreement(const struct summary_group *group, const struct row_key *key)
{
	if (strcmp(group->name, key->name) != 0 || group->class != key->class)
		return 0;
	if (!key->comm)
		return 1;
	if (!group->named || strcmp(group->comm, key->comm) != 0)
		return 0;
	return !strcmp(group->unit, key->unit) ? 3 : 2;
}

static struct summary_group *find_row(struct summary_table *table, const struct row_key *key,
				      int least)
{
	struct summary_view *view = &table->view;
	struct summary_group *best = NULL;
	int best_agreement = least - 1;

	for (size_t i = 0; i < view->group_count; i++) {
		int agrees = agreement(&view->groups[i], key);

		if (agrees > best_agreement) {
			best = &view->groups[i];
			best_agreement = agrees;
		}
	}
	return best;
}

static struct summary_group *add_row(struct summary_table *table, const struct row_key *key,
				     uint32_t uid, enum severity severity)
{
	uint64_t owner = owner_of(uid, key->unit ?: "");
	struct summary_group *group = make_place(table);

	*group = (struct summary_group){
		.owner = owner,
		.class = key->class,
		.severity = severity,
		.named = key->comm,
		.uid = uid,
	};
	memcpy(group->name, key->name, strnlen(key->name, sizeof(group->name) - 1));
	if (key->comm) {
		memcpy(group->comm, key->comm, strnlen(key->comm, sizeof(group->comm) - 1));
		memcpy(group->unit, key->unit, strnlen(key->unit, sizeof(group->unit) - 1));
	}
	++*owned_by(table, owner);
	return group;
}

static void count(struct summary_group *group, uint64_t events, struct timespec first,
		  struct timespec last)
{
	if (!group->count || compare_times(first, group->first) < 0)
		group->first = first;
	if (!group->count || compare_times(group->last, last) < 0)
		group->last = last;
	group->count += events;
}

static void add_class(struct summary_view *view, enum incident_class class, uint64_t events)
{
	view->classes[(size_t) class <= CLASS_LAST ? class : 0] += events;
}

/* --- the other end --- */

/* A process that is only likely is not named. */
static void read_peer(const struct incident *incident, struct summary_peer *ret_peer)
{
	const struct incident_peer_process *peer = &incident->peer;

	memset(ret_peer, 0, sizeof(*ret_peer));
	if (peer->have && peer->have_comm && peer->confidence == CONFIDENCE_CERTAIN)
		memcpy(ret_peer->comm, peer->comm, sizeof(ret_peer->comm));
	if (incident->object.have_addresses)
		memcpy(ret_peer->address, incident->object.peer_address, sizeof(ret_peer->address));
}

/*
 * The candidates for the most frequent one (Misra, Gries: Finding repeated elements). When a peer
 * finds no place, all of them count one less. So what is counted is never too much, and who is more
 * than one ninth of all is never missed.
 */
static void note_peer(struct summary_group *group, const struct incident *incident)
{
	struct summary_peer *place = NULL, peer;

	read_peer(incident, &peer);
	if (!peer.comm[0] && !peer.address[0])
		return;
	for (size_t i = 0; i < SUMMARY_PEERS_MAX; i++) {
		struct summary_peer *other = &group->peers[i];

		if (!other->count) {
			place = place ?: other;
		} else if (!strcmp(other->comm, peer.comm) &&
			   !strcmp(other->address, peer.address)) {
			other->count++;
			return;
		}
	}
	peer.count = 1;
	if (place)
		*place = peer;
	for (size_t i = 0; !place && i < SUMMARY_PEERS_MAX; i++)
		group->peers[i].count--;
}

const struct summary_peer *summary_top_peer(const struct summary_group *group)
{
	const struct summary_peer *top = NULL;

	for (size_t i = 0; i < SUMMARY_PEERS_MAX; i++) {
		const struct summary_peer *peer = &group->peers[i];

		if (peer->count && (!top || peer->count > top->count))
			top = peer;
	}
	return top;
}

/* --- the place in the code --- */

/*
 * Frames with names; those of the C library say little. All incidents of a group have the same
 * place, so the first one with names is enough.
 */
static void note_frames(struct summary_group *group, const struct stack *stack)
{
	if (group->frame_count)
		return;
	for (size_t i = 0; stack && i < stack->count; i++) {
		const struct stack_frame *frame = &stack->frames[i];
		char *name = group->frames[group->frame_count];

		if (!frame->symbol || !frame->symbol[0] || stack_frame_is_libc(frame))
			continue;
		memset(name, 0, SUMMARY_NAME_SIZE);
		memcpy(name, frame->symbol, strnlen(frame->symbol, SUMMARY_NAME_SIZE - 1));
		if (++group->frame_count == SUMMARY_FRAMES_MAX)
			return;
	}
}

/* --- what is counted --- */

void summary_table_incident(struct summary_table *table, const struct incident *incident,
			    const struct explanation *explanation)
{
	const struct incident_process *process = &incident->process;
	const struct row_key key = { explanation->group, explanation->class, process->comm,
				     process->names.unit };
	struct summary_group *group;

	pthread_mutex_lock(&table->lock);
	add_class(&table->view, explanation->class, 1);
	group = find_row(table, &key, 3)
			?: add_row(table, &key, process->uid, explanation->severity);
	count(group, 1, incident->time, incident->time);
	group->incidents++;
	group->severity = explanation->severity;
	group->cause = explanation->code;
	group->uid = process->uid;
	note_frames(group, incident->stack);
	note_peer(group, incident);
	pthread_mutex_unlock(&table->lock);
}

void summary_table_repeat(struct summary_table *table, const struct sink_repeat *repeat)
{
	const struct incident_named *process = repeat->process;
	const struct row_key key = { repeat->group ?: "", repeat->class,
				     process ? process->comm : NULL,
				     process ? process->unit : NULL };
	struct summary_group *group;

	pthread_mutex_lock(&table->lock);
	add_class(&table->view, repeat->class, repeat->count);
	if (repeat->group) {
		/* The unit of a repeat is the end of a path, which can be cut. */
		group = find_row(table, &key, 1)
				?: add_row(table, &key, process ? process->uid : 0,
					   repeat->severity);
		count(group, repeat->count, repeat->first, repeat->last);
	} else {
		table->view.more_count += repeat->count;
	}
	pthread_mutex_unlock(&table->lock);
}

static int compare_groups(const void *left, const void *right)
{
	const struct summary_group *a = left, *b = right;
	int by_name;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	by_name = compare_times(b->last, a->last);
	return by_name ?: strcmp(a->name, b->name);
}

void summary_table_view(struct summary_table *table, struct summary_view *ret_view)
{
	pthread_mutex_lock(&table->lock);
	*ret_view = table->view;
	pthread_mutex_unlock(&table->lock);
	qsort(ret_view->groups, ret_view->group_count, sizeof(ret_view->groups[0]), compare_groups);
}
