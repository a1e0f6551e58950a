/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel is it? Only for what cannot be found out by trying. */
#pragma once

#include <stdbool.h>

struct utsname;

/* The kernel is MAJOR.MINOR or newer. NAME: from uname(). */
bool release_is_from(const struct utsname *name, int major, int minor);
