/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large are the maps? Those for CPUs have places for the CPUs of this machine. A map that no
 * loaded program uses takes no memory.
 */
#pragma once

#include <stddef.h>

struct sigpath_bpf;

/* Between hooks_choose() and load. BUFFER_BYTES: of the ring buffer. Sets config.machine.slots. */
void sizes_set(struct sigpath_bpf *skeleton, size_t buffer_bytes);
