// SPDX-License-Identifier: GPL-2.0-or-later
/* Who sent the signal: a process, its ancestors, what it had sent before; or a terminal. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "decode_private.h"

/* linux/major.h: the terminals in /dev/pts. */
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST 143
#define PTS_OF_MAJOR 256

/* SEEN has a time. Whether the sender of INCIDENT was the same is left open. */
static int stop_take(const struct ev_stop *seen, const struct incident *incident,
		     struct incident_stop *stop)
{
	if (seen->number < 1 || seen->number > 64 || seen->disposition < EV_DISPOSITION_DEFAULT ||
	    seen->disposition > EV_DISPOSITION_HANDLER || seen->outcome < EV_OUTCOME_KILLED ||
	    seen->outcome > EV_OUTCOME_DELIVERED)
		return -EBADMSG;
	*stop = (struct incident_stop){
		.have = true,
		.number = seen->number,
		.disposition = seen->disposition,
		.outcome = seen->outcome,
		.ago_ns = incident_ago_ns(incident, seen->time_ns),
		.pid = seen->pid,
		.uid = seen->uid,
		.pid_here = { incident->numbers.pid_ns, seen->pid_here },
	};
	copy_comm(stop->comm, seen->comm);
	return 0;
}

static int stop_decode(const struct ev_sender *from, struct incident *incident)
{
	struct incident_stop *stop = &incident->signal.sender.stop;
	const struct ev_ancestor *parent = &from->ancestors[0];
	const struct ev_stop *seen = &from->stop;
	int error;

	if (!seen->time_ns)
		return 0;
	error = stop_take(seen, incident, stop);
	if (error)
		return error;
	stop->is_same = seen->start_boot_ns && seen->pid == from->pid &&
			seen->start_boot_ns == from->start_boot_ns;
	stop->is_related = from->ancestor_count && seen->parent_pid == parent->pid &&
			   seen->parent_start_boot_ns &&
			   seen->parent_start_boot_ns == parent->start_boot_ns;
	incident->stop = *stop;
	return 0;
}

int anyones_stop_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_stop stop;
	struct ev_stop seen;
	int error;

	if (!block_read(view, EV_BLOCK_STOP, &seen, sizeof(seen)))
		return 0;
	error = stop_take(&seen, incident, &stop);
	if (!error && stop.ago_ns <= INCIDENT_STOP_MAX_NS &&
	    (!incident->stop.have || stop.ago_ns < incident->stop.ago_ns))
		incident->stop = stop;
	return error;
}

static int ancestors_decode(const struct ev_sender *from, struct incident *incident)
{
	struct incident_sender *sender = &incident->signal.sender;

	if (from->ancestor_count > EV_ANCESTORS_MAX)
		return -EBADMSG;
	sender->ancestor_count = from->ancestor_count;
	for (size_t i = 0; i < from->ancestor_count; i++) {
		const struct ev_ancestor *ancestor = &from->ancestors[i];

		sender->ancestors[i] = (struct incident_ancestor){
			.pid = ancestor->pid,
			.pid_here = { incident->numbers.pid_ns, ancestor->pid_here },
			.start_boot_ns = ancestor->start_boot_ns,
		};
		copy_comm(sender->ancestors[i].comm, ancestor->comm);
	}
	return 0;
}

int sender_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_sender *sender = &incident->signal.sender;
	struct ev_sender from;
	int error;

	sender->have = block_read(view, EV_BLOCK_SENDER, &from, sizeof(from));
	if (!sender->have)
		return 0;
	sender->pid = from.pid;
	sender->tid = from.tid;
	sender->pid_here = incident_here(incident, EV_NUMBER_SENDER);
	sender->tid_here = incident_here(incident, EV_NUMBER_SENDER + 1);
	sender->uid = from.uid;
	sender->start_boot_ns = from.start_boot_ns;
	copy_comm(sender->comm, from.comm);
	sender->have_syscall = from.abi;
	if (from.abi)
		sender->syscall = syscall_name(from.abi, from.number);
	sender->is_exiting = from.flags & EV_SENDER_EXITING;
	sender->has_more_threads = from.flags & EV_SENDER_LIVES;
	sender->status = from.status;
	error = ancestors_decode(&from, incident);
	return error ?: stop_decode(&from, incident);
}

static void set_terminal_name(const struct ev_terminal *from, struct incident_terminal *terminal)
{
	uint32_t major = from->dev >> 20, minor = from->dev & 0xfffff;

	if (major >= PTS_MAJOR_FIRST && major <= PTS_MAJOR_LAST) {
		snprintf(terminal->name, sizeof(terminal->name), "pts/%u",
			 (major - PTS_MAJOR_FIRST) * PTS_OF_MAJOR + minor);
		return;
	}
	memcpy(terminal->name, from->name, sizeof(from->name));
	terminal->name[sizeof(from->name)] = '\0';
}

void terminal_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_terminal *terminal = &incident->signal.terminal;
	struct ev_terminal from;

	if (!block_read(view, EV_BLOCK_TERMINAL, &from, sizeof(from)) ||
	    !(from.flags & EV_TERMINAL_HAVE)) {
		if (incident->signal.place == EV_PLACE_TERMINAL)
			incident_note_missing(incident, MISSING_TERMINAL, WHY_NO_TERMINAL);
		return;
	}
	terminal->have = true;
	terminal->is_leader = from.flags & EV_TERMINAL_LEADER;
	terminal->is_foreground = from.flags & EV_TERMINAL_FOREGROUND;
	terminal->session = from.session;
	terminal->foreground = from.foreground;
	set_terminal_name(&from, terminal);
}
