// SPDX-License-Identifier: GPL-2.0-or-later
/* Which notes each trap gets, and which evidence each of them cannot do without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "notes.h"
#include "trap_states.h"

static struct explanation explanation;

static void prepare(void (*state)(struct incident *of))
{
	memset(&incident, 0, sizeof(incident));
	state(&incident);
}

/* The codes of the notes, in order; the last one is followed by NULL. */
static void assert_notes(const char *first, ...)
{
	size_t count = 0;
	va_list args;

	explain(&incident, &explanation);
	va_start(args, first);
	for (const char *code = first; code; code = va_arg(args, const char *), count++) {
		if (count == explanation.note_count)
			fail_msg("no note %s", code);
		assert_string_equal(explanation.notes[count].code, code);
		assert_true(strlen(explanation.notes[count].text) > 20);
	}
	va_end(args);
	if (count < explanation.note_count)
		fail_msg("a note %s", explanation.notes[count].code);
}

static void assert_text(const char *part)
{
	if (!strstr(explanation.notes[0].text, part))
		fail_msg("%s", explanation.notes[0].text);
}

static void test_go_standard_output(void **state)
{
	prepare(go_standard_output);
	assert_notes("go_stdio", NULL);
	incident.syscall.fd = 2;
	assert_notes("go_stdio", NULL);
	incident.syscall.fd = 3;
	assert_notes(NULL);
	prepare(go_standard_output);
	frames_are("syscall.write", "main.main", "runtime.goexit", NULL);
	assert_notes(NULL);
	prepare(go_standard_output);
	incident.stack = NULL;
	assert_notes(NULL);
	prepare(go_standard_output);
	handler_is("on_pipe", "/srv/app/server");
	assert_notes(NULL);
	prepare(go_socket);
	assert_notes("go_socket", NULL);
	/* Installed, and yet it does not run. */
	incident.outcome = EV_OUTCOME_SUPPRESSED;
	assert_notes(NULL);
	prepare(go_socket);
	died_later(&incident);
	assert_notes(NULL);
}

static void test_go_foreign_thread(void **state)
{
	prepare(go_foreign_thread);
	assert_notes("go_foreign_thread", NULL);
	incident.end.state = EV_END_UNKNOWN;
	assert_notes("go_foreign_thread", NULL);
	incident.end.state = EV_END_ALIVE;
	assert_notes(NULL);
	prepare(go_foreign_thread);
	trap_stack.complete = false;
	assert_notes(NULL);
	prepare(go_foreign_thread);
	frames_are("write", "runtime.asmcgocall", NULL);
	assert_notes(NULL);
	prepare(go_foreign_thread);
	incident.handler_frame = NULL;
	assert_notes(NULL);
	prepare(go_foreign_thread);
	incident.outcome = EV_OUTCOME_PENDING;
	assert_notes(NULL);
}

static void test_raised(void **state)
{
	prepare(handler_raises);
	assert_notes("raised_again", NULL);
	assert_text("thread 815 of the process raised the signal again");
	assert_text("40 us later");
	/* One note for one fact: Go's runtime has its own. */
	prepare(go_standard_output);
	raised_later(&incident);
	assert_notes("go_stdio", NULL);
	prepare(go_foreign_thread);
	raised_later(&incident);
	assert_notes("go_foreign_thread", NULL);
	prepare(go_socket);
	raised_later(&incident);
	assert_notes("raised_again", NULL);
}

/* The write before it, if there was one, is not known. */
static void test_own_signal(void **state)
{
	prepare(own_signal);
	assert_notes("raised_by_itself", NULL);
	incident.process.runtime = RUNTIME_GO;
	assert_notes("raised_by_itself", NULL);
	incident.signal.sender.pid++;
	assert_notes(NULL);
	prepare(own_signal);
	incident.signal.number = SIGABRT;
	assert_notes(NULL);
	prepare(own_signal);
	handler_is("on_pipe", "/srv/app/server");
	raised_later(&incident);
	assert_notes("raised_again", NULL);
}

