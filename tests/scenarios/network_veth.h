/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two networks with a cable between them: this process's and that of a child. */
#pragma once

#include <sys/types.h>

#define VETH_DEVICE_HERE "here0"
#define VETH_HERE "192.0.2.1" /* RFC 5737: addresses of documentation */
#define VETH_THERE "192.0.2.2"
#define VETH_NOBODY "192.0.2.3"

/*
 * Moves this process into a network of its own, and forks a child in another one: 0 in the child,
 * its id here. Both have their addresses, and packets go between them. Skips without the right, or
 * where the kernel has no veth. The child ends with its parent.
 */
pid_t network_veth_fork(void);
