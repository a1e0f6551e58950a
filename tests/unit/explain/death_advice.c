// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What to do about the reason of a death: the text of each, and the cases beside them in which the
 * same advice would be wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgroup_unit.h"
#include "class_case.h"

/* CODE NULL: none at all. */
static void assert_death_advice(const char *code, const char *text)
{
	explain(&incident, &explanation);
	if (!code && explanation.advice_count)
		fail_msg("%s", explanation.advice[0].text);
	assert_int_equal(explanation.advice_count, code ? 1 : 0);
	if (!code)
		return;
	assert_string_equal(explanation.advice[0].code, code);
	assert_string_equal(explanation.advice[0].text, text);
}

#define OF_ANY_CGROUP                                                                          \
	"find what uses the memory in that cgroup, or raise its limit (MemoryMax= of a unit, " \
	"--memory of a container, resources.limits.memory in Kubernetes, memory.max of any)"

static void oom_in_unit(const char *cgroup)
{
	prepare(oom_cgroup);
	set_cgroup(cgroup, "app.service");
	incident.process.cgroup_id = incident.memory.limit_cgroup_id;
}

static void test_memory_of_a_cgroup(void **state)
{
	oom_in_unit("/system.slice/app.service");
	assert_death_advice("raise_memory_limit",
			    "find what uses the memory in app.service, or raise its MemoryMax=");
	/* It is a cgroup above, or the process made a cgroup with such a name. */
	incident.process.cgroup_id++;
	assert_death_advice("raise_memory_limit", OF_ANY_CGROUP);
	oom_in_unit("/system.slice/web.service/app.service");
	assert_death_advice("raise_memory_limit", OF_ANY_CGROUP);
	oom_in_unit("/system.slice/docker-0123.scope");
	strcpy(incident.process.names.container, "0123");
	assert_death_advice("raise_memory_limit", OF_ANY_CGROUP);
	prepare(oom_cgroup_group);
	assert_death_advice("raise_memory_limit", OF_ANY_CGROUP);
}

static void test_memory_of_the_host(void **state)
{
	prepare(oom_host);
	assert_death_advice(
		"read_memory_report",
		"see in the kernel's log what used the memory (`journalctl -k`, `dmesg`); with a "
		"lower oom_score_adj (OOMScoreAdjust= of a unit) the kernel chooses it later");
	incident.memory.flags |= EV_MEMORY_GROUP;
	assert_death_advice(
		"read_memory_report",
		"see in the kernel's log what used the memory (`journalctl -k`, `dmesg`)");
	prepare(oom_unclear);
	assert_death_advice("read_memory_report",
			    "see in the kernel's log whose memory it was, and what used it "
			    "(`journalctl -k`, `dmesg`)");
}

static void test_filters(void **state)
{
	prepare(seccomp_process);
	assert_death_advice(
		"allow_call",
		"allow mkdir() where the filter is made (SystemCallFilter= of a unit, the seccomp "
		"profile of a container, the program itself), or find out what makes the call");
	incident.syscall.abi = EV_ABI_I386;
	assert_death_advice(
		"allow_call",
		"allow mkdir() of i386 where the filter is made (SystemCallFilter= and "
		"SystemCallArchitectures= of a unit, the seccomp profile of a container, the "
		"program itself), or find out what makes the call");
	prepare(seccomp_thread);
	incident.outcome = EV_OUTCOME_HANDLED;
	assert_death_advice(NULL, NULL);
	incident.death.thread_alone = true;
	explain(&incident, &explanation);
	assert_int_equal(explanation.advice_count, 1);
	prepare(seccomp_strict);
	assert_death_advice(NULL, NULL);
	/* A handler takes it, as in the sandbox of a browser. */
	prepare(seccomp_trap);
	incident.outcome = EV_OUTCOME_HANDLED;
	assert_death_advice(NULL, NULL);
}

static void test_namespaces(void **state)
{
	prepare(namespace_killed);
	assert_death_advice("look_at_init", "find out why process 700 was killed: `sigpath -s "
					    "fatal` reports its death too");
	incident.namespace_end.pid_here = (struct incident_here){ true, 7 };
	assert_death_advice("look_at_init",
			    "find out why process 7 (host:700) was killed: `sigpath -s "
			    "fatal` reports its death too");
	prepare(namespace_exited);
	assert_death_advice("look_at_init", "find out why process 700 exited with that status: "
					    "`sigpath -s fatal --exits nonzero` reports its exit "
					    "too");
	incident.namespace_end.status = 0;
	assert_death_advice("look_at_init", "for an orderly end, let the init of the namespace "
					    "stop the other processes and wait for them before it "
					    "exits");
	prepare(namespace_unnamed);
	assert_death_advice(NULL, NULL);
}

