/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This process's own network, in which tests can drop packets and destroy sockets. */
#pragma once

/* Moves this process into a new network namespace with loopback; skips without the privilege. */
void network_namespace_enter(void);

/* From now on the socket FD receives no packet, neither data nor SYN, and answers nothing. */
void network_drop_all(int fd);

/* SOCK_DESTROY for the connected IPv4 socket FD, like `ss -K`; skips if the kernel cannot. */
void network_destroy(int fd);
