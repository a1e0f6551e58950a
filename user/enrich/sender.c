// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the process that sent the signal was: executable, command line, cgroup. Read as those of the
 * process at the other end (peer_detail.c). If it sent the signal to itself, it is the incident's.
 */
#include "blocks.h"

#include <string.h>

static bool is_itself(const struct incident *incident)
{
	return incident->signal.sender.pid == incident->process.pid;
}

bool enrich_sender_is_other(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return sender->have && sender->pid && sender->start_boot_ns && !is_itself(incident);
}

static void note_missing(struct incident *incident, enum missing_reason reason)
{
	const struct incident_sender *sender = &incident->signal.sender;

	if (!sender->exe.have)
		incident_note_missing(incident, MISSING_SENDER_EXE, reason);
	if (!sender->cmdline.have)
		incident_note_missing(incident, MISSING_SENDER_CMDLINE,
				      sender->cmdline.redacted ? WHY_REDACTED : reason);
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

/*
 * Its name is not the one that it had when it sent the signal: then it has called execve() since,
 * as a shell does for its last command, and the program is another one. Only the main thread's name
 * is kept.
 */
static bool is_renamed(const struct incident_sender *sender, const struct ev_peer *detail)
{
	return sender->tid == sender->pid && sender->comm[0] && detail->comm[0] &&
	       strncmp(sender->comm, detail->comm, EV_COMM_LEN - 1) != 0;
}

static void take_detail(struct incident *incident)
{
	const struct ev_peer *detail = &incident->sender_detail;
	struct incident_sender *sender = &incident->signal.sender;
	enum missing_reason reason = WHY_NOT_KEPT;
	struct names_missing missing;

	if (detail->pid == sender->pid && detail->start_boot_ns == sender->start_boot_ns)
		process_detail_decode(detail, &sender->exe, &sender->cmdline, &sender->cgroup);
	if (is_renamed(sender, detail)) {
		reason = WHY_PROCESS_RENAMED;
		sender->exe.have = false;
		sender->cmdline = (struct incident_cmdline){ 0 };
	}
	container_find(&sender->cgroup, &sender->names, &missing);
	incident_note_missing(incident, MISSING_SENDER_UNIT, missing.unit);
	incident_note_missing(incident, MISSING_SENDER_CONTAINER, missing.container);
	note_missing(incident, reason);
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
