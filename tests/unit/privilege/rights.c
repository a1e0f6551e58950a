/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rights.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "in_child.h"

/* The line NAME of /proc/self/status, as a number of BASE. */
static unsigned long long status_of(const char *name, int base)
{
	char line[256];
	unsigned long long value = ~0ull;
	FILE *file = fopen("/proc/self/status", "re");

	expect(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = strtoull(line + strlen(name) + 1, NULL, base);
	fclose(file);
	return value;
}

static void expect_rights(uint64_t kept)
{
	struct rlimit core;

	expect(status_of("CapEff", 16) == kept);
	expect(status_of("CapPrm", 16) == kept);
	expect(status_of("CapInh", 16) == 0);
	expect(status_of("CapAmb", 16) == 0);
	expect(status_of("CapBnd", 16) == 0);
	expect(status_of("NoNewPrivs", 10) == 1);
	expect(prctl(PR_GET_DUMPABLE) == 0);
	expect(!getrlimit(RLIMIT_CORE, &core) && core.rlim_cur == 0 && core.rlim_max == 0);
}

static void drop_some(void)
{
	expect(!rights_drop(RIGHT(CAP_KILL) | RIGHT(CAP_SYSLOG), NULL));
	expect_rights(RIGHT(CAP_KILL) | RIGHT(CAP_SYSLOG));
	expect(geteuid() == 0);
	expect(!rights_keep(RIGHT(CAP_KILL)));
	expect_rights(RIGHT(CAP_KILL));
	/* What is gone does not come back. */
	expect(!rights_keep(RIGHT(CAP_KILL) | RIGHT(CAP_SYSLOG)));
	expect_rights(RIGHT(CAP_KILL));
	expect(syscall(SYS_setuid, 65534) && errno == EPERM); /* this thread */
}

static void become_nobody(void)
{
	static const gid_t groups[] = { 7, 65534 };
	const struct rights_user nobody = { 65534, 65533, 2, groups };
	gid_t seen[8];

	expect(!rights_drop(RIGHT(CAP_KILL), &nobody));
	expect_rights(RIGHT(CAP_KILL));
	expect(getuid() == 65534 && geteuid() == 65534 && getgid() == 65533 && getegid() == 65533);
	expect(getgroups(8, seen) == 2 && seen[0] == 7 && seen[1] == 65534);
	expect(syscall(SYS_setuid, 0) && errno == EPERM);
}

/* With nothing to give up: as a container without capabilities has it. */
static void drop_without_rights(void)
{
	expect(!setresuid(65534, 65534, 65534));
	expect(!rights_drop(RIGHT(CAP_KILL), NULL));
	expect(rights_held() == 0);
	expect(status_of("CapPrm", 16) == 0);
	expect(status_of("NoNewPrivs", 10) == 1);
}

static void run(void (*fn)(void))
{
	if (geteuid() || !(rights_held() & RIGHT(CAP_SETPCAP)))
		skip();
	in_child(fn);
}

static void some_are_kept(void **state)
{
	run(drop_some);
}

static void another_user(void **state)
{
	run(become_nobody);
}

static void no_rights(void **state)
{
	run(drop_without_rights);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_are_kept),
		cmocka_unit_test(another_user),
		cmocka_unit_test(no_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
