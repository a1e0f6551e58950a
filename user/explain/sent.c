// SPDX-License-Identifier: GPL-2.0-or-later
/* The subject "sent": a process sent the signal. */
#include <inttypes.h>
#include <signal.h>

#include "rule.h"

static void tell_sent_by_process(const struct incident *incident, struct text *text)
{
	const struct incident_sender *sender = &incident->signal.sender;
	char number[INCIDENT_NUMBER_SIZE];

	if (!sender->have)
		text_add(text, "a process sent the signal (si_code %d)", incident->signal.code);
	else if (sender->pid == incident->process.pid)
		text_add(text, "thread %s of this process sent the signal",
			 incident_number_text(sender->tid, sender->tid_here, number));
	else
		text_add(text, "process %s of uid %" PRIu32 " sent the signal",
			 incident_number_text(sender->pid, sender->pid_here, number), sender->uid);
	if (sender->have && sender->have_syscall && sender->syscall)
		text_add(text, " with %s()", sender->syscall);
	/* A write that failed before may be the reason why a process sends it to itself. */
	if (incident->signal.number == SIGPIPE)
		text_add(text, "; no write failed%s",
			 sender->pid == incident->process.pid ? " at that moment" : "");
}

const struct rule sent_rules[] = {
	{ "sent_by_process", CONFIDENCE_CERTAIN, NULL, tell_sent_by_process, NULL, NULL },
};
