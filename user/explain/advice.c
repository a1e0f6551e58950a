// SPDX-License-Identifier: GPL-2.0-or-later
/* What to do about it: from the cause, and from how the program writes and what became of it. */
#include "rules.h"

#include "code.h"

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

static bool is_rust_printing(const struct incident *incident)
{
	return is_pipe_survivor(incident) && code_runs_on(incident, "rust");
}

static bool is_python_on_pipe(const struct incident *incident)
{
	return is_pipe_survivor(incident) && code_runs_on(incident, "python");
}

/* How to live with it. The first that applies: the closer to the code that wrote, the earlier. */
static const struct {
	bool (*applies)(const struct incident *incident);
	const char *text;
} fixes[] = {
	{ note_is_go_stdio, "to outlive a closed stdout: signal.Ignore(syscall.SIGPIPE), "
			    "then handle the error of the write" },
	{ note_is_go_foreign, "in the code that is not Go: send() with MSG_NOSIGNAL; or in Go: "
			      "signal.Ignore(syscall.SIGPIPE)" },
	{ note_is_tls,
	  "ignore SIGPIPE at start-up (signal(SIGPIPE, SIG_IGN)): a TLS library has no "
	  "other way; then take the error of its write for a closed connection" },
	{ is_killed_in_send, "pass MSG_NOSIGNAL to send(), or ignore SIGPIPE at start-up; "
			     "then handle EPIPE as a closed connection" },
	{ is_killed_in_write, "ignore SIGPIPE at start-up (signal(SIGPIPE, SIG_IGN)); "
			      "then handle EPIPE as a closed connection" },
	{ is_socket_survivor, "treat EPIPE as the end of this connection: close the fd, "
			      "do not write to it again" },
	{ is_killed_by_pipe, "benign in a pipeline such as `... | head`; a program that must "
			     "survive its reader ignores SIGPIPE and checks write()'s result" },
	{ is_rust_printing, "println! panics here: use writeln! and end on BrokenPipe, or set "
			    "SIGPIPE to default at the start of a filter" },
	{ is_python_on_pipe, "catch BrokenPipeError and end, or in a filter: "
			     "signal.signal(SIGPIPE, SIG_DFL)" },
	{ is_pipe_survivor, "treat EPIPE as the end of this pipe: close the fd, "
			    "do not write to it again" },
	{ is_queued, "SIGPIPE is blocked here and stays queued: take it with sigtimedwait() before "
		     "it is unblocked, or ignore SIGPIPE" },
};

#define RESTART_ANYWAY \
	"to have systemd start it again: Restart=always, or RestartForceExitStatus=SIGPIPE"

static void add(struct explanation *explanation, const char *text)
{
	if (explanation->advice_count < EXPLANATION_ADVICE_MAX)
		explanation->advice[explanation->advice_count++] = text;
}

void advice_add(const struct incident *incident, const struct rule *rule,
		struct explanation *explanation)
{
	if (rule->advice)
		add(explanation, rule->advice);
	/* Any other signal says nothing about how the program writes. */
	for (size_t i = 0; is_failed_write(incident) && i < sizeof(fixes) / sizeof(fixes[0]); i++) {
		if (fixes[i].applies(incident)) {
			add(explanation, fixes[i].text);
			break;
		}
	}
	if (note_is_service(incident))
		add(explanation, RESTART_ANYWAY);
}

const char *advice_text(size_t index)
{
	if (index < sizeof(fixes) / sizeof(fixes[0]))
		return fixes[index].text;
	return index == sizeof(fixes) / sizeof(fixes[0]) ? RESTART_ANYWAY : NULL;
}
