/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ID by which the kernel side knows a cgroup. */
#pragma once

#include <stdint.h>

/*
 * The ID of the cgroup2 directory PATH: an absolute path, or a path below the root of the hierarchy
 * ("system.slice/nginx.service", also with a leading slash, as in /proc/PID/cgroup). 0; -ENOENT if
 * it does not exist; -ENOTSUP if it is not a cgroup2 directory; or another -errno.
 */
int cgroup_find(const char *path, uint64_t *ret_id);
