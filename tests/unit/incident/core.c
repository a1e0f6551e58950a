// SPDX-License-Identifier: GPL-2.0-or-later
/* Is there a core, and where? By the facts of the process and of the host; and hostile patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core_pattern.h"
#include "incident.h"
#include "words.h"

static struct incident incident;

/* A crash of server[812/815] with PATTERN, and nothing that forbids a core. */
static void prepare(const char *pattern)
{
	memset(&incident, 0, sizeof(incident));
	incident.outcome = EV_OUTCOME_KILLED;
	incident.signal.number = SIGSEGV;
	incident.process.pid = 812;
	incident.process.tid = 815;
	incident.process.ns_pid = 12;
	incident.process.ns_tid = 15;
	incident.process.uid = 1000;
	incident.process.gid = 100;
	incident.process.threads = 3;
	strcpy(incident.process.comm, "server");
	strcpy(incident.process.thread, "worker-3");
	incident.have_core_facts = true;
	incident.core_facts = (struct ev_core){
		.limit = UINT64_MAX,
		.dumpable = EV_DUMPABLE_YES,
		.flags = EV_CORE_PATTERN,
	};
	memcpy(incident.core_facts.pattern, pattern, strnlen(pattern, EV_CORE_PATTERN_MAX));
}

static void expect(enum core_state state, enum core_why why)
{
	core_decide(&incident);
	assert_string_equal(word_core_state(incident.core.state), word_core_state(state));
	assert_int_equal(incident.core.why, why);
}

static void expect_path(const char *pattern, const char *path)
{
	prepare(pattern);
	expect(CORE_EXPECTED, CORE_WHY_NONE);
	assert_string_equal(incident.core.path, path);
}

static void only_some_deaths_have_one(void **state)
{
	prepare("core");
	expect(CORE_EXPECTED, CORE_WHY_NONE);
	for (uint32_t number = 1; number <= 64; number++) {
		const int dumping[] = { SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
					SIGFPE,	 SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS };
		bool dumps = false;

		for (size_t i = 0; i < sizeof(dumping) / sizeof(dumping[0]); i++)
			dumps |= number == (uint32_t)dumping[i];
		incident.signal.number = number;
		expect(dumps ? CORE_EXPECTED : CORE_NONE, dumps ? CORE_WHY_NONE : CORE_WHY_SIGNAL);
	}
	prepare("core");
	incident.outcome = EV_OUTCOME_HANDLED;
	core_decide(&incident);
	assert_int_equal(incident.core.state, CORE_NOT_ASKED);
	/* The process lives, or it ended by itself. */
	prepare("core");
	incident.death.thread_alone = true;
	core_decide(&incident);
	assert_int_equal(incident.core.state, CORE_NOT_ASKED);
	prepare("core");
	incident.subject = EV_SUBJECT_EXIT;
	core_decide(&incident);
	assert_int_equal(incident.core.state, CORE_NOT_ASKED);
	/* What ends it is not this signal. */
	prepare("core");
	incident.outcome = EV_OUTCOME_IGNORED;
	core_decide(&incident);
	assert_int_equal(incident.core.state, CORE_NOT_ASKED);
}

static void what_forbids_one(void **state)
{
	struct ev_core *facts = &incident.core_facts;

	prepare("core");
	facts->dumpable = EV_DUMPABLE_NO;
	expect(CORE_NONE, CORE_WHY_NOT_DUMPABLE);
	assert_string_equal(incident.core.path, "");
	facts->dumpable = EV_DUMPABLE_ROOT;
	expect(CORE_NONE, CORE_WHY_RELATIVE);
	strcpy(facts->pattern, "/core");
	expect(CORE_EXPECTED, CORE_WHY_NONE);
	facts->limit = 4095;
	expect(CORE_NONE, CORE_WHY_LIMIT);
	facts->limit = 4096;
	expect(CORE_EXPECTED, CORE_WHY_NONE);
	facts->limit = UINT64_MAX;
	strcpy(facts->pattern, "");
	expect(CORE_NONE, CORE_WHY_NO_PATTERN);
	facts->uses_pid = 1;
	facts->dumpable = EV_DUMPABLE_YES;
	expect(CORE_EXPECTED, CORE_WHY_NONE);
	assert_string_equal(incident.core.path, ".12");
}

