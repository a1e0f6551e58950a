// SPDX-License-Identifier: GPL-2.0-or-later
/* What to do about it: from the cause, and from how the program writes and what became of it. */
#include "rules.h"

static bool is_pipe(const struct incident *incident)
{
	return incident->object.type == EV_OBJECT_PIPE || incident->object.type == EV_OBJECT_FIFO;
}

static bool is_socket(const struct incident *incident)
{
	return !is_pipe(incident) && incident->object.type != EV_OBJECT_NONE &&
	       incident->object.type != EV_OBJECT_FILE;
}

static bool survived(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_IGNORED || incident->outcome == EV_OUTCOME_HANDLED ||
	       incident->outcome == EV_OUTCOME_SUPPRESSED ||
	       incident->outcome == EV_OUTCOME_PROTECTED;
}

/* Only the send family has flags that can ask for silence: sock_write_iter() sets no MSG_NOSIGNAL
 * of its own before 6.18. */
static bool has_msg_flags(const struct incident *incident)
{
	return incident->syscall.have && incident->syscall.flags_kind == EV_FLAGS_MSG;
}

static bool is_killed_in_send(const struct incident *incident)
{
	return is_socket(incident) && incident->outcome == EV_OUTCOME_KILLED &&
	       has_msg_flags(incident);
}

static bool is_killed_in_write(const struct incident *incident)
{
	return is_socket(incident) && incident->outcome == EV_OUTCOME_KILLED &&
	       !has_msg_flags(incident);
}

static bool is_socket_survivor(const struct incident *incident)
{
	return is_socket(incident) && survived(incident);
}

static bool is_killed_by_pipe(const struct incident *incident)
{
	return is_pipe(incident) && incident->outcome == EV_OUTCOME_KILLED;
}

static bool is_pipe_survivor(const struct incident *incident)
{
	return is_pipe(incident) && survived(incident);
}

/* An io_uring worker never takes the signal, so nobody has to. */
static bool is_queued(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_PENDING &&
	       !(incident->process.flags & EV_PROCESS_IO_WORKER);
}

static const struct {
	bool (*applies)(const struct incident *incident);
	const char *text;
} outcome_advice[] = {
	{ is_killed_in_send, "pass MSG_NOSIGNAL to send(), or ignore SIGPIPE at start-up; "
			     "then handle EPIPE as a closed connection" },
	{ is_killed_in_write, "ignore SIGPIPE at start-up (signal(SIGPIPE, SIG_IGN)); "
			      "then handle EPIPE as a closed connection" },
	{ is_socket_survivor, "treat EPIPE as the end of this connection: close the fd, "
			      "do not write to it again" },
	{ is_killed_by_pipe, "benign in a pipeline such as `... | head`; a program that must "
			     "survive its reader ignores SIGPIPE and checks write()'s result" },
	{ is_pipe_survivor, "treat EPIPE as the end of this pipe: close the fd, "
			    "do not write to it again" },
	{ is_queued, "SIGPIPE is blocked here and stays queued: take it with sigtimedwait() before "
		     "it is unblocked, or ignore SIGPIPE" },
};

void advice_add(const struct incident *incident, const struct rule *rule,
		struct explanation *explanation)
{
	if (rule->advice)
		explanation->advice[explanation->advice_count++] = rule->advice;
	/* Any other signal says nothing about how the program writes. */
	if (!is_failed_write(incident))
		return;
	for (size_t i = 0; i < sizeof(outcome_advice) / sizeof(outcome_advice[0]); i++) {
		if (explanation->advice_count < EXPLANATION_ADVICE_MAX &&
		    outcome_advice[i].applies(incident))
			explanation->advice[explanation->advice_count++] = outcome_advice[i].text;
	}
}
