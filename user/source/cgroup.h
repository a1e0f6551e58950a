/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Naming a cgroup as the kernel side knows it. */
#pragma once

#include <stdint.h>

/*
 * The id of the cgroup2 directory PATH: an absolute path, or one below the root of the hierarchy
 * ("system.slice/nginx.service", also with a leading slash, as /proc/PID/cgroup shows it). 0;
 * -ENOENT if there is none; -ENOTSUP if it is no cgroup2 directory; or another -errno.
 */
int cgroup_find(const char *path, uint64_t *ret_id);
