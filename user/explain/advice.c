// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What to do about it: by the runtime, the call and the library that wrote, and by what became of
 * the process. docs/advice.md has a section with code for every line.
 */
#include "advice.h"

#include "traps.h"

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
	return !trap_dies(incident) && (incident->outcome == EV_OUTCOME_IGNORED ||
					incident->outcome == EV_OUTCOME_HANDLED ||
					incident->outcome == EV_OUTCOME_SUPPRESSED ||
					incident->outcome == EV_OUTCOME_PROTECTED);
}

static bool survived_in(const struct incident *incident, enum incident_runtime runtime)
{
	return survived(incident) && incident->process.runtime == runtime;
}

/* Only the send family has flags that can ask for silence: sock_write_iter() sets no MSG_NOSIGNAL
 * of its own before 6.18. */
static bool has_msg_flags(const struct incident *incident)
{
	return incident->syscall.have && incident->syscall.flags_kind == EV_FLAGS_MSG;
}

static bool is_killed_in_send(const struct incident *incident)
{
	return is_socket(incident) && trap_dies(incident) && has_msg_flags(incident);
}

static bool is_killed_in_write(const struct incident *incident)
{
	return is_socket(incident) && trap_dies(incident) && !has_msg_flags(incident);
}

static bool is_python_death(const struct incident *incident)
{
	return trap_is_runtime_undone(incident, RUNTIME_PYTHON);
}

static bool is_rust_death(const struct incident *incident)
{
	return trap_is_runtime_undone(incident, RUNTIME_RUST);
}

static bool is_go_survivor(const struct incident *incident)
{
	return trap_is_go_write(incident) &&
	       (survived_in(incident, RUNTIME_GO) || survived_in(incident, RUNTIME_GO_CGO));
}

static bool is_python_on_pipe(const struct incident *incident)
{
	return is_pipe(incident) && survived_in(incident, RUNTIME_PYTHON);
}

static bool is_python_on_socket(const struct incident *incident)
{
	return is_socket(incident) && survived_in(incident, RUNTIME_PYTHON);
}

static bool is_rust_on_pipe(const struct incident *incident)
{
	return is_pipe(incident) && survived_in(incident, RUNTIME_RUST);
}

static bool is_rust_on_socket(const struct incident *incident)
{
	return is_socket(incident) && survived_in(incident, RUNTIME_RUST);
}

static bool is_node_survivor(const struct incident *incident)
{
	return survived_in(incident, RUNTIME_NODE);
}

static bool is_jvm_survivor(const struct incident *incident)
{
	return survived_in(incident, RUNTIME_JVM);
}

static bool is_journal_survivor(const struct incident *incident)
{
	return trap_is_journal(incident) && survived(incident);
}

static bool is_socket_survivor(const struct incident *incident)
{
	return is_socket(incident) && survived(incident);
}

static bool is_killed_by_pipe(const struct incident *incident)
{
	return is_pipe(incident) && trap_dies(incident);
}

static bool is_pipe_survivor(const struct incident *incident)
{
	return is_pipe(incident) && survived(incident);
}

/* Also where it was let through later, and killed. An io_uring worker never takes the signal, so
 * nobody has to. */
static bool is_queued(const struct incident *incident)
{
	return (incident->outcome == EV_OUTCOME_PENDING ||
		(incident->signal.blocked && trap_dies(incident))) &&
	       !(incident->process.flags & EV_PROCESS_IO_WORKER);
}

