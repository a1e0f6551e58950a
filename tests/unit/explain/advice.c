// SPDX-License-Identifier: GPL-2.0-or-later
/* Which advice an incident gets, by runtime, call and library; and docs/advice.md has all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "advice.h"
#include "notes.h"
#include "told_advice.h"
#include "trap_states.h"

static struct explanation explanation;

/* Runs explain() over what PREPARE made; the line of advice about the way it writes. */
static const char *advice_of(void (*prepare)(struct incident *incident))
{
	memset(&incident, 0, sizeof(incident));
	prepare(&incident);
	explain(&incident, &explanation);
	for (size_t i = 0; i < explanation.advice_count; i++)
		for (size_t row = 0; row < advice_rules_count; row++)
			if (explanation.advice[i].code == advice_rules[row].advice.code)
				return explanation.advice[i].text;
	return "";
}

static void assert_advice(void (*prepare)(struct incident *incident), const char *start)
{
	const char *advice = advice_of(prepare);

	if (strncmp(advice, start, strlen(start)) != 0)
		fail_msg("%s, not %s", advice, start);
}

static void python_survivor(struct incident *of)
{
	runtime_ignores(of, RUNTIME_PYTHON);
}

static void rust_survivor(struct incident *of)
{
	runtime_ignores(of, RUNTIME_RUST);
}

static void python_on_socket(struct incident *of)
{
	python_survivor(of);
	of->object.type = EV_OBJECT_TCP;
}

static void rust_on_socket(struct incident *of)
{
	rust_survivor(of);
	of->object.type = EV_OBJECT_TCP;
}

static void node_survivor(struct incident *of)
{
	runtime_ignores(of, RUNTIME_NODE);
}

static void python_death(struct incident *of)
{
	prepare_write(of, EV_OBJECT_PIPE);
	of->process.runtime = RUNTIME_PYTHON;
}

static void rust_death(struct incident *of)
{
	prepare_write(of, EV_OBJECT_TCP);
	of->process.runtime = RUNTIME_RUST;
}

static void jvm_survivor(struct incident *of)
{
	prepare_write(of, EV_OBJECT_TCP);
	of->process.runtime = RUNTIME_JVM;
	of->outcome = EV_OUTCOME_HANDLED;
	of->signal.disposition = EV_DISPOSITION_HANDLER;
}

static void go_socket_in_cgo(struct incident *of)
{
	go_socket(of);
	of->process.runtime = RUNTIME_GO_CGO;
}

/* Code of Go that did not make the call has no error to check. */
static void go_called_c(struct incident *of)
{
	go_write(of);
	frames_are("write", "runtime.asmcgocall", NULL);
}

static void blocked_then_killed(struct incident *of)
{
	blocked_here_only(of);
	of->outcome = EV_OUTCOME_KILLED;
}

static void openssl_in_python(struct incident *of)
{
	openssl(of);
	of->process.runtime = RUNTIME_PYTHON;
}

static void test_by_trap(void **state)
{
	assert_advice(go_foreign_thread, "call signal.Ignore(syscall.SIGPIPE) in Go");
	assert_advice(go_standard_output, "to survive a closed stdout");
	assert_advice(openssl, "ignore SIGPIPE at start-up, because SSL_write()");
	assert_advice(openssl_in_python, "ignore SIGPIPE at start-up, because SSL_write()");
	assert_advice(stdio, "ignore SIGPIPE at start-up, because stdio");
	assert_advice(journal_survivor, "continue without this log stream");
	assert_advice(blocked_here_only, "SIGPIPE is blocked here and stays pending");
	assert_advice(blocked_then_killed, "SIGPIPE is blocked here and stays pending");
	assert_advice(own_signal, "");
}

