// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The users of /etc/passwd. In a static program getpwnam() would load the plugins of nsswitch.conf,
 * and these the C library of the host, which must then be of exactly our version.
 */
#include "users.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

const char users_unknown[] = "is not in /etc/passwd, and a static sigpath knows no other users; "
			     "give the number";

int users_find(const char *name, uid_t *ret_uid)
{
	cleanup(cleanup_fclose) FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;

	while (file && (entry = fgetpwent(file))) {
		if (strcmp(entry->pw_name, name) == 0) {
			*ret_uid = entry->pw_uid;
			return 0;
		}
	}
	return -ENOENT;
}