static void test_jvm(void **state)
{
	prepare(go_socket);
	handler_is("javaSignalHandler", "/opt/jdk/lib/server/libjvm.so");
	assert_notes("jvm_handles", NULL);
	incident.outcome = EV_OUTCOME_SUPPRESSED;
	assert_notes(NULL);
	handler_is("javaSignalHandler", "/opt/libjvm.so.d/libother.so");
	assert_notes(NULL);
}

static void test_ruby(void **state)
{
	prepare(ruby_write);
	assert_notes("ruby_handles", NULL);
	/* Linked statically. */
	trap_handler.module = "/usr/bin/ruby3.1";
	assert_notes(NULL);
	incident.process.exe.have = true;
	strcpy(incident.process.exe.text, "/usr/bin/ruby3.1");
	assert_notes("ruby_handles", NULL);
	/* The handler of an extension. */
	trap_handler.module = "/usr/lib/ruby/vendor_ruby/signals.so";
	assert_notes(NULL);
	prepare(ruby_write);
	incident.outcome = EV_OUTCOME_SUPPRESSED;
	assert_notes(NULL);
}

static void test_blocked_here_only(void **state)
{
	prepare(blocked_here_only);
	assert_notes("blocked_in_thread", NULL);
	assert_text("not in 2 of the process's 3 threads: there the same write kills");
	incident.signal.disposition = EV_DISPOSITION_HANDLER;
	assert_notes("blocked_in_thread", NULL);
	assert_text("runs the handler");
	/* In the other threads the signal is ignored too. */
	incident.signal.disposition = EV_DISPOSITION_IGNORE;
	assert_notes(NULL);
	/* It was let through later. */
	incident.signal.disposition = EV_DISPOSITION_DEFAULT;
	incident.outcome = EV_OUTCOME_KILLED;
	assert_notes("blocked_in_thread", NULL);
	incident.process.threads_open = 0;
	assert_notes(NULL);
	prepare(blocked_here_only);
	incident.process.flags = EV_PROCESS_IO_WORKER;
	assert_notes(NULL);
}

static void test_libraries(void **state)
{
	prepare(openssl);
	assert_notes("tls_write", NULL);
	frames_are("write", "?", "main", NULL);
	trap_stack.frames[1].module = "/usr/lib/x86_64-linux-gnu/libcrypto.so.3";
	assert_notes("tls_write", NULL);
	trap_stack.frames[1].module = "/usr/lib/libcrypto.so.d/libother.so";
	assert_notes(NULL);
	prepare(openssl);
	incident.syscall.flags_kind = EV_FLAGS_MSG;
	assert_notes(NULL);
	prepare(openssl);
	incident.outcome = EV_OUTCOME_IGNORED;
	assert_notes(NULL);
	prepare(stdio);
	assert_notes("stdio_write", NULL);
	incident.object.type = EV_OBJECT_PIPE;
	assert_notes(NULL);
}

static void test_journal(void **state)
{
	prepare(journal);
	assert_notes("journal_restarted", NULL);
	incident.object.unix_.path_length--;
	assert_notes("journal_restarted", NULL);
	incident.object.unix_.path_length--;
	assert_notes(NULL);
	prepare(journal);
	incident.object.unix_.path_length += 2;
	assert_notes(NULL);
	prepare(journal);
	memcpy(incident.object.unix_.path, "/tmp", 4);
	assert_notes(NULL);
	incident.peer.have = incident.peer.have_comm = true;
	strcpy(incident.peer.comm, "systemd-journal");
	assert_notes("journal_restarted", NULL);
	prepare(journal_survivor);
	assert_notes("journal_restarted", NULL);
}