static void test_by_runtime(void **state)
{
	assert_advice(python_death, "leave SIGPIPE ignored, as Python");
	assert_advice(rust_death, "leave SIGPIPE ignored, as Rust");
	assert_advice(go_socket, "check the error of each Write");
	assert_advice(go_socket_in_cgo, "check the error of each Write");
	assert_advice(go_called_c, "treat EPIPE as the end of this connection");
	assert_advice(python_survivor, "catch BrokenPipeError and exit");
	assert_advice(python_on_socket, "catch BrokenPipeError and close");
	/* It may handle the error. */
	assert_advice(rust_survivor, "treat EPIPE as the end of this pipe");
	assert_advice(rust_println, "println! panics here");
	assert_advice(rust_panic, "println! panics here");
	assert_advice(ruby_write, "rescue Errno::EPIPE");
	assert_advice(rust_on_socket, "handle ErrorKind::BrokenPipe");
	assert_advice(node_survivor, "listen for 'error'");
	assert_advice(jvm_survivor, "catch the IOException");
}

static void test_three_kinds_together(void **state)
{
	memset(&incident, 0, sizeof(incident));
	service_death(&incident);
	/* Reset after the peer's FIN. */
	incident.object.shutdown = 3;
	incident.object.peer_port = 51234;
	incident.object.socket_flags = EV_SOCKET_DONE;
	incident.object.tcp.established = true;
	incident.object.tcp.unacked_bytes = 13;
	explain(&incident, &explanation);
	assert_int_equal(explanation.advice_count, 3);
	assert_non_null(strstr(explanation.advice[0].text, "EPOLLRDHUP"));
	assert_non_null(strstr(explanation.advice[1].text, "ignore SIGPIPE at start-up"));
	assert_non_null(strstr(explanation.advice[2].text, "RestartForceExitStatus=SIGPIPE"));
}

static char *read_docs(void)
{
	FILE *file = fopen(ADVICE_MD, "r");
	size_t length;
	char *text;

	assert_non_null(file);
	text = calloc(1, 1 << 20);
	assert_non_null(text);
	length = fread(text, 1, (1 << 20) - 1, file);
	assert_in_range(length, 1, (1 << 20) - 2);
	fclose(file);
	return text;
}

/* The advice as a quote, then its code for programs, then an example before the next advice. */
static void assert_documented(const char *docs, const struct advice *advice)
{
	const char *at, *example, *next;
	char lines[512];

	snprintf(lines, sizeof(lines), "\n> %s\n\nCode: `%s`.\n", advice->text, advice->code);
	at = strstr(docs, lines);
	if (!at)
		fail_msg("docs/advice.md does not have: %s", lines);
	example = strstr(at + 1, "\n```");
	next = strstr(at + 1, "\n> ");
	if (!example || (next && example > next))
		fail_msg("docs/advice.md has no example for: %s", advice->text);
}

/* Every line of advice, each once; the causes share some. */
static size_t all_advice(const struct advice *ret_all[], size_t size)
{
	size_t count = 0;

	for (size_t row = 0; row < advice_rules_count; row++)
		ret_all[count++] = &advice_rules[row].advice;
	for (const struct rule *const *table = rule_tables; *table; table++) {
		for (const struct rule *row = *table;; row++) {
			bool known = !row->advice;

			for (size_t i = 0; !known && i < count; i++)
				known = ret_all[i] == row->advice;
			assert_true(count < size);
			if (!known)
				ret_all[count++] = row->advice;
			if (!row->matches)
				break;
		}
	}
	return count;
}

static void test_docs_have_all_advice(void **state)
{
	const struct advice *all[64];
	char *docs = read_docs();
	size_t lines = 0, count = all_advice(all, ARRAY_SIZE(all));

	for (size_t i = 0; i < count; i++)
		assert_documented(docs, all[i]);
	for (const char *at = docs; (at = strstr(at, "\n> ")); at++)
		lines++;
	/* And no other. */
	assert_int_equal(lines, count);
	free(docs);
}

/* The section HEADING of DOCS has the codes of TABLE, and no other. */
static void assert_told(const char *docs, const char *heading, const struct told_advice *table,
			size_t count)
{
	const char *start = strstr(docs, heading), *end;
	char code[128];
	size_t codes = 0;

	assert_non_null(start);
	end = strstr(start + 1, "\n## ");
	for (size_t row = 0; row < count; row++) {
		snprintf(code, sizeof(code), "\nCode: `%s`. ", table[row].code);
		if (!strstr(docs, code))
			fail_msg("docs/advice.md has no line %s", code);
	}
	for (const char *at = start; (at = strstr(at, "\nCode: `")) && (!end || at < end); at++)
		codes++;
	assert_int_equal(codes, count);
}