/* The limit is none for a program, but for one value. */
static void programs(void **state)
{
	struct ev_core *facts = &incident.core_facts;

	prepare("|/usr/share/apport/apport -p%p");
	facts->limit = 0;
	facts->dumpable = EV_DUMPABLE_ROOT;
	expect(CORE_EXPECTED, CORE_WHY_NONE);
	assert_int_equal(incident.core.target, CORE_TARGET_PROGRAM);
	facts->limit = 1;
	expect(CORE_NONE, CORE_WHY_LIMIT_ONE);
	facts->limit = 0;
	facts->program = EV_CORE_PROGRAM_RUNS;
	expect(CORE_EXPECTED, CORE_WHY_NONE);
	facts->program = EV_CORE_PROGRAM_ABSENT;
	expect(CORE_NONE, CORE_WHY_NO_PROGRAM);
	facts->program = EV_CORE_PROGRAM_NOT_EXECUTABLE;
	expect(CORE_NONE, CORE_WHY_NOT_EXECUTABLE);
	/* The kernel has not yet tried to start it. */
	facts->flags |= EV_CORE_WRITING;
	expect(CORE_NONE, CORE_WHY_NOT_EXECUTABLE);
	prepare("@/run/crash.socket");
	facts->limit = 0;
	expect(CORE_EXPECTED, CORE_WHY_NONE);
	assert_int_equal(incident.core.target, CORE_TARGET_SOCKET);
}

/* The end is better evidence than all rules; but a rule says more than "refused". */
static void what_the_end_says(void **state)
{
	struct ev_core *facts = &incident.core_facts;

	prepare("core");
	facts->flags |= EV_CORE_WRITING;
	expect(CORE_BEING_WRITTEN, CORE_WHY_NONE);
	facts->flags |= EV_CORE_EXITED;
	facts->status = SIGSEGV | 0x80;
	facts->limit = 0;
	expect(CORE_WRITTEN, CORE_WHY_NONE);
	assert_string_equal(incident.core.path, "core");
	facts->status = SIGSEGV;
	expect(CORE_NONE, CORE_WHY_LIMIT);
	facts->limit = UINT64_MAX;
	expect(CORE_NONE, CORE_WHY_REFUSED);
	facts->status = 3 << 8;
	expect(CORE_NONE, CORE_WHY_ENDED_OTHERWISE);
	for (int given_up = EV_CORE_RUN_ENDED; given_up <= EV_CORE_GIVEN_UP_LAST; given_up++) {
		core_end(&incident.core, (enum ev_core_given_up)given_up, SIGSEGV | 0x80);
		assert_int_equal(incident.core.state, CORE_UNKNOWN);
		assert_true(incident.core.why >= CORE_WHY_RUN_ENDED);
	}
}

static void what_is_not_recorded(void **state)
{
	prepare("core");
	incident.have_core_facts = false;
	expect(CORE_UNKNOWN, CORE_WHY_NOT_RECORDED);
	prepare("core");
	incident.core_facts.flags = 0;
	expect(CORE_UNKNOWN, CORE_WHY_NOT_RECORDED);
	assert_false(incident.core.have_pattern);
	/* No pattern is needed for this. */
	incident.core_facts.dumpable = EV_DUMPABLE_NO;
	expect(CORE_NONE, CORE_WHY_NOT_DUMPABLE);
}

static void names_of_files(void **state)
{
	expect_path("core", "core");
	expect_path("/c/%p-%P-%i-%I", "/c/12-812-15-815");
	expect_path("%u.%g.%d.%s.%c%%", "1000.100.1.11.18446744073709551615%");
	expect_path("/c/%e", "/c/worker-3");
	/* At the end the kernel leaves it out. */
	expect_path("/c/core%", "/c/core");
	/* What only the kernel knows: the time, the host, and what is newer than this. */
	expect_path("/c/core.%t", "");
	expect_path("/c/%h.core", "");
	expect_path("/c/%f.%E.%C.%Z", "");
	/* Another thread may take it. */
	prepare("/c/%e.%i");
	incident.signal.group = true;
	core_decide(&incident);
	assert_string_equal(incident.core.path, "");
	incident.process.threads = 1;
	core_decide(&incident);
	assert_string_equal(incident.core.path, "/c/worker-3.15");
	/* Added only where the pattern has none. */
	incident.core_facts.uses_pid = 1;
	core_decide(&incident);
	assert_string_equal(incident.core.path, "/c/worker-3.15.12");
	prepare("%p");
	incident.core_facts.uses_pid = 1;
	core_decide(&incident);
	assert_string_equal(incident.core.path, "12");
}

