// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is a service manager or a runtime of containers, and which evidence that cannot do without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "class_case.h"
#include "stopper.h"

static struct incident_sender *begin(void (*state)(struct incident *of))
{
	prepare(state);
	return &incident.signal.sender;
}

static void assert_kind(enum stopper_kind kind)
{
	struct stopper stopper = stopper_find(&incident);

	assert_int_equal(stopper.kind, kind);
	assert_true(!stopper.name == !kind);
}

static void test_systemd(void **state)
{
	static const char *const exes[] = { "/tmp/systemd", "/usr/lib/systemd/systemd-journald",
					    "" };
	static const char *const cgroups[] = { "/",
					       "/system.slice/x.service",
					       "/a/init.scope",
					       "/system.slice/web.service/init.scope",
					       "/system.slice/web/init.scope",
					       "/xinit.scope" };

	begin(by_systemd);
	assert_kind(STOPPER_SYSTEMD);
	for (size_t i = 0; i < ARRAY_SIZE(exes); i++) {
		set_path(&begin(by_systemd)->exe, exes[i]);
		assert_kind(STOPPER_NONE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(cgroups); i++) {
		set_path(&begin(by_systemd)->cgroup, cgroups[i]);
		assert_kind(STOPPER_NONE);
	}
	begin(by_systemd)->uid = 1000;
	assert_kind(STOPPER_NONE);
	begin(by_systemd)->exe.truncated = true;
	assert_kind(STOPPER_NONE);
	begin(by_systemd)->cgroup.have = false;
	assert_kind(STOPPER_NONE);
	begin(by_systemd);
	incident.process.cgroup.have = false;
	assert_kind(STOPPER_NONE);
	/* Another part of itself. */
	begin(by_systemd);
	set_path(&incident.process.cgroup, "/init.scope");
	assert_kind(STOPPER_NONE);
	begin(by_systemd)->pid = incident.process.pid;
	assert_kind(STOPPER_NONE);
}

static void test_other_managers(void **state)
{
	/* In a container, which systemd cannot leave. */
	set_path(&begin(by_systemd)->cgroup, "/lxc.payload.web/init.scope");
	assert_kind(STOPPER_NONE);
	set_path(&incident.process.cgroup, "/lxc.payload.web/system.slice/web.service");
	assert_kind(STOPPER_SYSTEMD);
	begin(by_user_manager);
	assert_kind(STOPPER_SYSTEMD);
	/* Of another user. */
	begin(by_user_manager)->uid = 1001;
	assert_kind(STOPPER_NONE);
	begin(by_user_manager);
	set_path(&incident.process.cgroup, "/user.slice/user-1000.slice/session-3.scope");
	assert_kind(STOPPER_NONE);
}

static void test_runtime(void **state)
{
	begin(by_runtime);
	assert_string_equal(stopper_find(&incident).name, "containerd");
	strcpy(begin(by_runtime)->names.unit, "web.service");
	assert_kind(STOPPER_NONE);
	strcpy(begin(by_runtime)->names.container, "0123456789ab");
	assert_kind(STOPPER_NONE);
	set_path(&begin(by_runtime)->exe, "/usr/bin/bash");
	assert_kind(STOPPER_NONE);
	begin(by_runtime)->uid = 1000;
	assert_kind(STOPPER_NONE);
	begin(by_runtime)->cgroup.truncated = true;
	assert_kind(STOPPER_NONE);
	begin(by_runtime);
	incident.process.names.container[0] = '\0';
	assert_kind(STOPPER_NONE);
	begin(by_runtime)->have = false;
	assert_kind(STOPPER_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_systemd),
		cmocka_unit_test(test_other_managers),
		cmocka_unit_test(test_runtime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
