// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Facts that often surprise the reader of an incident: the traps as a table, the most important
 * first. docs/advice.md has a section for every code. A sentence holds no bytes of a traced
 * process.
 */
#include "notes.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "traps.h"
#include "units.h"

static void tell_go_standard_output(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "when a write of os.File to fd 1 or 2 fails with EPIPE, Go's runtime sets SIGPIPE "
		 "to default and raises it again, so the process dies");
}

static void tell_go_foreign_thread(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "Go did not create this thread: on such a thread its runtime passes SIGPIPE to "
		 "the action that was set before Go's, normally the default, which kills");
}

static void tell_go_socket(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "Go's handler does nothing for fds other than 1 and 2: the write returns EPIPE");
}

static void tell_raised(const struct incident *incident, struct text *text)
{
	const struct incident_end *end = &incident->end;
	char number[INCIDENT_NUMBER_SIZE];

	text_add(text,
		 "thread %s of the process raised the signal again with the default "
		 "action %" PRIu64 " us later, as a handler does that only cleans up; so the "
		 "process died as if it had no handler",
		 incident_number_text(end->raised_tid, end->raised_tid_here, number),
		 end->raised_after_ns / NSEC_PER_USEC);
}

static void tell_own_signal(const struct incident *incident, struct text *text)
{
	text_add(text, "the process sent itself the signal: a program that caught it does so at "
		       "its end, and a program that runs others (strace, a shell) does so to end "
		       "as its child did");
}

static bool is_jvm_handled(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_WRITE && incident->outcome == EV_OUTCOME_HANDLED &&
	       trap_is_jvm_handler(incident);
}

static void tell_jvm_handled(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "the Java virtual machine's handler does nothing: the call throws IOException; "
		 "System.out does not throw, it only sets a flag (checkError())");
}

static void tell_blocked_here_only(const struct incident *incident, struct text *text)
{
	const struct incident_signal *signal = &incident->signal;

	text_add(text,
		 "SIGPIPE is blocked in this thread, but not in %" PRIu32
		 " of the process's %" PRIu32 " threads: there the same write %s",
		 incident->process.threads_open, incident->process.threads,
		 signal->disposition == EV_DISPOSITION_HANDLER ? "runs the handler"
							       : "kills the process");
}

static void tell_openssl(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "OpenSSL's socket BIO calls write(), which takes no MSG_NOSIGNAL: SSL_write() "
		 "cannot return EPIPE without raising the signal");
}

static void tell_stdio(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "stdio calls write(), which takes no MSG_NOSIGNAL: a FILE on a socket cannot "
		 "return EPIPE without raising the signal");
}

static void tell_journal(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "journald has closed this stream to systemd's journal: it was stopped, or it was "
		 "restarted and lost its streams; the unit gets a new stream when it is "
		 "restarted");
}

static void tell_service_death(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "systemd counts death by SIGPIPE as a clean exit: the unit becomes inactive, "
		 "not failed, and Restart=on-failure does not restart it");
}

static void tell_inherited_ignore(const struct incident *incident, struct text *text)
{
	text_add(
		text,
		"the parent ignores SIGPIPE too: a child inherits that across fork() and execve(), so "
		"the program may not have asked for it");
	if (!strcmp(incident->process.parent_comm, "systemd"))
		text_add(text, " (IgnoreSIGPIPE=, on by default)");
}

static void tell_restored_default(const struct incident *incident, struct text *text)
{
	text_add(text, "the parent ignores SIGPIPE, but this process does not: %s",
		 !strcmp(incident->process.parent_comm, "systemd")
			 ? "IgnoreSIGPIPE=no, or the program restored the default"
			 : "Python's subprocess, Rust's Command or Node's spawn restored the "
			   "default when it started this process, or the program did");
}

static bool is_undone(const struct incident *incident)
{
	return trap_is_runtime_undone(incident, RUNTIME_PYTHON) ||
	       trap_is_runtime_undone(incident, RUNTIME_RUST);
}