const struct advice advices[] = {
	{ ADVICE_WRITE, trap_is_go_foreign_thread,
	  "in the code that is not Go: send() with MSG_NOSIGNAL; or in Go: signal.Ignore(syscall.SIGPIPE)" },
	{ ADVICE_WRITE, trap_is_go_standard_output,
	  "to outlive a closed stdout: signal.Ignore(syscall.SIGPIPE), then handle the error of the write" },
	{ ADVICE_WRITE, is_queued,
	  "SIGPIPE is blocked here and stays queued: take it with sigtimedwait() before it is "
	  "unblocked, or ignore SIGPIPE" },
	{ ADVICE_WRITE, trap_is_openssl,
	  "ignore SIGPIPE at start-up, for SSL_write() takes no MSG_NOSIGNAL; or give OpenSSL a BIO "
	  "that calls send() with it" },
	{ ADVICE_WRITE, trap_is_stdio,
	  "ignore SIGPIPE at start-up, for stdio takes no MSG_NOSIGNAL; then check fflush() and "
	  "ferror()" },
	{ ADVICE_WRITE, is_python_death,
	  "leave SIGPIPE ignored as Python has it, and catch BrokenPipeError" },
	{ ADVICE_WRITE, is_rust_death,
	  "leave SIGPIPE ignored as Rust's std has it, and handle ErrorKind::BrokenPipe" },
	{ ADVICE_WRITE, is_killed_in_send,
	  "pass MSG_NOSIGNAL to send(), or ignore SIGPIPE at start-up; then handle EPIPE as a "
	  "closed connection" },
	{ ADVICE_WRITE, is_killed_in_write,
	  "ignore SIGPIPE at start-up (signal(SIGPIPE, SIG_IGN)); then handle EPIPE as a closed "
	  "connection" },
	{ ADVICE_WRITE, is_killed_by_pipe,
	  "benign in a pipeline such as `... | head`; a program that must survive its reader "
	  "ignores SIGPIPE and checks write()'s result" },
	{ ADVICE_WRITE, is_journal_survivor,
	  "go on without this log stream, and restart the unit to get a new one" },
	{ ADVICE_WRITE, is_go_survivor,
	  "check the error of each Write: errors.Is(err, syscall.EPIPE) is the end of this "
	  "connection or pipe, close it" },
	{ ADVICE_WRITE, is_python_on_pipe,
	  "catch BrokenPipeError and end, or in a filter: signal.signal(SIGPIPE, SIG_DFL)" },
	{ ADVICE_WRITE, is_python_on_socket, "catch BrokenPipeError and close the connection" },
	{ ADVICE_WRITE, is_rust_on_pipe,
	  "println! panics here: use writeln! and end on BrokenPipe, or set SIGPIPE to default at "
	  "the start of a filter" },
	{ ADVICE_WRITE, is_rust_on_socket,
	  "handle ErrorKind::BrokenPipe of each write and drop the connection" },
	{ ADVICE_WRITE, is_node_survivor,
	  "listen for 'error' on the stream: an EPIPE that nobody listens for ends the process" },
	{ ADVICE_WRITE, is_jvm_survivor,
	  "catch the IOException (\"Broken pipe\") and close the socket or channel" },
	{ ADVICE_WRITE, is_socket_survivor,
	  "treat EPIPE as the end of this connection: close the fd, do not write to it again" },
	{ ADVICE_WRITE, is_pipe_survivor,
	  "treat EPIPE as the end of this pipe: close the fd, do not write to it again" },
	{ ADVICE_SERVICE, trap_is_service_death,
	  "to have systemd start it again: Restart=always, or RestartForceExitStatus=SIGPIPE" },
};

const size_t advices_count = sizeof(advices) / sizeof(advices[0]);

static const char *advice_find(const struct incident *incident, enum advice_about about)
{
	for (size_t i = 0; i < advices_count; i++)
		if (advices[i].about == about && advices[i].applies(incident))
			return advices[i].text;
	return NULL;
}

void advice_add(const struct incident *incident, const struct rule *rule,
		struct explanation *explanation)
{
	/* Any other signal says nothing about how the program writes. */
	const char *const found[EXPLANATION_ADVICE_MAX] = {
		rule->advice,
		is_failed_write(incident) ? advice_find(incident, ADVICE_WRITE) : NULL,
		incident->signal.number == SIGPIPE ? advice_find(incident, ADVICE_SERVICE) : NULL,
	};

	for (size_t i = 0; i < EXPLANATION_ADVICE_MAX; i++)
		if (found[i])
			explanation->advice[explanation->advice_count++] = found[i];
}