static void test_terminals_and_parents(void **state)
{
	prepare(terminal_session);
	assert_death_advice("outlive_terminal",
			    "if it has to outlive its terminal: start it with nohup, setsid or "
			    "tmux, or as a service (`systemd-run`)");
	incident.outcome = EV_OUTCOME_HANDLED;
	assert_death_advice(NULL, NULL);
	prepare(terminal_key);
	assert_death_advice(NULL, NULL);
	prepare(ended_thread_of_parent);
	assert_death_advice("start_from_lasting_thread",
			    "start it from a thread that lives as long as it has to: "
			    "PR_SET_PDEATHSIG is about the thread that started it, not about its "
			    "process");
	prepare(ended_parent);
	assert_death_advice(NULL, NULL);
}

static void test_managers(void **state)
{
	prepare(by_systemd);
	assert_death_advice(NULL, NULL); /* a normal stop */
	incident.signal.number = SIGABRT;
	assert_death_advice("ask_manager", "see in the log of web.service why systemd ended it: "
					   "`journalctl -u web.service`");
	/* Of the container's unit, whatever a systemd in it calls its own. */
	set_path(&incident.process.cgroup, "/system.slice/a\\x2db.scope/system.slice/web.service");
	assert_death_advice("ask_manager", "see in the log of a\\x2db.scope why systemd ended it: "
					   "`journalctl -u 'a\\x2db.scope'`");
	prepare(by_user_manager);
	incident.signal.number = SIGKILL;
	assert_death_advice("ask_manager", "see in the log of web.service why systemd ended it: "
					   "`journalctl --user -u web.service` as its user");
	prepare(by_systemd);
	incident.signal.number = SIGKILL;
	set_path(&incident.process.cgroup, "/system.slice/no unit.service");
	assert_death_advice(NULL, NULL);
}

static void test_pods(void **state)
{
	prepare(by_runtime);
	assert_death_advice(NULL, NULL);
	strcpy(incident.process.names.pod_name, "web-0");
	strcpy(incident.process.names.pod_namespace, "shop");
	assert_death_advice("ask_kubernetes", "see in the events of the pod why: `kubectl describe "
					      "pod web-0 -n shop`");
	strcpy(incident.process.names.pod_name, "web;reboot");
	assert_death_advice(NULL, NULL);
	strcpy(incident.process.names.pod_name, "--all");
	assert_death_advice(NULL, NULL);
}

/* The sender of killed_by_another() in CGROUP. */
static void sender_in(const char *cgroup)
{
	prepare(killed_by_another);
	set_path(&incident.signal.sender.cgroup, cgroup);
}

static void test_another_unit(void **state)
{
	static const char *const others[] = {
		"/system.slice/web.service",	    /* its own */
		"/system.slice/web.service/helper", /* below it */
		"/",
		"/system.slice",
		"/made/sshd.service", /* no unit: systemd has only slices there */
		"/system.slice/a b.service",
		"/system.slice/.service",
		"",
	};
	char too_long[200] = "/system.slice/";

	sender_in("/system.slice/earlyoom.service");
	assert_death_advice("ask_unit_of_sender",
			    "the sender belongs to earlyoom.service; its log may tell why: "
			    "`journalctl -u earlyoom.service`");
	sender_in("/user.slice/user-1000.slice/session-3.scope");
	assert_death_advice("ask_unit_of_sender",
			    "the sender belongs to session-3.scope; its log may tell why: "
			    "`journalctl -u session-3.scope`");
	/* A user chooses the names below its manager. */
	sender_in("/user.slice/user-1000.slice/user@1000.service/app.slice/sshd.service");
	assert_death_advice("ask_unit_of_sender",
			    "the sender belongs to user@1000.service; its log may tell why: "
			    "`journalctl -u user@1000.service`");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		sender_in(others[i]);
		assert_death_advice(NULL, NULL);
	}
	memset(too_long + strlen(too_long), 'a', 150);
	strcat(too_long, ".service");
	sender_in(too_long);
	assert_death_advice(NULL, NULL);
	sender_in("/system.slice/docker-0123.scope");
	strcpy(incident.signal.sender.names.container, "0123");
	assert_death_advice(NULL, NULL);
	sender_in("/system.slice/earlyoom.service");
	incident.signal.sender.cgroup.truncated = true;
	assert_death_advice(NULL, NULL);
	sender_in("/system.slice/earlyoom.service");
	incident.outcome = EV_OUTCOME_HANDLED;
	assert_death_advice(NULL, NULL);
}

static void test_units_of_paths(void **state)
{
	char unit[EV_NAME_MAX];
	struct incident_path path = { .have = true };

	strcpy(path.text, "/system.slice/_cpu.service");
	assert_true(cgroup_unit(&path, 0, unit));
	assert_string_equal(unit, "cpu.service");
	strcpy(path.text, "/a.scope/x.slice/y-z.slice/w.mount/more");
	assert_true(cgroup_unit(&path, strlen("/a.scope"), unit));
	assert_string_equal(unit, "w.mount");
	assert_false(cgroup_is_unit_itself(&path, "w.mount"));
	path.have = false;
	assert_false(cgroup_unit(&path, 0, unit));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_of_a_cgroup),
		cmocka_unit_test(test_memory_of_the_host),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_terminals_and_parents),
		cmocka_unit_test(test_managers),
		cmocka_unit_test(test_pods),
		cmocka_unit_test(test_another_unit),
		cmocka_unit_test(test_units_of_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
