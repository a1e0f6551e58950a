// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The users of /etc/passwd. In a static program getpwnam() would load the plugins of nsswitch.conf,
 * and these the C library of the host, which must then be of exactly our version.
 */
#include "users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

const char users_unknown[] = "is not in /etc/passwd, and a static sigpath knows no other users; "
			     "give the number";

const char *const users_lost =
	"names of users and hosts that only a plugin of the C library knows (LDAP, "
	"systemd, mDNS): give the number or the address";

/* The line of NAME, or if that is NULL of UID. It is overwritten by the next call. */
static const struct passwd *find(const char *name, uid_t uid)
{
	cleanup(cleanup_fclose) FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;

	while (file && (entry = fgetpwent(file)))
		if (name ? !strcmp(entry->pw_name, name) : entry->pw_uid == uid)
			return entry;
	return NULL;
}

int users_find(const char *name, uid_t *ret_uid)
{
	const struct passwd *entry = find(name, 0);

	if (!entry)
		return -ENOENT;
	*ret_uid = entry->pw_uid;
	return 0;
}

static bool is_member(const struct group *group, const char *name)
{
	for (char **member = group->gr_mem; *member; member++)
		if (!strcmp(*member, name))
			return true;
	return false;
}

int users_identify(uid_t uid, struct users_identity *ret_identity)
{
	cleanup(cleanup_fclose) FILE *file = fopen("/etc/group", "re");
	const struct passwd *entry = find(NULL, uid);
	const struct group *group;

	*ret_identity = (struct users_identity){ .uid = uid, .gid = entry ? entry->pw_gid : uid };
	if (!entry)
		return 0;
	ret_identity->groups[ret_identity->group_count++] = entry->pw_gid;
	while (file && (group = fgetgrent(file))) {
		if (group->gr_gid == entry->pw_gid || !is_member(group, entry->pw_name))
			continue;
		if (ret_identity->group_count == USERS_GROUPS_MAX)
			return -E2BIG;
		ret_identity->groups[ret_identity->group_count++] = group->gr_gid;
	}
	return 0;
}
