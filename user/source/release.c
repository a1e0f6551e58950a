// SPDX-License-Identifier: GPL-2.0-or-later
#include "release.h"

#include <stdio.h>
#include <sys/utsname.h>

bool release_is_from(const struct utsname *name, int major, int minor)
{
	int own_major = 0, own_minor = 0;

	sscanf(name->release, "%d.%d", &own_major, &own_minor);
	return own_major > major || (own_major == major && own_minor >= minor);
}
