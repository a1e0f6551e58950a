// SPDX-License-Identifier: GPL-2.0-or-later
/* The subjects "unexplained" and "exit" (-s fatal, --exits): ends that no signal explains. */
#include <sys/wait.h>

#include "rule.h"

static void tell_unseen(const struct incident *incident, struct text *text)
{
	char number[INCIDENT_NUMBER_SIZE];

	text_add(text, "a signal ended %s, and no hook saw where it came from",
		 incident->death.thread_alone ? "this thread" : "the process");
	if (incident->process.tracer_pid)
		text_add(text, "; process %s traces it, and a tracer can put a signal in",
			 incident_number_text(incident->process.tracer_pid,
					      incident->process.tracer_pid_here, number));
}

static bool has_no_room(const struct incident *incident)
{
	return incident->death.ungenerated == EV_GENERATION_NO_ROOM;
}

static void tell_no_room(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "a signal ended the process, and where it came from was not kept: its user or "
		 "service had too many processes that were dying");
}

static bool is_another(const struct incident *incident)
{
	return incident->death.ungenerated == EV_GENERATION_OTHER;
}

static void tell_another(const struct incident *incident, struct text *text)
{
	char number[INCIDENT_NUMBER_SIZE];

	text_add(text, "a signal ended the process, and the one that was sent to it was another");
	if (incident->process.tracer_pid)
		text_add(text, "; process %s traces it, and a tracer can replace a signal",
			 incident_number_text(incident->process.tracer_pid,
					      incident->process.tracer_pid_here, number));
}

const struct rule unexplained_rules[] = {
	{ "unknown", CONFIDENCE_UNKNOWN, has_no_room, tell_no_room, NULL, NULL },
	{ "unknown", CONFIDENCE_UNKNOWN, is_another, tell_another, NULL, NULL },
	{ "unknown", CONFIDENCE_UNKNOWN, NULL, tell_unseen, NULL, NULL },
};

static void tell_exit(const struct incident *incident, struct text *text)
{
	text_add(text, "it ended itself with status %d", WEXITSTATUS(incident->death.status));
}

const struct rule exit_rules[] = {
	{ "exit_status", CONFIDENCE_CERTAIN, NULL, tell_exit, NULL, NULL },
};
