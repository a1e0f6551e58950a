/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of this machine, for tests. */
#pragma once

#include <limits.h>
#include <stdlib.h>

#include "locate.h"

static inline const struct file_root *own_root(void)
{
	static struct locator locator;

	if (!locator.proc_root && locator_init(&locator, "/proc", true, false))
		abort();
	return &locator.own;
}

/* The path of the test itself. */
static inline const char *own_path(void)
{
	static char path[PATH_MAX];

	return realpath("/proc/self/exe", path);
}
