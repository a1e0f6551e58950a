// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host says about cores: in a directory that looks like /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "core.h"
#include "enrich.h"
#include "fake_proc.h"
#include "procdir.h"

#define START_TICKS 500

static struct incident incident;
static struct enrich_options options;

static void write_file(const struct fake_proc *proc, const char *name, const char *text,
		       mode_t mode)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", proc->root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_directory(const struct fake_proc *proc, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", proc->root, name);
	assert_true(!mkdir(path, 0755) || errno == EEXIST);
}

/* A host with PATTERN, and a directory `root` in which the kernel starts programs. */
static void start(const struct fake_proc *proc, const char *pattern)
{
	make_directory(proc, "sys");
	make_directory(proc, "sys/kernel");
	make_directory(proc, "root");
	write_file(proc, "sys/kernel/core_pattern", pattern, 0644);
	write_file(proc, "sys/kernel/core_uses_pid", "1\n", 0644);
	core_host_free(options.core_host);
	options = (struct enrich_options){ .live = true, .proc_root = proc->root };
	assert_int_equal(core_host_new(proc->root, "root", &options.core_host), 0);
}

static struct ev_core *look(void)
{
	memset(&incident, 0, sizeof(incident));
	incident.outcome = EV_OUTCOME_KILLED;
	incident.signal.number = SIGSEGV;
	incident.process.pid = 812;
	incident.process.start_boot_ns = START_TICKS * procdir_tick_ns();
	incident.have_core_facts = true;
	incident.core_facts.limit = UINT64_MAX;
	incident.core_facts.dumpable = EV_DUMPABLE_YES;
	assert_true(core_enrich(&incident, &options, NULL));
	return &incident.core_facts;
}

static int teardown(void **state)
{
	core_host_free(options.core_host);
	options.core_host = NULL;
	return fake_proc_teardown(state);
}

/* It is read each time. */
static void the_pattern_of_now(void **state)
{
	const struct fake_proc *proc = *state;
	const struct ev_core *facts;
	char longest[EV_CORE_PATTERN_MAX + 2];

	start(proc, "core\n");
	facts = look();
	assert_true(facts->flags & EV_CORE_PATTERN);
	assert_string_equal(facts->pattern, "core");
	assert_int_equal(facts->uses_pid, 1);
	write_file(proc, "sys/kernel/core_pattern", "/var/core/%p\n", 0644);
	write_file(proc, "sys/kernel/core_uses_pid", "0\n", 0644);
	assert_string_equal(look()->pattern, "/var/core/%p");
	assert_int_equal(look()->uses_pid, 0);
	write_file(proc, "sys/kernel/core_pattern", "\n", 0644);
	assert_string_equal(look()->pattern, "");
	assert_true(look()->flags & EV_CORE_PATTERN);
	/* One byte more than the kernel has. */
	memset(longest, 'x', sizeof(longest));
	longest[EV_CORE_PATTERN_MAX] = '\0';
	write_file(proc, "sys/kernel/core_pattern", longest, 0644);
	assert_false(look()->flags & EV_CORE_PATTERN);
	longest[EV_CORE_PATTERN_MAX - 1] = '\0';
	write_file(proc, "sys/kernel/core_pattern", longest, 0644);
	assert_true(look()->flags & EV_CORE_PATTERN);
}

static void no_pattern_to_read(void **state)
{
	const struct fake_proc *proc = *state;

	options = (struct enrich_options){ .live = true, .proc_root = proc->root };
	assert_int_equal(core_host_new(proc->root, NULL, &options.core_host), 0);
	assert_false(look()->flags & EV_CORE_PATTERN);
	core_decide(&incident);
	assert_int_equal(incident.core.state, CORE_UNKNOWN);
}

