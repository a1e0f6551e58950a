// SPDX-License-Identifier: GPL-2.0-or-later
/* Command line and executable from /proc: found, gone, reused, hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "enrich.h"
#include "fake_proc.h"
#include "procdir.h"

#define PID 812
#define START 123456 /* ticks */
#define GONE WHY_PROCESS_GONE

static const struct snapshot no_snapshot;
static struct incident incident;

static void prepare(void)
{
	memset(&incident, 0, sizeof(incident));
	incident.subject = EV_SUBJECT_SENT;
	incident.process.pid = PID;
	incident.process.start_boot_ns = START * procdir_tick_ns() + procdir_tick_ns() / 3;
	strcpy(incident.process.comm, "server");
	incident_note_missing(&incident, MISSING_CMDLINE, WHY_NOT_RESIDENT);
	incident_note_missing(&incident, MISSING_EXE, WHY_NOT_RECORDED);
}

static void enrich_live(const struct fake_proc *proc)
{
	struct enrich_options options = { .live = true, .proc_root = proc->root };

	enrich(&incident, &no_snapshot, &options);
}

static void add_exe(const struct fake_proc *proc, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%u/exe", proc->root, PID);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static void add_process(const struct fake_proc *proc)
{
	fake_proc_write_stat(proc, PID, "server", 'S', START);
	fake_proc_write(proc, PID, "cmdline", "./server\0--port\0\08088\0", 22);
	add_exe(proc, "/srv/app/server");
}

static void assert_unread(enum missing_reason reason)
{
	assert_false(incident.process.cmdline.have);
	assert_false(incident.process.exe.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_CMDLINE), reason);
	assert_int_equal(incident_why_missing(&incident, MISSING_EXE), reason);
}

static void test_found(void **state)
{
	add_process(*state);
	prepare();
	enrich_live(*state);
	assert_true(incident.process.cmdline.have);
	assert_false(incident.process.cmdline.truncated);
	assert_int_equal(incident.process.cmdline.count, 4);
	assert_string_equal(incident.process.cmdline.args[0], "./server");
	assert_string_equal(incident.process.cmdline.args[1], "--port");
	assert_string_equal(incident.process.cmdline.args[2], "");
	assert_string_equal(incident.process.cmdline.args[3], "8088");
	assert_true(incident.process.exe.have);
	assert_string_equal(incident.process.exe.text, "/srv/app/server");
	assert_false(incident.process.exe_deleted);
	assert_int_equal(incident_why_missing(&incident, MISSING_CMDLINE), WHY_NONE);
	assert_int_equal(incident_why_missing(&incident, MISSING_EXE), WHY_NONE);
}

static void test_record_comes_first(void **state)
{
	add_process(*state);
	prepare();
	incident.process.exe.have = true;
	strcpy(incident.process.exe.text, "/from/the/record");
	enrich_live(*state);
	assert_true(incident.process.cmdline.have);
	assert_string_equal(incident.process.exe.text, "/from/the/record");
}

static void test_replay_does_not_ask(void **state)
{
	struct fake_proc *proc = *state;
	struct enrich_options options = { .live = false, .proc_root = proc->root };

	add_process(proc);
	prepare();
	enrich(&incident, &no_snapshot, &options);
	assert_false(incident.process.cmdline.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_CMDLINE), WHY_NOT_RESIDENT);
}

static void test_gone(void **state)
{
	prepare();
	enrich_live(*state);
	assert_unread(GONE);
}

static void test_reused_pid(void **state)
{
	add_process(*state);
	fake_proc_write_stat(*state, PID, "server", 'S', START + 1);
	prepare();
	enrich_live(*state);
	assert_unread(GONE);

	fake_proc_write_stat(*state, PID, "server", 'S', START - 1);
	prepare();
	enrich_live(*state);
	assert_unread(GONE);
}

static void test_executed_since(void **state)
{
	add_process(*state);
	fake_proc_write_stat(*state, PID, "other", 'S', START);
	prepare();
	enrich_live(*state);
	assert_unread(WHY_PROCESS_RENAMED);
}

static void test_zombie(void **state)
{
	add_process(*state);
	fake_proc_write_stat(*state, PID, "server", 'Z', START);
	prepare();
	enrich_live(*state);
	assert_unread(GONE);
}

/*
 * A name that looks like the rest of the line, with the start time of the process that it replaces.
 */
static void test_hostile_name(void **state)
{
	add_process(*state);
	fake_proc_write_stat(*state, PID, ") S 1 (\n", 'S', START);
	prepare();
	strcpy(incident.process.comm, ") S 1 (\n");
	enrich_live(*state);
	assert_true(incident.process.cmdline.have);

	fake_proc_write_stat(*state, PID, "(((", 'S', START + 5);
	prepare();
	strcpy(incident.process.comm, "(((");
	enrich_live(*state);
	assert_unread(GONE);
}

static void test_malformed_stat(void **state)
{
	static const char *const texts[] = {
		"",
		"812",
		"812 (server",
		"812 server) S",
		")(",
		"812 ()",
		"812 (server)",
		"812 (server) ",
		"812 (server)S",
		"812 (server) S 1 2 3",
		"812 (server) S 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 ",
		"812 (server) S 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 -5 1",
		"812 (server) S 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 99999999999999999999999 1",
		"812 (server) S 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 18446744073709551615 1",
	};
	char long_text[8192];

	add_process(*state);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fake_proc_write(*state, PID, "stat", texts[i], strlen(texts[i]));
		prepare();
		enrich_live(*state);
		assert_unread(GONE);
	}
	memset(long_text, '(', sizeof(long_text));
	fake_proc_write(*state, PID, "stat", long_text, sizeof(long_text));
	prepare();
	enrich_live(*state);
	assert_unread(GONE);
	memset(long_text, '\0', sizeof(long_text));
	fake_proc_write(*state, PID, "stat", long_text, sizeof(long_text));
	prepare();
	enrich_live(*state);
	assert_unread(GONE);
}

