/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two connected networks: one of this process, one of a child. */
#pragma once

#include <sys/types.h>

#define VETH_DEVICE_HERE "here0"
#define VETH_HERE "192.0.2.1" /* RFC 5737: addresses for documentation */
#define VETH_THERE "192.0.2.2"
#define VETH_NOBODY "192.0.2.3"

/*
 * Moves this process into its own network and forks a child in another network. Returns 0 in the
 * child and the child's PID here. Both have addresses, and packets pass between them. Skips without
 * the privilege or if the kernel has no veth. The child exits when its parent does.
 */
pid_t network_veth_fork(void);
