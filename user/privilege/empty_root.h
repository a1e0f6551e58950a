/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For kernels without landlock: a mount namespace in which there are no files. */
#pragma once

#include <stddef.h>

/*
 * Moves the calling process, which has one thread, to a mount namespace of its own. Its root has
 * nothing but /proc, which is read-only. Each of the COUNT descriptors in DIRECTORIES becomes one
 * of a mount of that directory alone, so that ".." does not leave it. What is open stays as it is.
 * Needs CAP_SYS_ADMIN. 0; -EPERM without it, and nothing has changed; another -errno: what can be
 * reached is not certain.
 */
int empty_root_enter(const int *directories, size_t count);
