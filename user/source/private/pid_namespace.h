/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PID namespace of sigpath, and whose numbers /proc shows. */
#pragma once

#include <stdint.h>

struct sigpath_bpf;

/*
 * Runs own_namespace() of the loaded SKELETON in this thread, before the programs are attached, and
 * sets procdir_numbers. RET_INODE: of the namespace; 0: it is that of the host. 0 or -errno.
 */
int pid_namespace_find(struct sigpath_bpf *skeleton, uint32_t *ret_inode);
