// SPDX-License-Identifier: GPL-2.0-or-later
/* The users that the C library knows: of /etc/passwd, LDAP, systemd and others (nsswitch.conf). */
#include "users.h"

#include <errno.h>
#include <pwd.h>

const char users_unknown[] = "is not a user of this host";

int users_find(const char *name, uid_t *ret_uid)
{
	const struct passwd *entry = getpwnam(name);

	if (!entry)
		return -ENOENT;
	*ret_uid = entry->pw_uid;
	return 0;
}
