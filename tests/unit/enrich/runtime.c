// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The runtime of a process: first by its file and mappings, then by its name; checked once per
 * process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "enrich.h"
#include "stack.h"

static struct incident incident;
static struct runtimes runtimes;

static void reset(const char *exe)
{
	memset(&incident, 0, sizeof(incident));
	memset(&runtimes, 0, sizeof(runtimes));
	incident.process.pid = 812;
	incident.process.exe_inode = 7;
	incident.process.exe.have = exe != NULL;
	strcpy(incident.process.exe.text, exe ? exe : "");
}

static void assert_runtime(const char *exe, uint32_t shown, enum incident_runtime expected)
{
	reset(exe);
	assert_false(runtime_is_known(&runtimes, &incident));
	runtime_enrich(&incident, &runtimes, shown, WHY_NONE);
	assert_int_equal(incident.process.runtime, expected);
	assert_int_equal(incident_why_missing(&incident, MISSING_RUNTIME) != WHY_NONE,
			 expected == RUNTIME_UNKNOWN);
}

static void test_marks_go_first(void **state)
{
	const uint32_t read = STACK_PROGRAM_SECTIONS;

	assert_runtime("/srv/gateway", read | STACK_PROGRAM_GO, RUNTIME_GO);
	assert_runtime("/srv/gateway", read | STACK_PROGRAM_GO | STACK_PROGRAM_CGO, RUNTIME_GO_CGO);
	assert_runtime("/srv/java", read | STACK_PROGRAM_GO, RUNTIME_GO);
	assert_runtime("/srv/uplink", read | STACK_PROGRAM_RUST, RUNTIME_RUST);
	assert_runtime("/srv/python3", read | STACK_PROGRAM_RUST, RUNTIME_RUST);
	assert_runtime("/srv/launcher", read | STACK_PROGRAM_JVM, RUNTIME_JVM);
	assert_runtime("/srv/embedder", read | STACK_PROGRAM_PYTHON, RUNTIME_PYTHON);
	assert_runtime("/srv/rails", read | STACK_PROGRAM_RUBY, RUNTIME_RUBY);
	assert_runtime("/srv/tool", read | STACK_PROGRAM_NODE, RUNTIME_NODE);
	assert_runtime(NULL, read | STACK_PROGRAM_NODE, RUNTIME_NODE);
	assert_runtime("/srv/api", read | STACK_PROGRAM_DOTNET, RUNTIME_DOTNET);
}

static void test_name_is_the_last_resort(void **state)
{
	const uint32_t read = STACK_PROGRAM_SECTIONS;

	assert_runtime("/usr/bin/python3.11", read, RUNTIME_PYTHON);
	assert_runtime("/usr/bin/python3.11", 0, RUNTIME_PYTHON);
	assert_runtime("/opt/pypy3.9", read, RUNTIME_PYTHON);
	assert_runtime("/usr/bin/node", read, RUNTIME_NODE);
	assert_runtime("/usr/bin/nodejs", read, RUNTIME_NODE);
	assert_runtime("/usr/bin/perl5.36.0", read, RUNTIME_PERL);
	assert_runtime("/usr/bin/ruby3.1", read, RUNTIME_RUBY);
	assert_runtime("/usr/bin/php8.2", read, RUNTIME_PHP);
	assert_runtime("/opt/jdk/bin/java", 0, RUNTIME_JVM);
	assert_runtime("/usr/lib/erlang/erts-13.1.5/bin/beam.smp", read, RUNTIME_ERLANG);
	assert_runtime("/usr/bin/dotnet", read, RUNTIME_DOTNET);
	assert_runtime("/usr/bin/python3-config", read, RUNTIME_NATIVE);
	assert_runtime("/usr/bin/javac", read, RUNTIME_NATIVE);
	assert_runtime("/opt/python3/bin/server", read, RUNTIME_NATIVE);
}

static void test_unknown_has_a_reason(void **state)
{
	assert_runtime("/srv/server", 0, RUNTIME_UNKNOWN);
	assert_int_equal(incident_why_missing(&incident, MISSING_RUNTIME), WHY_PROGRAM_UNREADABLE);
	assert_runtime(NULL, 0, RUNTIME_UNKNOWN);

	reset("/srv/server");
	runtime_enrich(&incident, &runtimes, 0, WHY_BEHIND);
	assert_int_equal(incident_why_missing(&incident, MISSING_RUNTIME), WHY_BEHIND);
}

static void test_asked_once_for_a_process(void **state)
{
	reset("/srv/gateway");
	runtime_enrich(&incident, &runtimes, STACK_PROGRAM_SECTIONS | STACK_PROGRAM_GO, WHY_NONE);
	assert_true(runtime_is_known(&runtimes, &incident));
	incident.process.runtime = RUNTIME_UNKNOWN;
	runtime_enrich(&incident, &runtimes, 0, WHY_NONE);
	assert_int_equal(incident.process.runtime, RUNTIME_GO);
	/* Known is known, also where there is no time to look. */
	runtime_enrich(&incident, &runtimes, 0, WHY_BEHIND);
	assert_int_equal(incident.process.runtime, RUNTIME_GO);
	assert_int_equal(incident_why_missing(&incident, MISSING_RUNTIME), WHY_NONE);
	/* execve(), another process with this PID, and a process with the same slot. */
	incident.process.exe_inode++;
	assert_false(runtime_is_known(&runtimes, &incident));
	runtime_enrich(&incident, &runtimes, STACK_PROGRAM_SECTIONS, WHY_NONE);
	assert_int_equal(incident.process.runtime, RUNTIME_NATIVE);
	incident.process.start_boot_ns++;
	assert_false(runtime_is_known(&runtimes, &incident));
	runtime_enrich(&incident, &runtimes, STACK_PROGRAM_SECTIONS, WHY_NONE);
	incident.process.pid += RUNTIMES_SEEN;
	assert_false(runtime_is_known(&runtimes, &incident));
}

/* A failed read may succeed the next time. */
static void test_failure_is_not_kept(void **state)
{
	reset("/srv/gateway");
	runtime_enrich(&incident, &runtimes, 0, WHY_NONE);
	assert_false(runtime_is_known(&runtimes, &incident));
	runtime_enrich(&incident, &runtimes, STACK_PROGRAM_SECTIONS | STACK_PROGRAM_GO, WHY_NONE);
	assert_int_equal(incident.process.runtime, RUNTIME_GO);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marks_go_first),
		cmocka_unit_test(test_name_is_the_last_resort),
		cmocka_unit_test(test_unknown_has_a_reason),
		cmocka_unit_test(test_asked_once_for_a_process),
		cmocka_unit_test(test_failure_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
