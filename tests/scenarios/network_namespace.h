/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This process's own network, in which tests can drop packets and destroy sockets. */
#pragma once

#include <netinet/in.h>

/* Moves this process into a new network namespace with loopback; skips without the privilege. */
void network_namespace_enter(void);

/*
 * A link-local address of the loopback device, with its interface. Skips without IPv6. Call it in a
 * namespace of this process's own.
 */
void network_link_local(struct sockaddr_in6 *ret_address);

/* From now on the socket FD receives no packet, neither data nor SYN, and answers nothing. */
void network_drop_all(int fd);

/*
 * LISTENER receives only packets with SYN or FIN, and so not the last ACK of a handshake. An
 * accepted socket inherits this, until SO_DETACH_FILTER.
 */
void network_drop_plain_acks(int listener);

/* SOCK_DESTROY for the connected IPv4 socket FD, like `ss -K`; skips if the kernel cannot. */
void network_destroy(int fd);