static void test_hostile_cmdline(void **state)
{
	char bytes[EV_CMDLINE_MAX + 100];

	add_process(*state);
	/* Only NULs. */
	memset(bytes, '\0', sizeof(bytes));
	fake_proc_write(*state, PID, "cmdline", bytes, 1000);
	prepare();
	enrich_live(*state);
	assert_true(incident.process.cmdline.have);
	assert_int_equal(incident.process.cmdline.count, 0);

	/* More arguments than are kept. */
	bytes[999] = 'a';
	fake_proc_write(*state, PID, "cmdline", bytes, 1000);
	prepare();
	enrich_live(*state);
	assert_true(incident.process.cmdline.have);
	assert_true(incident.process.cmdline.truncated);
	assert_int_equal(incident.process.cmdline.count, INCIDENT_ARGS_MAX);

	/* One endless argument without a NUL. */
	memset(bytes, '\xff', sizeof(bytes));
	fake_proc_write(*state, PID, "cmdline", bytes, sizeof(bytes));
	prepare();
	enrich_live(*state);
	assert_true(incident.process.cmdline.truncated);
	assert_int_equal(incident.process.cmdline.count, 1);
	assert_int_equal(strlen(incident.process.cmdline.args[0]), EV_CMDLINE_MAX);

	/* Exactly as many bytes as fit. */
	fake_proc_write(*state, PID, "cmdline", bytes, EV_CMDLINE_MAX);
	prepare();
	enrich_live(*state);
	assert_false(incident.process.cmdline.truncated);
	assert_int_equal(strlen(incident.process.cmdline.args[0]), EV_CMDLINE_MAX);

	fake_proc_write(*state, PID, "cmdline", "", 0);
	prepare();
	enrich_live(*state);
	assert_false(incident.process.cmdline.have);
	assert_true(incident.process.exe.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_CMDLINE), GONE);
}

static void test_hostile_exe(void **state)
{
	char target[3000];

	add_process(*state);
	add_exe(*state, "/srv/\x1b[31m/server (deleted)");
	prepare();
	enrich_live(*state);
	assert_true(incident.process.exe_deleted);
	assert_string_equal(incident.process.exe.text, "/srv/\x1b[31m/server");

	/* Longer than the limit: the leaf stays, and the path starts with a complete component. */
	for (size_t at = 0; at < sizeof(target); at++)
		target[at] = at % 100 ? 'a' : '/';
	target[sizeof(target) - 1] = '\0';
	add_exe(*state, target);
	prepare();
	enrich_live(*state);
	assert_true(incident.process.exe.have);
	assert_true(incident.process.exe.truncated);
	assert_int_equal(incident.process.exe.text[0], 'a');
	assert_true(strlen(incident.process.exe.text) <= EV_PATH_MAX);
	assert_true(strlen(incident.process.exe.text) > EV_PATH_MAX - 100);
}

/* Its file system is not asked, so a file that really has this name counts as deleted. */
static void test_name_that_says_deleted(void **state)
{
	struct fake_proc *proc = *state;
	char path[256];

	add_process(proc);
	fake_proc_write(proc, PID, "x (deleted)", "", 0);
	snprintf(path, sizeof(path), "%s/%u/x (deleted)", proc->root, PID);
	add_exe(proc, path);
	prepare();
	enrich_live(proc);
	assert_true(incident.process.exe_deleted);
	assert_int_equal(strlen(incident.process.exe.text), strlen(path) - strlen(" (deleted)"));
}

/* The real /proc files of this test process. */
static void test_real_proc(void **state)
{
	struct enrich_options options = { .live = true, .proc_root = "/proc" };
	struct procdir_stat stat;
	int dir;

	assert_int_equal(procdir_open("/proc", (uint32_t)getpid(), &dir), 0);
	assert_int_equal(procdir_read_stat(dir, &stat), 0);
	close(dir);
	prepare();
	incident.process.pid = (uint32_t)getpid();
	incident.process.start_boot_ns = stat.start_boot_ns;
	snprintf(incident.process.comm, sizeof(incident.process.comm), "%.15s", stat.comm);
	enrich(&incident, &no_snapshot, &options);
	assert_true(incident.process.cmdline.have);
	assert_true(incident.process.exe.have);
	assert_int_equal(incident.process.exe.text[0], '/');
}

#define with_proc(test) cmocka_unit_test_setup_teardown(test, fake_proc_setup, fake_proc_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_proc(test_found),
		with_proc(test_record_comes_first),
		with_proc(test_replay_does_not_ask),
		with_proc(test_gone),
		with_proc(test_reused_pid),
		with_proc(test_executed_since),
		with_proc(test_zombie),
		with_proc(test_hostile_name),
		with_proc(test_malformed_stat),
		with_proc(test_hostile_cmdline),
		with_proc(test_hostile_exe),
		with_proc(test_name_that_says_deleted),
		cmocka_unit_test(test_real_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
