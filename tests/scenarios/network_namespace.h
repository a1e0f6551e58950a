/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network of this process's own, in which packets can get lost and sockets be destroyed. */
#pragma once

/* Moves this process into a new network namespace with a loopback device; skips without the right. */
void network_namespace_enter(void);

/* From now on the socket FD takes no packet: neither data nor SYN reach it, and nothing is
 * answered. */
void network_drop_all(int fd);

/* SOCK_DESTROY of the connected IPv4 socket FD, as `ss -K` does it; skips if the kernel cannot. */
void network_destroy(int fd);
