// SPDX-License-Identifier: GPL-2.0-or-later
/* The users that the C library knows: of /etc/passwd, LDAP, systemd and others (nsswitch.conf). */
#include "users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

const char users_unknown[] = "is not a user of this host";
const char *const users_lost;

int users_find(const char *name, uid_t *ret_uid)
{
	const struct passwd *entry = getpwnam(name);

	if (!entry)
		return -ENOENT;
	*ret_uid = entry->pw_uid;
	return 0;
}

int users_identify(uid_t uid, struct users_identity *ret_identity)
{
	const struct passwd *entry = getpwuid(uid);
	int count = USERS_GROUPS_MAX;

	*ret_identity = (struct users_identity){ .uid = uid, .gid = entry ? entry->pw_gid : uid };
	if (!entry)
		return 0;
	if (getgrouplist(entry->pw_name, entry->pw_gid, ret_identity->groups, &count) < 0)
		return -E2BIG;
	ret_identity->group_count = (size_t)count;
	return 0;
}