static void programs(void **state)
{
	const struct fake_proc *proc = *state;
	char path[256];

	start(proc, "|/handler %p\n");
	assert_int_equal(look()->program, EV_CORE_PROGRAM_ABSENT);
	write_file(proc, "root/handler", "", 0755);
	start(proc, "|/handler %p\n");
	assert_int_equal(look()->program, EV_CORE_PROGRAM_RUNS);
	snprintf(path, sizeof(path), "%s/root/handler", proc->root);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(look()->program, EV_CORE_PROGRAM_NOT_EXECUTABLE);
	/* It was there at the start, so its absence is not believed. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(look()->program, EV_CORE_PROGRAM_UNKNOWN);
	core_decide(&incident);
	assert_int_equal(incident.core.state, CORE_EXPECTED);
	/* Another one than at the start. */
	write_file(proc, "sys/kernel/core_pattern", "|/other\n", 0644);
	assert_int_equal(look()->program, EV_CORE_PROGRAM_UNKNOWN);
	make_directory(proc, "root/directory");
	start(proc, "|/directory\n");
	assert_int_equal(look()->program, EV_CORE_PROGRAM_NOT_EXECUTABLE);
	/* A link to a place outside of the root stays inside. */
	snprintf(path, sizeof(path), "%s/root/link", proc->root);
	assert_int_equal(symlink("/bin/sh", path), 0);
	start(proc, "|/link\n");
	assert_int_equal(look()->program, EV_CORE_PROGRAM_ABSENT);
	start(proc, "core\n");
	assert_int_equal(look()->program, EV_CORE_PROGRAM_UNKNOWN);
}

/* The real root directory is that of this process, so it can look again. */
static void the_own_root(void **state)
{
	const struct fake_proc *proc = *state;

	start(proc, "|/handler\n");
	core_host_free(options.core_host);
	assert_int_equal(core_host_new(proc->root, "/", &options.core_host), 0);
	assert_int_equal(look()->program, EV_CORE_PROGRAM_ABSENT);
	write_file(proc, "sys/kernel/core_pattern", "|/bin/sh -c true\n", 0644);
	assert_int_equal(look()->program, EV_CORE_PROGRAM_RUNS);
	/* It was not looked for at the start. */
	write_file(proc, "sys/kernel/core_pattern", "|/no/such/program\n", 0644);
	assert_int_equal(look()->program, EV_CORE_PROGRAM_UNKNOWN);
}

static void is_being_written(void **state)
{
	static const char dumping[] = "Name:\tserver\nCoreDumping:\t1\nThreads:\t1\n";
	static const char not_dumping[] = "Name:\tserver\nCoreDumping:\t0\nThreads:\t1\n";
	const struct fake_proc *proc = *state;
	const struct ev_exit exit = { .status = SIGSEGV | 0x80, .time_ns = 77 };

	start(proc, "core\n");
	assert_false(look()->flags & EV_CORE_WRITING);
	fake_proc_write_stat(proc, 812, "server", 'D', START_TICKS);
	fake_proc_write(proc, 812, "status", not_dumping, sizeof(not_dumping) - 1);
	assert_false(look()->flags & EV_CORE_WRITING);
	fake_proc_write(proc, 812, "status", dumping, sizeof(dumping) - 1);
	assert_true(look()->flags & EV_CORE_WRITING);
	/* A later process with the same number. */
	fake_proc_write_stat(proc, 812, "server", 'D', START_TICKS + 1);
	assert_false(look()->flags & EV_CORE_WRITING);
	look();
	assert_true(core_enrich(&incident, &options, &exit));
	assert_true(incident.core_facts.flags & EV_CORE_EXITED);
	assert_int_equal(incident.core_facts.status, exit.status);
	assert_int_equal(incident.core_facts.end_ns, 77);
}

static void nothing_to_add_to(void **state)
{
	const struct fake_proc *proc = *state;

	start(proc, "core\n");
	look();
	incident.have_core_facts = false;
	assert_false(core_enrich(&incident, &options, NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_proc_setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(the_pattern_of_now), TEST(no_pattern_to_read), TEST(programs),
		TEST(the_own_root),	  TEST(is_being_written),   TEST(nothing_to_add_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
