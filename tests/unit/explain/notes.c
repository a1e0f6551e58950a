// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of runtimes and of the system: each with its evidence, and without each piece of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "stack.h"

static struct incident incident;
static struct explanation explanation;
static struct stack stack;
static struct stack_frame handler;

static void reset(enum ev_disposition disposition, enum ev_outcome outcome)
{
	memset(&incident, 0, sizeof(incident));
	memset(&stack, 0, sizeof(stack));
	memset(&handler, 0, sizeof(handler));
	incident.signal.number = SIGPIPE;
	incident.signal.origin = EV_ORIGIN_KERNEL;
	incident.process.pid = 812;
	incident.object.type = EV_OBJECT_TCP;
	incident.syscall.have = true;
	incident.signal.disposition = disposition;
	incident.outcome = outcome;
	incident.syscall.name = "write";
	incident.syscall.have_fd = true;
	incident.syscall.fd = 7;
	incident.stack = &stack;
}

static void add_frame(const char *symbol, const char *module)
{
	stack.frames[stack.count++] = (struct stack_frame){ .symbol = symbol, .module = module };
}

static bool has_note(const char *code)
{
	explain(&incident, &explanation);
	for (size_t i = 0; i < explanation.note_count; i++)
		if (!strcmp(explanation.notes[i].code, code))
			return true;
	return false;
}

static bool has_advice(const char *part)
{
	for (size_t i = 0; i < explanation.advice_count; i++)
		if (strstr(explanation.advice[i], part))
			return true;
	return false;
}

static void go_reset(const char *innermost, const char *module)
{
	reset(EV_DISPOSITION_HANDLER, EV_OUTCOME_HANDLED);
	incident.process.runtime = "go";
	handler.symbol = "runtime.sigtramp";
	incident.handler_frame = &handler;
	add_frame(innermost, module);
}

static void test_go(void **state)
{
	go_reset("syscall.Syscall", "/srv/server");
	assert_true(has_note("go_socket"));
	assert_false(has_note("go_stdio"));
	incident.syscall.fd = 1;
	assert_true(has_note("go_stdio"));
	assert_true(has_advice("signal.Ignore"));
	assert_false(has_note("go_socket"));
	go_reset("internal/runtime/syscall.Syscall6", "/srv/server");
	incident.syscall.fd = 2;
	assert_true(has_note("go_stdio"));
	go_reset("write", "/usr/lib/libc.so.6");
	incident.syscall.fd = 1;
	assert_true(has_note("go_foreign_code"));
	assert_true(has_advice("MSG_NOSIGNAL"));
	assert_false(has_note("go_stdio"));
	/* Nothing was passed on. */
	incident.outcome = EV_OUTCOME_SUPPRESSED;
	assert_false(has_note("go_foreign_code"));
	assert_false(has_advice("not Go"));
	/* A stack without a name proves nothing. */
	go_reset(NULL, "/srv/server");
	assert_false(has_note("go_foreign_code") || has_note("go_stdio") || has_note("go_socket"));
}

static void test_go_handler_is_named(void **state)
{
	go_reset("syscall.Syscall", "/srv/server");
	explain(&incident, &explanation);
	assert_string_equal(explanation.disposition,
			    "the handler runtime.sigtramp, the Go runtime's, runs; the call failed "
			    "with EPIPE");
	handler = (struct stack_frame){ .symbol = "on_pipe", .module = "/srv/server" };
	explain(&incident, &explanation);
	assert_string_equal(explanation.disposition,
			    "the handler on_pipe of /srv/server runs; the call failed with EPIPE");
}

static void test_raised_again(void **state)
{
	reset(EV_DISPOSITION_DEFAULT, EV_OUTCOME_KILLED);
	incident.signal.origin = EV_ORIGIN_PROCESS;
	incident.signal.sender = (struct incident_sender){
		.have = true, .pid = incident.process.pid, .have_syscall = true, .syscall = "tgkill"
	};
	assert_true(has_note("raised_again"));
	incident.signal.sender.syscall = "kill";
	assert_false(has_note("raised_again"));
	incident.signal.sender.syscall = "tgkill";
	incident.signal.sender.pid++;
	assert_false(has_note("raised_again"));
}

static void test_runtimes(void **state)
{
	static const struct {
		const char *runtime, *note;
		enum ev_disposition disposition;
		enum ev_outcome outcome;
	} marks[] = {
		{ "python", "python_ignores", EV_DISPOSITION_IGNORE, EV_OUTCOME_IGNORED },
		{ "rust", "rust_ignores", EV_DISPOSITION_IGNORE, EV_OUTCOME_IGNORED },
		{ "node", "node_ignores", EV_DISPOSITION_IGNORE, EV_OUTCOME_IGNORED },
		{ "jvm", "jvm_handles", EV_DISPOSITION_HANDLER, EV_OUTCOME_HANDLED },
		{ "python", "default_restored", EV_DISPOSITION_DEFAULT, EV_OUTCOME_KILLED },
		{ "rust", "default_restored", EV_DISPOSITION_DEFAULT, EV_OUTCOME_KILLED },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		reset(marks[i].disposition, marks[i].outcome);
		incident.process.runtime = marks[i].runtime;
		assert_true(has_note(marks[i].note));
		incident.process.runtime = "native";
		assert_false(has_note(marks[i].note));
		incident.process.runtime = NULL;
		assert_false(has_note(marks[i].note));
	}
}

