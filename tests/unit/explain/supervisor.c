// SPDX-License-Identifier: GPL-2.0-or-later
/* What makes a process a service, and which evidence that cannot do without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "class_case.h"
#include "supervisor.h"

/* Nothing of the evidence can be left out. */
static void test_service_evidence(void **state)
{
	static const char *const units[] = { "", ".service", "session-3.scope", "web.service.d" };

	prepare(pipe_unread);
	is_run_by_systemd();
	assert_true(supervisor_started(&incident));
	/* A helper: another process of the service started it. */
	strcpy(incident.process.parent_comm, "web");
	incident.process.ppid = 811;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	/* It was left to PID 1 when its parent exited. */
	is_run_by_systemd();
	incident.process.flags = 0;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	is_run_by_systemd();
	incident.process.pgid = 811;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		is_run_by_systemd();
		strcpy(incident.process.names.unit, units[i]);
		assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	}
	/* Anybody can have the name systemd. */
	is_run_by_systemd();
	incident.process.ppid = 900;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	is_run_by_user_manager();
	assert_true(supervisor_started(&incident));
	strcpy(incident.process.names.unit, "user@1000.service");
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	is_run_by_user_manager();
	set_cgroup("/user.slice/user-1000.slice/session-3.scope/user@web.service", "web.service");
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	is_run_by_user_manager();
	incident.process.cgroup.have = false;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
}

static void test_other_supervisors(void **state)
{
	static const char *const inits[] = { "init",	  "runit",	 "tini",
					     "dumb-init", "docker-init", "catatonit" };

	for (size_t i = 0; i < ARRAY_SIZE(inits); i++) {
		prepare(pipe_unread);
		is_run_by_systemd();
		set_cgroup("/", "");
		strcpy(incident.process.parent_comm, inits[i]);
		assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
		incident.process.ppid = 900;
		assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
		/* PID 1 of the namespace in which sigpath runs. */
		incident.process.ppid_here = (struct incident_here){ true, 1 };
		assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
	}
	/* A shell as PID 1 starts pipelines. */
	strcpy(incident.process.parent_comm, "bash");
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	prepare(pipe_unread);
	is_run_by_shim();
	strcpy(incident.process.parent_comm, "conmon");
	assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
	/* kubectl exec */
	incident.process.ns_pid = 7;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	is_run_by_shim();
	incident.process.names.container[0] = '\0';
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	is_run_by_shim();
	strcpy(incident.process.parent_comm, "containerd");
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_service_evidence),
		cmocka_unit_test(test_other_supervisors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
