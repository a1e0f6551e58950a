/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file whose pages cannot be read: of a FUSE file system that answers each read with an error. */
#pragma once

#include <stddef.h>

/*
 * Mounts it, in a mount namespace of its own, and opens it: SIZE bytes. A process of its own
 * answers until this one ends. PATH: where it is. Skips the scenario if that is not possible here.
 */
int broken_file_open(size_t size, char path[64]);