/* Their texts are made, so only the codes can be compared. */
static void test_docs_have_the_told_advice(void **state)
{
	char *docs = read_docs();

	assert_told(docs, "\n## Advice about cores\n", core_advice, core_advice_count);
	assert_told(docs, "\n## Advice about a death\n", death_advice, death_advice_count);
	free(docs);
}

static void crash(const char *pattern, const char *exe)
{
	memset(&incident, 0, sizeof(incident));
	incident.outcome = EV_OUTCOME_KILLED;
	incident.subject = EV_SUBJECT_FAULT;
	incident.signal.number = SIGSEGV;
	incident.process.pid = 812;
	incident.process.ns_pid = 7;
	incident.process.exe.have = true;
	strcpy(incident.process.exe.text, exe);
	incident.have_core_facts = true;
	incident.core_facts = (struct ev_core){ .limit = UINT64_MAX,
						.dumpable = EV_DUMPABLE_YES,
						.flags = EV_CORE_PATTERN };
	strcpy(incident.core_facts.pattern, pattern);
}

static void assert_core_advice(const char *code, const char *text)
{
	core_decide(&incident);
	explain(&incident, &explanation);
	assert_int_equal(explanation.advice_count, code ? 1 : 0);
	if (!code)
		return;
	assert_string_equal(explanation.advice[0].code, code);
	assert_string_equal(explanation.advice[0].text, text);
}

static void test_about_cores(void **state)
{
	crash("|/usr/lib/systemd/systemd-coredump %P", "/srv/server");
	assert_core_advice("read_core_coredumpctl",
			   "`coredumpctl info 812`; `coredumpctl debug 812` opens the core in a "
			   "debugger");
	incident.core_facts.program = EV_CORE_PROGRAM_ABSENT;
	assert_core_advice(NULL, NULL);
	crash("/c/core.%p", "/srv/server");
	assert_core_advice("read_core_file",
			   "open the core in a debugger: gdb /srv/server /c/core.7");
	crash("/c/core.%p", "/srv/a b");
	assert_core_advice("read_core_file",
			   "open the core in a debugger: gdb \"/srv/a b\" /c/core.7");
	/* Nobody knows where. */
	crash("core.%p", "/srv/server");
	assert_core_advice(NULL, NULL);
	incident.core_facts.limit = 0;
	assert_core_advice(
		"allow_core",
		"for a core the next time: LimitCORE=infinity in the unit, or `ulimit -c "
		"unlimited` before the program is started");
	crash("|/usr/share/apport/apport", "/srv/server");
	assert_core_advice(NULL, NULL);
}

/* Codes are for machines: each of its own, in one spelling. */
static void test_codes_are_distinct(void **state)
{
	const struct advice *all[64];
	size_t count = all_advice(all, ARRAY_SIZE(all));

	for (size_t i = 0; i < count; i++) {
		size_t length = strspn(all[i]->code, "abcdefghijklmnopqrstuvwxyz0123456789_");

		assert_int_equal(length, strlen(all[i]->code));
		for (size_t other = 0; other < i; other++)
			assert_string_not_equal(all[i]->code, all[other]->code);
	}
}

static void test_docs_have_all_notes(void **state)
{
	char *docs = read_docs();
	char heading[128];
	size_t sections = 0;

	for (size_t row = 0; row < note_rules_count; row++) {
		snprintf(heading, sizeof(heading), "\n### %s\n", note_rules[row].code);
		if (!strstr(docs, heading))
			fail_msg("docs/advice.md has no section %s", note_rules[row].code);
	}
	for (const char *at = docs; (at = strstr(at, "\n### ")); at++)
		sections++;
	assert_int_equal(sections, note_rules_count);
	free(docs);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_trap),
		cmocka_unit_test(test_by_runtime),
		cmocka_unit_test(test_three_kinds_together),
		cmocka_unit_test(test_docs_have_all_advice),
		cmocka_unit_test(test_docs_have_the_told_advice),
		cmocka_unit_test(test_about_cores),
		cmocka_unit_test(test_codes_are_distinct),
		cmocka_unit_test(test_docs_have_all_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
