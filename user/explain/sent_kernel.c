// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The subject "kernel", where the functions on the kernel stack say that a terminal, a timer, a
 * descriptor or the end of the parent was the reason. Who ran at that moment is named only if it
 * was its own exit.
 */
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>

#include "rule.h"
#include "words.h"

#define SI_CODE_TIMER (-2)

static bool is_parent_died(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_PARENT_DIED && incident->signal.sender.have;
}

/* SIGXCPU and SIGKILL of the same function are limits. */
static bool is_cpu_timer(const struct incident_signal *signal)
{
	return signal->place == EV_PLACE_CPU_TIMER &&
	       (signal->code == SI_CODE_TIMER || signal->number == SIGVTALRM ||
		signal->number == SIGPROF);
}

static bool is_timer(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_TIMER || is_cpu_timer(&incident->signal);
}

static bool is_descriptor(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_FD;
}

/* "ended with status 1", "died of SIGKILL", "ended" */
static void add_end(const struct incident_sender *sender, struct text *text)
{
	char name[WORD_SIZE];

	if (sender->has_more_threads)
		text_add(text, "ended");
	else if (WIFSIGNALED(sender->status))
		text_add(text, "died of %s", word_signal(WTERMSIG(sender->status), name));
	else
		text_add(text, "ended with status %d", WEXITSTATUS(sender->status));
}

static void tell_parent_died(const struct incident *incident, struct text *text)
{
	const struct incident_sender *sender = &incident->signal.sender;
	char pid[INCIDENT_NUMBER_SIZE], tid[INCIDENT_NUMBER_SIZE];

	incident_number_text(sender->pid, sender->pid_here, pid);
	incident_number_text(sender->tid, sender->tid_here, tid);
	if (sender->has_more_threads)
		text_add(text,
			 "thread %s of the parent %s ended, which had started this process; the "
			 "parent lives",
			 tid, pid);
	else
		text_add(text, "its parent %s ", pid);
	if (!sender->has_more_threads)
		add_end(sender, text);
	text_add(text, ", and the process had asked for the signal then (PR_SET_PDEATHSIG)");
}

static void tell_timer(const struct incident *incident, struct text *text)
{
	const struct incident_signal *signal = &incident->signal;

	if (signal->code == SI_CODE_TIMER)
		text_add(text, "a POSIX timer of the process expired (timer_settime, SI_TIMER)");
	else if (signal->number == SIGVTALRM)
		text_add(text, "its interval timer expired: CPU time in its own code "
			       "(setitimer, ITIMER_VIRTUAL)");
	else if (signal->number == SIGPROF)
		text_add(text, "its interval timer expired: CPU time (setitimer, ITIMER_PROF)");
	else
		text_add(text, "its interval timer expired (alarm, or setitimer, ITIMER_REAL)");
}

static void tell_descriptor(const struct incident *incident, struct text *text)
{
	text_add(text, "a descriptor became ready, and it is set to send a signal then "
		       "(O_ASYNC, F_SETOWN)");
}

static const char *key_of(uint32_t signal)
{
	switch (signal) {
	case SIGINT:
		return "the interrupt key (normally Ctrl-C)";
	case SIGQUIT:
		return "the quit key (normally Ctrl-\\)";
	case SIGTSTP:
		return "the suspend key (normally Ctrl-Z)";
	}
	return NULL;
}

static void add_terminal(const struct incident *incident, struct text *text)
{
	const struct incident_terminal *terminal = &incident->signal.terminal;

	if (terminal->have)
		text_add_hostile(text, "terminal ", terminal->name);
	else
		text_add(text, "its terminal");
}

static void tell_hang_up(const struct incident *incident, struct text *text)
{
	const struct incident_sender *sender = &incident->signal.sender;
	char number[INCIDENT_NUMBER_SIZE];

	add_terminal(incident, text);
	text_add(text, " hung up");
	if (!sender->have)
		return;
	text_add(text, ": the leader of its session, %s, ",
		 incident_number_text(sender->pid, sender->pid_here, number));
	add_end(sender, text);
}

static void tell_terminal(const struct incident *incident, struct text *text)
{
	const char *key = key_of(incident->signal.number);

	if (incident->signal.number == SIGHUP) {
		tell_hang_up(incident, text);
		return;
	}
	if (key)
		text_add(text, "%s was pressed at ", key);
	add_terminal(incident, text);
	if (!key)
		text_add(text, " sent the signal");
}

const struct rule sent_kernel_rules[] = {
	{ "parent_died", CONFIDENCE_CERTAIN, is_parent_died, tell_parent_died, NULL, NULL },
	{ "timer_expired", CONFIDENCE_CERTAIN, is_timer, tell_timer, NULL, NULL },
	{ "descriptor_ready", CONFIDENCE_CERTAIN, is_descriptor, tell_descriptor, NULL, NULL },
	{ "sent_by_terminal", CONFIDENCE_CERTAIN, NULL, tell_terminal, NULL, NULL },
};

bool sent_kernel_knows(const struct incident *incident)
{
	return is_parent_died(incident) || is_timer(incident) || is_descriptor(incident) ||
	       incident->signal.place == EV_PLACE_TERMINAL;
}
