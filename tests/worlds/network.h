/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two network namespaces of a slot of worlds, and the veth pair between them. */
#pragma once

#include <stdbool.h>

#define NETWORK_INNER_ADDRESS "10.77.0.1"
#define NETWORK_OTHER_ADDRESS "10.77.0.2"

struct networks {
	bool namespaces, veth;
	char why[128]; /* what does not exist is not, and why */
};

/* Puts the namespaces at NETWORK_FD and the next numbers. */
void network_make(struct networks *ret_networks);
