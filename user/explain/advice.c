// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What to do about it. This depends on the runtime, the call and the library that wrote, and on
 * what happened to the process. docs/advice.md has a section with code for every line.
 */
#include "advice.h"

#include <signal.h>

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
	return !trap_dies(incident) && !incident->signal.dying &&
	       (incident->outcome == EV_OUTCOME_IGNORED ||
		incident->outcome == EV_OUTCOME_HANDLED ||
		incident->outcome == EV_OUTCOME_SUPPRESSED ||
		incident->outcome == EV_OUTCOME_PROTECTED);
}

static bool survived_in(const struct incident *incident, enum incident_runtime runtime)
{
	return survived(incident) && incident->process.runtime == runtime;
}

/*
 * Only the send family has a flag that suppresses the signal. sock_write_iter() sets no
 * MSG_NOSIGNAL of its own before 6.18.
 */
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
	return is_pipe(incident) && survived_in(incident, RUNTIME_RUST) &&
	       trap_is_rust_panic(incident);
}

static bool is_ruby_survivor(const struct incident *incident)
{
	return survived_in(incident, RUNTIME_RUBY);
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

/*
 * Also if the signal was unblocked later and killed the process. An io_uring worker never takes the
 * signal, so there is nothing to do.
 */
static bool is_queued(const struct incident *incident)
{
	return incident->signal.blocked &&
	       (incident->outcome == EV_OUTCOME_PENDING || trap_dies(incident)) &&
	       !(incident->process.flags & EV_PROCESS_IO_WORKER);
}

const struct advice advice_watch_for_close = {
	"watch_for_close",
	"watch for the peer's close before writing (read() returns 0, EPOLLRDHUP)",
};
const struct advice advice_finish_writes = {
	"finish_writes",
	"this program shut the socket down and wrote afterwards: write everything, then shut down",
};

const struct advice_rule advice_rules[] = {
	{ ADVICE_WRITE,
	  trap_is_go_foreign_thread,
	  { "go_ignore_sigpipe",
	    "call signal.Ignore(syscall.SIGPIPE) in Go, or send() with MSG_NOSIGNAL in the code that is not Go" } },
	{ ADVICE_WRITE,
	  trap_is_go_standard_output,
	  { "go_survive_stdout",
	    "to survive a closed stdout: call signal.Ignore(syscall.SIGPIPE), then handle the error of the write" } },
	{ ADVICE_WRITE,
	  is_queued,
	  { "take_pending",
	    "SIGPIPE is blocked here and stays pending: take it with sigtimedwait() before you unblock it, or ignore SIGPIPE" } },
	{ ADVICE_WRITE,
	  trap_is_openssl,
	  { "ignore_sigpipe_tls",
	    "ignore SIGPIPE at start-up, because SSL_write() takes no MSG_NOSIGNAL; or give OpenSSL a BIO that calls send() with it" } },
	{ ADVICE_WRITE,
	  trap_is_stdio,
	  { "ignore_sigpipe_stdio",
	    "ignore SIGPIPE at start-up, because stdio takes no MSG_NOSIGNAL; then check fflush() and ferror()" } },
	{ ADVICE_WRITE,
	  is_python_death,
	  { "python_keep_ignored",
	    "leave SIGPIPE ignored, as Python does, and catch BrokenPipeError" } },
	{ ADVICE_WRITE,
	  is_rust_death,
	  { "rust_keep_ignored",
	    "leave SIGPIPE ignored, as Rust's std does, and handle ErrorKind::BrokenPipe" } },
	{ ADVICE_WRITE,
	  is_killed_in_send,
	  { "use_msg_nosignal",
	    "pass MSG_NOSIGNAL to send(), or ignore SIGPIPE at start-up; then handle EPIPE as a closed connection" } },
	{ ADVICE_WRITE,
	  is_killed_in_write,
	  { "ignore_sigpipe",
	    "ignore SIGPIPE at start-up (signal(SIGPIPE, SIG_IGN)); then handle EPIPE as a closed connection" } },
	{ ADVICE_WRITE,
	  is_killed_by_pipe,
	  { "benign_in_pipeline",
	    "benign in a pipeline such as `... | head`; a program that must survive its reader ignores SIGPIPE and checks the result of write()" } },
	{ ADVICE_WRITE,
	  is_journal_survivor,
	  { "restart_for_journal",
	    "continue without this log stream; restart the unit to get a new one" } },
	{ ADVICE_WRITE,
	  is_go_survivor,
	  { "go_check_write",
	    "check the error of each Write: errors.Is(err, syscall.EPIPE) means that the connection or pipe has ended, so close it" } },
	{ ADVICE_WRITE,
	  is_python_on_pipe,
	  { "python_exit",
	    "catch BrokenPipeError and exit; a filter can instead call signal.signal(SIGPIPE, SIG_DFL)" } },
	{ ADVICE_WRITE,
	  is_python_on_socket,
	  { "python_close", "catch BrokenPipeError and close the connection" } },
	{ ADVICE_WRITE,
	  is_rust_on_pipe,
	  { "rust_writeln",
	    "println! panics here: use writeln! and stop on BrokenPipe, or set SIGPIPE to default at the start of a filter" } },
	{ ADVICE_WRITE,
	  is_rust_on_socket,
	  { "rust_drop", "handle ErrorKind::BrokenPipe of each write and drop the connection" } },
	{ ADVICE_WRITE,
	  is_ruby_survivor,
	  { "ruby_rescue",
	    "rescue Errno::EPIPE and close the IO; a filter can instead call trap(\"PIPE\", \"SYSTEM_DEFAULT\")" } },
	{ ADVICE_WRITE,
	  is_node_survivor,
	  { "node_listen",
	    "listen for 'error' on the stream: without a listener an EPIPE ends the process" } },
	{ ADVICE_WRITE,
	  is_jvm_survivor,
	  { "jvm_catch",
	    "catch the IOException (\"Broken pipe\") and close the socket or channel" } },
	{ ADVICE_WRITE,
	  is_socket_survivor,
	  { "close_connection",
	    "treat EPIPE as the end of this connection: close the fd and do not write to it again" } },
	{ ADVICE_WRITE,
	  is_pipe_survivor,
	  { "close_pipe",
	    "treat EPIPE as the end of this pipe: close the fd and do not write to it again" } },
	{ ADVICE_SERVICE,
	  trap_is_service_death,
	  { "restart_service",
	    "to make systemd start it again: Restart=always, or RestartForceExitStatus=SIGPIPE" } },
};

const size_t advice_rules_count = ARRAY_SIZE(advice_rules);

static const struct advice *advice_find(const struct incident *incident, enum advice_about about)
{
	for (size_t i = 0; i < advice_rules_count; i++)
		if (advice_rules[i].about == about && advice_rules[i].applies(incident))
			return &advice_rules[i].advice;
	return NULL;
}

void advice_add(const struct incident *incident, const struct rule *rule,
		struct explanation *explanation)
{
	/* Any other signal does not show how the program writes. */
	const struct advice *const found[] = {
		rule->advice,
		incident->subject == EV_SUBJECT_WRITE ? advice_find(incident, ADVICE_WRITE) : NULL,
		incident->signal.number == SIGPIPE ? advice_find(incident, ADVICE_SERVICE) : NULL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		if (found[i])
			explanation->advice[explanation->advice_count++] = *found[i];
}