/* A name of a thread cannot leave the directory. */
static void names_that_a_process_chose(void **state)
{
	const struct {
		const char *comm, *path;
	} cases[] = {
		{ "../../etc/x", "/c/..!..!etc!x" },
		{ ".", "/c/!" },
		{ "..", "/c/!." },
		{ "...", "/c/..." },
		{ "a\nb", "/c/a\nb" }, /* sinks escape it */
		{ "%p", "/c/%p" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		prepare("/c/%e");
		strcpy(incident.process.thread, cases[i].comm);
		core_decide(&incident);
		assert_string_equal(incident.core.path, cases[i].path);
	}
	prepare("/c/%e");
	incident.process.thread[0] = '\0';
	core_decide(&incident);
	assert_string_equal(incident.core.path, "");
}

/* A capture may hold any bytes: no terminator, or a name that is too long. */
static void hostile_patterns(void **state)
{
	char small[8];

	prepare("");
	memset(incident.core_facts.pattern, 'x', EV_CORE_PATTERN_MAX);
	expect(CORE_EXPECTED, CORE_WHY_NONE);
	assert_int_equal(strlen(incident.core.pattern), EV_CORE_PATTERN_MAX);
	assert_int_equal(strlen(incident.core.path), EV_CORE_PATTERN_MAX);
	for (size_t i = 0; i < EV_CORE_PATTERN_MAX; i++)
		incident.core_facts.pattern[i] = i % 2 ? 'c' : '%';
	core_decide(&incident); /* 64 times 20 digits */
	assert_string_equal(incident.core.path, "");
	incident.core_facts.pattern[0] = '|';
	core_decide(&incident);
	assert_int_equal(incident.core.target, CORE_TARGET_PROGRAM);
	assert_true(core_file("1234567", false, &incident, small, sizeof(small)));
	assert_false(core_file("12345678", false, &incident, small, sizeof(small)));
	assert_string_equal(small, "");
	for (int seed = 0; seed < 20000; seed++) {
		srand((unsigned int)seed);
		for (size_t i = 0; i < EV_CORE_PATTERN_MAX; i++)
			incident.core_facts.pattern[i] = rand() % 3 ? "%| /\n@pPeit"[rand() % 11]
								    : (char)rand();
		core_decide(&incident);
		assert_non_null(word_core_state(incident.core.state));
	}
}

static void expect_program(const char *pattern, const char *path)
{
	char found[EV_CORE_PATTERN_MAX + 1];

	assert_int_equal(core_program(pattern, found, sizeof(found)), path != NULL);
	if (path)
		assert_string_equal(found, path);
}

static void programs_of_patterns(void **state)
{
	char small[4];

	expect_program("|/usr/lib/systemd/systemd-coredump %P %u",
		       "usr/lib/systemd/systemd-coredump");
	expect_program("|bin/x", "bin/x");
	expect_program("| \t/bin/x", "bin/x");
	expect_program("|/bin/x", "bin/x");
	expect_program("|", NULL);
	expect_program("|   ", NULL);
	expect_program("|/", NULL);
	expect_program("", NULL);
	expect_program("core", NULL);
	/* The kernel expands this too. */
	expect_program("|/bin/%e arg", NULL);
	assert_false(core_program("|/abcd", small, sizeof(small)));
	assert_true(core_program("|/abc", small, sizeof(small)));
	assert_int_equal(core_target_of("|/lib/systemd/systemd-coredump %P"), CORE_TARGET_SYSTEMD);
	assert_int_equal(core_target_of("|systemd-coredump"), CORE_TARGET_SYSTEMD);
	assert_int_equal(core_target_of("|/x/my-systemd-coredump"), CORE_TARGET_PROGRAM);
	assert_int_equal(core_target_of("systemd-coredump"), CORE_TARGET_FILE);
}

static void every_reason_has_words(void **state)
{
	for (int why = CORE_WHY_NONE + 1; why < CORE_WHYS; why++) {
		assert_non_null(word_core_why((enum core_why)why));
		assert_non_null(word_core_why_text((enum core_why)why));
	}
	assert_null(word_core_why(CORE_WHY_NONE));
	assert_null(word_core_state(CORE_NOT_ASKED));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_some_deaths_have_one),
		cmocka_unit_test(what_forbids_one),
		cmocka_unit_test(programs),
		cmocka_unit_test(what_the_end_says),
		cmocka_unit_test(what_is_not_recorded),
		cmocka_unit_test(names_of_files),
		cmocka_unit_test(names_that_a_process_chose),
		cmocka_unit_test(hostile_patterns),
		cmocka_unit_test(programs_of_patterns),
		cmocka_unit_test(every_reason_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
