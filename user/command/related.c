// SPDX-License-Identifier: GPL-2.0-or-later
#include "related.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/*
 * KIND_OOM: of all processes that the kernel killed together. KIND_HELD: a signal that was held
 * back, and had not killed its process when it was told.
 */
enum kind { KIND_FREE, KIND_DEATH, KIND_WRITE, KIND_OOM, KIND_HELD };

struct entry {
	enum kind kind;
	/* The process that died; KIND_OOM: that the kernel chose. */
	uint32_t pid;
	uint64_t start_boot_ns;
	uint64_t monotonic_ns; /* of the incident */
	struct incident_link link;
};

/* A ring: a new entry takes the place of the oldest. Few lookups, so they search. */
struct related {
	size_t next;
	struct entry list[RELATED_MAX];
};

int related_new(struct related **ret_related)
{
	struct related *related = calloc(1, sizeof(*related));

	if (!related)
		return -ENOMEM;
	*ret_related = related;
	return 0;
}

void related_free(struct related *related)
{
	free(related);
}

static bool is_death(const struct incident *incident)
{
	return incident_is_death(incident) && incident->process.start_boot_ns;
}

static bool is_oom(const struct incident *incident)
{
	return is_death(incident) && incident->memory.have && incident->memory.chosen_pid &&
	       incident->memory.chosen_start_boot_ns;
}

/* A write that failed on an object whose other end this very process had. */
static bool has_dead_peer(const struct incident *incident)
{
	const struct incident_peer_process *peer = &incident->peer;

	return incident->subject == EV_SUBJECT_WRITE && peer->have && peer->start_boot_ns &&
	       (!peer->have_exit || WIFSIGNALED(peer->exit_status));
}

/* The newest entry of the process. */
static const struct entry *find(const struct related *related, enum kind kind, uint32_t pid,
				uint64_t start_boot_ns)
{
	for (size_t back = 1; back <= RELATED_MAX; back++) {
		const struct entry *entry =
			&related->list[(related->next + RELATED_MAX - back) % RELATED_MAX];

		if (entry->kind == KIND_FREE)
			return NULL;
		if (entry->kind == kind && entry->pid == pid &&
		    entry->start_boot_ns == start_boot_ns)
			return entry;
	}
	return NULL;
}

static void add_link(struct incident *incident, const struct entry *entry)
{
	if (incident->link_count < INCIDENT_LINKS_MAX)
		incident->links[incident->link_count++] = entry->link;
}

/* The death came before the write, and it is how the peer ended as far as that is known. */
static bool is_end_of_peer(const struct entry *death, const struct incident *incident)
{
	const struct incident_peer_process *peer = &incident->peer;

	return death->monotonic_ns <= incident->monotonic_ns &&
	       (!peer->have_exit || WTERMSIG(peer->exit_status) == (int)death->link.signal);
}

static void find_death(const struct related *related, struct incident *incident)
{
	struct incident_peer_process *peer = &incident->peer;
	const struct entry *death = find(related, KIND_DEATH, peer->pid, peer->start_boot_ns);

	if (!death || !is_end_of_peer(death, incident))
		return;
	memcpy(peer->incident, death->link.id, sizeof(peer->incident));
	add_link(incident, death);
	incident->links[incident->link_count - 1].ago_ns =
		incident->monotonic_ns - death->monotonic_ns;
}

/* Only where the death is told after the write: what it waits for may take longer. */
static void find_write(const struct related *related, struct incident *incident)
{
	const struct incident_process *process = &incident->process;
	const struct entry *write = find(related, KIND_WRITE, process->pid, process->start_boot_ns);

	if (write && write->monotonic_ns >= incident->monotonic_ns)
		add_link(incident, write);
}

static const struct entry *oom_find(const struct related *related, const struct incident *incident)
{
	return find(related, KIND_OOM, incident->memory.chosen_pid,
		    incident->memory.chosen_start_boot_ns);
}

/* The one that the kernel chose; as long as that was not told, the first one that was. */
static void find_oom(const struct related *related, struct incident *incident)
{
	const struct entry *entry = oom_find(related, incident);

	if (entry)
		add_link(incident, entry);
}

static bool is_held_back(const struct incident *incident)
{
	return incident_is_held_back(incident) && incident->process.start_boot_ns;
}

/* A process can have several: by the time, too, which is that of the generation for both. */
static void find_generation(const struct related *related, struct incident *incident)
{
	const struct incident_process *process = &incident->process;

	for (size_t i = 0; i < RELATED_MAX; i++) {
		const struct entry *entry = &related->list[i];

		if (entry->kind == KIND_HELD && entry->pid == process->pid &&
		    entry->start_boot_ns == process->start_boot_ns &&
		    entry->monotonic_ns == incident->monotonic_ns)
			add_link(incident, entry);
	}
}

void related_find(const struct related *related, struct incident *incident)
{
	incident->link_count = 0;
	if (has_dead_peer(incident))
		find_death(related, incident);
	if (is_death(incident))
		find_write(related, incident);
	if (is_oom(incident))
		find_oom(related, incident);
	if (is_death(incident) && incident->death.have)
		find_generation(related, incident);
}

static enum link_what what_is(enum kind kind, const struct incident *incident)
{
	switch (kind) {
	case KIND_DEATH:
		return LINK_PEER_DIED;
	case KIND_WRITE:
		return LINK_PEER_WROTE;
	case KIND_HELD:
		return LINK_SAME_SIGNAL;
	default:
		return incident->memory.is_chosen ? LINK_OOM_CHOSEN : LINK_OOM_VICTIM;
	}
}

static struct entry *take_place(struct related *related, enum kind kind,
				const struct incident *incident)
{
	struct entry *entry = &related->list[related->next];
	struct incident_link *link = &entry->link;

	related->next = (related->next + 1) % RELATED_MAX;
	*entry = (struct entry){ .kind = kind, .monotonic_ns = incident->monotonic_ns };
	link->what = what_is(kind, incident);
	memcpy(link->id, incident->id, sizeof(link->id));
	memcpy(link->comm, incident->process.comm, sizeof(link->comm));
	link->pid = incident->process.pid;
	link->pid_here = incident->process.pid_here;
	link->time = incident->time;
	link->signal = incident->signal.number;
	link->subject = incident->subject;
	link->outcome = incident->outcome;
	link->sender = incident->signal.sender;
	return entry;
}

void related_note(struct related *related, const struct incident *incident)
{
	struct entry *entry;

	if (is_death(incident)) {
		entry = take_place(related, KIND_DEATH, incident);
		entry->pid = incident->process.pid;
		entry->start_boot_ns = incident->process.start_boot_ns;
	}
	if (has_dead_peer(incident) && !incident->peer.incident[0]) {
		entry = take_place(related, KIND_WRITE, incident);
		entry->pid = incident->peer.pid;
		entry->start_boot_ns = incident->peer.start_boot_ns;
	}
	if (is_held_back(incident)) {
		entry = take_place(related, KIND_HELD, incident);
		entry->pid = incident->process.pid;
		entry->start_boot_ns = incident->process.start_boot_ns;
	}
	if (is_oom(incident) && (incident->memory.is_chosen || !oom_find(related, incident))) {
		entry = take_place(related, KIND_OOM, incident);
		entry->pid = incident->memory.chosen_pid;
		entry->start_boot_ns = incident->memory.chosen_start_boot_ns;
	}
}
