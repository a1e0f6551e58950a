// SPDX-License-Identifier: GPL-2.0-or-later
/* What /proc says of a process at the other end that lives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "enrich.h"
#include "fake_proc.h"
#include "procdir.h"
#include "units.h"

#define PEER 900
#define START 123456 /* ticks */
#define STATUS "Name:\thead\nUid:\t1000\t1000\t1000\t1000\n"

/* The file cgroup, and the components that are taken from it. */
static const struct {
	const char *file, *want;
	size_t want_size;
} cgroups[] = {
	{ "0::/system.slice/web.service\n", "web.service\0system.slice\0", 25 },
	/* Both versions, and systemd has put it into a unit of version 2. */
	{ "8:pids:/docker/x\n1:name=systemd:/\n0::/a.slice\n", "a.slice\0", 8 },
	/* Version 1 alone: 2 is not mounted, or nobody uses it. */
	{ "9:name=systemd:/\n8:pids:/docker/x\n4:memory:/other\n0::/\n", "x\0docker\0", 9 },
	{ "8:pids:/docker/x\n", "x\0docker\0", 9 },
	{ "0::/\n", "", 0 },
	{ "4:memory:/other\n", "", 0 },
	{ "0::\nx\n::\n:", "", 0 },
};

static void cgroup_of_a_living_peer(void **state)
{
	const struct fake_proc *proc = *state;
	const struct enrich_options options = { .live = true, .proc_root = proc->root };
	const struct peer_candidate peer = { .pid = PEER,
					     .start_boot_ns = START * procdir_tick_ns() };

	fake_proc_write_stat(proc, PEER, "head", 'S', START);
	fake_proc_write(proc, PEER, "status", STATUS, strlen(STATUS));
	for (size_t i = 0; i < ARRAY_SIZE(cgroups); i++) {
		struct ev_peer detail;

		fake_proc_write(proc, PEER, "cgroup", cgroups[i].file, strlen(cgroups[i].file));
		assert_true(peer_detail_read(&options, &peer, &detail));
		assert_int_equal(detail.uid, 1000);
		assert_int_equal(detail.cgroup_length, cgroups[i].want_size);
		assert_memory_equal(detail.cgroup, cgroups[i].want, cgroups[i].want_size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cgroup_of_a_living_peer, fake_proc_setup,
						fake_proc_teardown),
	};

	return cmocka_run_group_tests_name("peer_detail", tests, NULL, NULL);
}