static void test_inheritance(void **state)
{
	reset(EV_DISPOSITION_IGNORE, EV_OUTCOME_IGNORED);
	assert_false(has_note("inherited_ignore"));
	incident.process.parent_ignores = ANSWER_YES;
	assert_true(has_note("inherited_ignore"));
	incident.process.runtime = "python";
	assert_false(has_note("inherited_ignore"));
	incident.process.runtime = "native";
	incident.process.parent_ignores = ANSWER_NO;
	assert_false(has_note("inherited_ignore"));
	reset(EV_DISPOSITION_DEFAULT, EV_OUTCOME_KILLED);
	strcpy(incident.process.parent_comm, "python3.11");
	assert_true(has_note("child_of_python"));
	incident.process.runtime = "python";
	assert_false(has_note("child_of_python"));
}

static void test_mask(void **state)
{
	reset(EV_DISPOSITION_DEFAULT, EV_OUTCOME_PENDING);
	incident.signal.blocked = true;
	assert_false(has_note("blocked_in_thread"));
	incident.process.main_thread_blocks = ANSWER_NO;
	assert_true(has_note("blocked_in_thread"));
	incident.process.main_thread_blocks = ANSWER_YES;
	assert_false(has_note("blocked_in_thread"));
}

static void test_tls(void **state)
{
	reset(EV_DISPOSITION_DEFAULT, EV_OUTCOME_KILLED);
	add_frame("write", "/usr/lib/libc.so.6");
	assert_false(has_note("tls_write"));
	add_frame("BIO_write", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3");
	assert_true(has_note("tls_write"));
	assert_true(has_advice("a TLS library has no other way"));
	incident.syscall.name = "sendto";
	assert_false(has_note("tls_write"));
}

static void test_systemd(void **state)
{
	reset(EV_DISPOSITION_DEFAULT, EV_OUTCOME_KILLED);
	incident.process.ppid = 1;
	assert_false(has_note("service_inactive"));
	strcpy(incident.process.unit, "server.service");
	assert_true(has_note("service_inactive"));
	assert_true(has_advice("RestartForceExitStatus=SIGPIPE"));
	incident.process.ppid = 2;
	assert_false(has_note("service_inactive"));
	incident.process.ppid = 1;
	strcpy(incident.process.unit, "session-1.scope");
	assert_false(has_note("service_inactive"));
}

static void test_journal(void **state)
{
	reset(EV_DISPOSITION_IGNORE, EV_OUTCOME_IGNORED);
	incident.object.type = EV_OBJECT_UNIX;
	incident.object.have_path = true;
	strcpy(incident.object.path.text, "/run/systemd/journal/stdout");
	assert_false(has_note("journal_restarted"));
	incident.syscall.fd = 2;
	assert_true(has_note("journal_restarted"));
	strcpy(incident.object.path.text, "/run/other");
	assert_false(has_note("journal_restarted"));
	incident.peer.have = incident.peer.have_comm = true;
	strcpy(incident.peer.comm, "systemd-journal");
	assert_true(has_note("journal_restarted"));
}

static char *read_page(void)
{
	char *text = calloc(1, 1 << 16);
	FILE *file = fopen(ADVICE_MD, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
	assert_true(feof(file));
	fclose(file);
	return text;
}

static void test_page_has_all(void **state)
{
	char *page = read_page(), wanted[1024];
	size_t notes = 0, headings = 0;

	for (; notes_code(notes); notes++) {
		snprintf(wanted, sizeof(wanted), "\n### `%s`\n", notes_code(notes));
		if (!strstr(page, wanted))
			fail_msg("docs/advice.md has no section%s", wanted);
	}
	for (const char *at = page; (at = strstr(at, "\n### `")); at++)
		headings++;
	assert_int_equal(headings, notes);
	for (size_t i = 0; advice_text(i); i++) {
		snprintf(wanted, sizeof(wanted), "\n> %s\n", advice_text(i));
		if (!strstr(page, wanted))
			fail_msg("docs/advice.md does not explain%s", wanted);
	}
	free(page);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go),	     cmocka_unit_test(test_go_handler_is_named),
		cmocka_unit_test(test_raised_again), cmocka_unit_test(test_runtimes),
		cmocka_unit_test(test_inheritance),  cmocka_unit_test(test_mask),
		cmocka_unit_test(test_tls),	     cmocka_unit_test(test_systemd),
		cmocka_unit_test(test_journal),	     cmocka_unit_test(test_page_has_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
