// SPDX-License-Identifier: GPL-2.0-or-later
#include "landlock.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "units.h"

/* The same on all architectures. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1
#define NET_TCP (UINT64_C(3)) /* bind and connect */
#define SCOPE_ABSTRACT_UNIX (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)
/* Those that can be granted for what is no directory. */
#define OF_FILES                                                                           \
	(LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE | LANDLOCK_TRUNCATE | \
	 LANDLOCK_IOCTL_DEV)

struct ruleset {
	uint64_t files, network, scoped;
};

struct path_beneath {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

int landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

/* What is refused without a rule: everything that VERSION knows. */
static struct ruleset handled(int version, const struct landlock_rules *rules)
{
	/* The number of rights for files, by version: REFER, TRUNCATE, IOCTL_DEV were added. */
	static const int rights[] = { 0, 13, 14, 15, 15, 16 };
	size_t known = (size_t)version < ARRAY_SIZE(rights) ? (size_t)version
							    : ARRAY_SIZE(rights) - 1;
	struct ruleset ruleset = { .files = (UINT64_C(1) << rights[known]) - 1 };

	if (version >= 4 && !rules->network)
		ruleset.network = NET_TCP;
	if (version >= 6)
		ruleset.scoped = SCOPE_ABSTRACT_UNIX | (rules->signals ? 0 : SCOPE_SIGNAL);
	return ruleset;
}

static size_t ruleset_size(int version)
{
	return version >= 6 ? sizeof(struct ruleset) : version >= 4 ? 16 : 8;
}

static int add_grant(int ruleset, uint64_t known, const struct landlock_grant *grant)
{
	struct path_beneath rule = { .access = grant->access & known, .fd = grant->fd };
	struct stat status;

	if (fstat(grant->fd, &status))
		return -errno;
	if (!S_ISDIR(status.st_mode))
		rule.access &= OF_FILES;
	if (!rule.access)
		return 0;
	return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) ? -errno : 0;
}

int landlock_restrict(const struct landlock_rules *rules)
{
	cleanup(cleanup_close) int fd = -1;
	int version = landlock_version(), error = 0;
	struct ruleset ruleset;

	if (!version)
		return -EOPNOTSUPP;
	ruleset = handled(version, rules);
	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, ruleset_size(version), 0);
	if (fd < 0)
		return -errno;
	for (size_t i = 0; !error && i < rules->count; i++)
		error = add_grant(fd, ruleset.files, &rules->grants[i]);
	if (error)
		return error;
	return syscall(SYS_landlock_restrict_self, fd, 0) ? -errno : 0;
}