static void test_service_death(void **state)
{
	prepare(service_death);
	assert_notes("service_inactive", NULL);
	incident.process.pgid = 811;
	assert_notes(NULL);
	prepare(service_death);
	strcpy(incident.process.names.unit, "session-3.scope");
	assert_notes(NULL);
	prepare(service_death);
	strcpy(incident.process.names.unit, ".service");
	assert_notes(NULL);
	prepare(service_death);
	strcpy(incident.process.parent_comm, "server");
	assert_notes(NULL);
	prepare(service_death);
	incident.outcome = EV_OUTCOME_IGNORED;
	assert_notes(NULL);
	/* By kill(1) it is the same; by its own handler's choice, too. */
	prepare(service_death);
	incident.subject = EV_SUBJECT_SENT;
	assert_notes("service_inactive", NULL);
	prepare(service_death);
	incident.outcome = EV_OUTCOME_HANDLED;
	died_later(&incident);
	assert_notes("service_inactive", NULL);
	incident.end.status = SIGTERM;
	assert_notes(NULL);
}

static void test_inherited(void **state)
{
	prepare(ignore_inherited);
	assert_notes("inherited_ignore", NULL);
	assert_text("the parent ignores SIGPIPE too");
	strcpy(incident.process.parent_comm, "systemd");
	assert_notes("inherited_ignore", NULL);
	assert_text("IgnoreSIGPIPE=");
	/* Forked without execve(): it is the program's own doing. */
	incident.process.flags |= EV_PROCESS_SAME_PROGRAM;
	assert_notes(NULL);
	incident.process.flags = 0;
	assert_notes(NULL);
	prepare(ignore_inherited);
	incident.process.parent_ignores = ANSWER_NO;
	assert_notes(NULL);
	prepare(ignore_inherited);
	incident.process.parent_ignores = ANSWER_UNKNOWN;
	assert_notes(NULL);
	prepare(ignore_inherited);
	incident.process.runtime = RUNTIME_PYTHON;
	assert_notes("python_ignores", NULL);
	prepare(default_restored);
	assert_notes("child_default", NULL);
	assert_text("Python's subprocess");
	strcpy(incident.process.parent_comm, "systemd");
	assert_notes("child_default", NULL);
	assert_text("IgnoreSIGPIPE=no");
	incident.process.flags |= EV_PROCESS_SAME_PROGRAM;
	assert_notes(NULL);
	incident.process.flags = 0;
	assert_notes(NULL);
	prepare(default_restored);
	incident.process.parent_ignores = ANSWER_NO;
	assert_notes(NULL);
	/* One note for one fact: these set it to ignored themselves. */
	prepare(default_restored);
	incident.process.runtime = RUNTIME_RUST;
	assert_notes("default_restored", NULL);
}

static void test_runtimes(void **state)
{
	static const struct {
		enum incident_runtime runtime;
		const char *ignores, *undone;
	} runtimes[] = {
		{ RUNTIME_PYTHON, "python_ignores", "default_restored" },
		{ RUNTIME_RUST, "rust_ignores", "default_restored" },
		{ RUNTIME_NODE, "node_ignores", NULL },
		{ RUNTIME_NATIVE, NULL, NULL },
		{ RUNTIME_GO, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
		memset(&incident, 0, sizeof(incident));
		runtime_ignores(&incident, runtimes[i].runtime);
		assert_notes(runtimes[i].ignores, NULL);
		memset(&incident, 0, sizeof(incident));
		prepare_write(&incident, EV_OBJECT_PIPE);
		incident.process.runtime = runtimes[i].runtime;
		assert_notes(runtimes[i].undone, NULL);
	}
}

static void test_three_at_most(void **state)
{
	prepare(openssl);
	incident.process.runtime = RUNTIME_PYTHON;
	incident.process.parent_ignores = ANSWER_YES;
	strcpy(incident.process.parent_comm, "systemd");
	strcpy(incident.process.names.unit, "server.service");
	assert_notes("tls_write", "service_inactive", "default_restored", NULL);
	assert_int_equal(explanation.note_count, EXPLANATION_NOTES_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go_standard_output),
		cmocka_unit_test(test_go_foreign_thread),
		cmocka_unit_test(test_raised),
		cmocka_unit_test(test_own_signal),
		cmocka_unit_test(test_jvm),
		cmocka_unit_test(test_ruby),
		cmocka_unit_test(test_blocked_here_only),
		cmocka_unit_test(test_libraries),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_service_death),
		cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_runtimes),
		cmocka_unit_test(test_three_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
