// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the process that sent the signal was: executable, command line, cgroup. Read as those of the
 * process at the other end (peer_detail.c). If it sent the signal to itself, it is the incident's.
 */
#include "blocks.h"

static bool is_itself(const struct incident *incident)
{
	return incident->signal.sender.pid == incident->process.pid;
}

bool enrich_sender_is_other(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return sender->have && sender->pid && sender->start_boot_ns && !is_itself(incident);
}

static void note_missing(struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	if (!sender->exe.have)
		incident_note_missing(incident, MISSING_SENDER_EXE, WHY_NOT_KEPT);
	if (!sender->cmdline.have)
		incident_note_missing(incident, MISSING_SENDER_CMDLINE,
				      sender->cmdline.redacted ? WHY_REDACTED : WHY_NOT_KEPT);
}

static void take_own(struct incident *incident)
{
	const struct incident_process *process = &incident->process;
	struct incident_sender *sender = &incident->signal.sender;

	sender->exe = process->exe;
	sender->cmdline = process->cmdline;
	for (size_t i = 0; i < sender->cmdline.count; i++)
		sender->cmdline.args[i] =
			sender->cmdline.bytes + (process->cmdline.args[i] - process->cmdline.bytes);
	sender->cgroup = process->cgroup;
	sender->names = process->names;
	incident_note_missing(incident, MISSING_SENDER_EXE, incident->missing[MISSING_EXE]);
	incident_note_missing(incident, MISSING_SENDER_CMDLINE, incident->missing[MISSING_CMDLINE]);
}

static void take_detail(struct incident *incident)
{
	const struct ev_peer *detail = &incident->sender_detail;
	struct incident_sender *sender = &incident->signal.sender;
	struct names_missing missing;

	if (detail->pid == sender->pid && detail->start_boot_ns == sender->start_boot_ns)
		process_detail_decode(detail, &sender->exe, &sender->cmdline, &sender->cgroup);
	container_find(&sender->cgroup, &sender->names, &missing);
	incident_note_missing(incident, MISSING_SENDER_UNIT, missing.unit);
	incident_note_missing(incident, MISSING_SENDER_CONTAINER, missing.container);
	note_missing(incident);
}

void enrich_sender(struct incident *incident)
{
	if (!incident->signal.sender.have)
		return;
	if (is_itself(incident))
		take_own(incident);
	else
		take_detail(incident);
}
