// SPDX-License-Identifier: GPL-2.0-or-later
/* The subject "sent": a process sent the signal. */
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "rule.h"
#include "stopper.h"
#include "traps.h"
#include "words.h"

static bool is_by_itself(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return sender->have && sender->pid == incident->process.pid;
}

static bool is_cgroup_killed(const struct incident *incident)
{
	return incident->signal.sender.have && incident->signal.place == EV_PLACE_CGROUP_KILL;
}

static bool is_proven_stopper(const struct incident *incident)
{
	return trap_dies(incident) && stopper_find(incident).kind != STOPPER_NONE;
}

/*
 * A runtime starts a program for each signal: another process of the same name and user, with the
 * same parent, which is the shim of the container.
 */
static bool is_of_same_runtime(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;
	const struct incident_stop *stop = &sender->stop;

	return stop->is_related && stop->uid == sender->uid && !strcmp(stop->comm, sender->comm) &&
	       stopper_find(incident).kind == STOPPER_RUNTIME;
}

/* The sender had asked for the end before, and the process was not ending already. */
static bool is_after_stop(const struct incident *incident)
{
	const struct incident_stop *stop = &incident->signal.sender.stop;

	return stop->have && stop->outcome != EV_OUTCOME_KILLED &&
	       stop->number != incident->signal.number &&
	       (stop->is_same || is_of_same_runtime(incident));
}

static bool is_stop_timeout(const struct incident *incident)
{
	return trap_dies(incident) && !is_by_itself(incident) && is_after_stop(incident);
}

/* "thread 815 of this process", "process 4321 of uid 1000" */
static void add_sender(const struct incident *incident, struct text *text)
{
	const struct incident_sender *sender = &incident->signal.sender;
	char number[INCIDENT_NUMBER_SIZE];

	if (is_by_itself(incident))
		text_add(text, "thread %s of this process",
			 incident_number_text(sender->tid, sender->tid_here, number));
	else
		text_add(text, "process %s of uid %" PRIu32,
			 incident_number_text(sender->pid, sender->pid_here, number), sender->uid);
}

static void add_call(const struct incident *incident, struct text *text)
{
	const struct incident_sender *sender = &incident->signal.sender;

	if (sender->have && sender->have_syscall && sender->syscall)
		text_add(text, " with %s()", sender->syscall);
}

/* "; bash[77] of uid 0 had sent SIGTERM 4.000 s before" */
static void add_earlier(const struct incident *incident, struct text *text)
{
	const struct incident_stop *stop = &incident->signal.sender.stop;
	char name[WORD_SIZE], duration[DURATION_SIZE], number[INCIDENT_NUMBER_SIZE];

	if (!stop->have)
		return;
	text_add_hostile(text, "; ", stop->comm);
	text_add(text, "[%s] of uid %" PRIu32 " had sent %s %s before",
		 incident_number_text(stop->pid, stop->pid_here, number), stop->uid,
		 word_signal(stop->number, name),
		 duration_text(stop->ago_ns, DURATION_FINE, duration));
}

/* A write that failed before may be the reason why a process sends it to itself. */
static void add_no_write(const struct incident *incident, struct text *text)
{
	if (incident->signal.number == SIGPIPE)
		text_add(text, "; no write failed%s",
			 is_by_itself(incident) ? " at that moment" : "");
}

static void tell_sent_by_process(const struct incident *incident, struct text *text)
{
	if (incident->signal.sender.have)
		add_sender(incident, text);
	else
		text_add(text, "a process");
	text_add(text, " sent the signal");
	if (incident->signal.sender.have)
		add_call(incident, text);
	else
		text_add(text, " (si_code %d)", incident->signal.code);
	add_earlier(incident, text);
	add_no_write(incident, text);
}

static void tell_sent_by_itself(const struct incident *incident, struct text *text)
{
	add_sender(incident, text);
	text_add(text, " sent the signal");
	add_call(incident, text);
	/* A handler that cleans up and raises the signal again: it has ended what another began. */
	if (incident->signal.sender.stop.pid != incident->signal.sender.pid)
		add_earlier(incident, text);
	add_no_write(incident, text);
}

static void tell_cgroup_killed(const struct incident *incident, struct text *text)
{
	add_sender(incident, text);
	text_add(text, " killed all processes of a cgroup: it wrote to cgroup.kill");
	add_earlier(incident, text);
}

/* What was stopped: the unit, or the container. */
static void add_stopped(const struct incident *incident, const struct stopper *stopper,
			struct text *text)
{
	const struct incident_names *names = &incident->process.names;
	enum stopper_kind kind = stopper->kind;

	if (stopper->unit[0])
		text_add_hostile(text, " ", stopper->unit);
	else if (kind == STOPPER_RUNTIME && names->container_name[0])
		text_add_hostile(text, " the container ", names->container_name);
	else if (kind == STOPPER_RUNTIME)
		text_add_hostile(text, " the container ", names->container);
	else
		text_add(text, " this process");
}

static void add_stop(const struct incident *incident, struct text *text)
{
	const struct stopper stopper = stopper_find(incident);

	if (stopper.name)
		text_add(text, "%s", stopper.name);
	else
		add_sender(incident, text);
	text_add(text, " stopped");
	add_stopped(incident, &stopper, text);
}

static void tell_stopped_by_supervisor(const struct incident *incident, struct text *text)
{
	char name[WORD_SIZE];

	add_stop(incident, text);
	text_add(text, " with %s", word_signal(incident->signal.number, name));
	add_earlier(incident, text);
}

/* Why the first signal did not end it. */
static const char *why_it_lived(enum ev_outcome outcome)
{
	switch (outcome) {
	case EV_OUTCOME_IGNORED:
		return "was ignored";
	case EV_OUTCOME_PENDING:
		return "stayed pending";
	case EV_OUTCOME_HANDLED:
		return "went to a handler, which did not end it";
	case EV_OUTCOME_PROTECTED:
		return "does nothing to the init of a PID namespace without a handler for it";
	case EV_OUTCOME_TRACED:
		return "went to a debugger";
	default:
		return "did not end it";
	}
}

static void tell_stop_timeout(const struct incident *incident, struct text *text)
{
	const struct incident_stop *stop = &incident->signal.sender.stop;
	char first[WORD_SIZE], last[WORD_SIZE], duration[DURATION_SIZE];

	add_stop(incident, text);
	text_add(text, ": %s %s before %s, then %s", word_signal(stop->number, first),
		 duration_text(stop->ago_ns, DURATION_FINE, duration), why_it_lived(stop->outcome),
		 word_signal(incident->signal.number, last));
}

static const struct advice handle_sigterm = {
	"handle_sigterm",
	"on SIGTERM, end in time; or let the stop take longer (TimeoutStopSec=, docker stop "
	"--timeout, terminationGracePeriodSeconds)",
};

const struct rule sent_rules[] = {
	{ "sent_by_itself", CONFIDENCE_CERTAIN, is_by_itself, tell_sent_by_itself, NULL, NULL },
	{ "stop_timeout", CONFIDENCE_CERTAIN, is_stop_timeout, tell_stop_timeout, &handle_sigterm,
	  NULL },
	{ "stopped_by_supervisor", CONFIDENCE_CERTAIN, is_proven_stopper,
	  tell_stopped_by_supervisor, NULL, NULL },
	{ "cgroup_killed", CONFIDENCE_CERTAIN, is_cgroup_killed, tell_cgroup_killed, NULL, NULL },
	{ "sent_by_process", CONFIDENCE_CERTAIN, NULL, tell_sent_by_process, NULL, NULL },
};