static void tell_undone(const struct incident *incident, struct text *text)
{
	if (incident->process.runtime == RUNTIME_PYTHON)
		text_add(text, "Python ignores SIGPIPE at start-up; here the default is back: by "
			       "signal.signal(SIGPIPE, SIG_DFL), here or before a fork");
	else
		text_add(text, "Rust's std ignores SIGPIPE before main(); here the default is in "
			       "force: the program set it back, or its main() is not Rust's");
}

static bool is_python_ignore(const struct incident *incident)
{
	return trap_is_runtime_ignore(incident, RUNTIME_PYTHON);
}

static void tell_python_ignore(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "Python ignores SIGPIPE at start-up and raises BrokenPipeError; programs that "
		 "subprocess starts get the default back (restore_signals)");
}

static bool is_rust_ignore(const struct incident *incident)
{
	return trap_is_runtime_ignore(incident, RUNTIME_RUST);
}

static void tell_rust_ignore(const struct incident *incident, struct text *text)
{
	text_add(text, "Rust's std ignores SIGPIPE before main(), and writes return "
		       "ErrorKind::BrokenPipe; programs that Command starts get the default back");
}

static bool is_ruby_handled(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_WRITE && incident->outcome == EV_OUTCOME_HANDLED &&
	       trap_is_ruby_handler(incident);
}

static void tell_ruby_handled(const struct incident *incident, struct text *text)
{
	text_add(text, "Ruby catches SIGPIPE from its start, and writes raise Errno::EPIPE; "
		       "programs that it starts get the default back");
}

static bool is_node_ignore(const struct incident *incident)
{
	return trap_is_runtime_ignore(incident, RUNTIME_NODE);
}

static void tell_node_ignore(const struct incident *incident, struct text *text)
{
	text_add(text, "Node ignores SIGPIPE at start-up, and streams emit 'error' with EPIPE; "
		       "programs that child_process starts get the default back");
}

const struct note_rule note_rules[] = {
	{ "go_stdio", trap_is_go_standard_output, tell_go_standard_output },
	{ "go_foreign_thread", trap_is_go_foreign_thread, tell_go_foreign_thread },
	{ "go_socket", trap_is_go_socket, tell_go_socket },
	{ "raised_again", trap_is_raised, tell_raised },
	{ "raised_by_itself", trap_is_own_signal, tell_own_signal },
	{ "blocked_in_thread", trap_is_blocked_here_only, tell_blocked_here_only },
	{ "tls_write", trap_is_openssl, tell_openssl },
	{ "stdio_write", trap_is_stdio, tell_stdio },
	{ "journal_restarted", trap_is_journal, tell_journal },
	{ "service_inactive", trap_is_service_death, tell_service_death },
	{ "inherited_ignore", trap_is_inherited_ignore, tell_inherited_ignore },
	{ "default_restored", is_undone, tell_undone },
	{ "child_default", trap_is_restored_default, tell_restored_default },
	{ "jvm_handles", is_jvm_handled, tell_jvm_handled },
	{ "ruby_handles", is_ruby_handled, tell_ruby_handled },
	{ "python_ignores", is_python_ignore, tell_python_ignore },
	{ "rust_ignores", is_rust_ignore, tell_rust_ignore },
	{ "node_ignores", is_node_ignore, tell_node_ignore },
};

const size_t note_rules_count = ARRAY_SIZE(note_rules);

void notes_add(const struct incident *incident, struct explanation *explanation)
{
	if (incident->subject != EV_SUBJECT_WRITE && incident->signal.number != SIGPIPE)
		return;
	for (size_t i = 0; i < note_rules_count && explanation->note_count < EXPLANATION_NOTES_MAX;
	     i++) {
		struct note *note = &explanation->notes[explanation->note_count];
		struct text text;

		if (!note_rules[i].matches(incident))
			continue;
		note->code = note_rules[i].code;
		text = text_in(note->text, sizeof(note->text));
		note_rules[i].tell(incident, &text);
		explanation->note_count++;
	}
}
