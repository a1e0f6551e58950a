/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections with two ends, and how one end waits until it knows what the other end did. */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

struct connection {
	int accepted;
	int connected;
};

/* Over the loopback device. 0, or -errno if the kernel has no such protocol. */
int connection_make(int family, int protocol, struct connection *ret_connection);

/* The same at ADDRESS, whose port is 0. */
int connection_make_at(const struct sockaddr *address, socklen_t length, int protocol,
		       struct connection *ret_connection);

/* A TCP connection. Exits if it cannot make one. */
void connection_make_tcp(int family, struct connection *ret_connection);

/* Makes a pair of unix stream sockets, closes one and returns the other. */
int connection_broken_pair(void);

/*
 * Returns the accepted end of a stream connection to ADDRESS. A child process made the other end
 * and closed it by exiting. The child has been reaped.
 */
int connection_left_by_child(const struct sockaddr *address, socklen_t length, pid_t *ret_child);

/* Waits until poll() shows one of EVENTS (POLLERR and POLLHUP are always among them). */
void connection_wait(int fd, short events);

/*
 * Waits for the error of FD and reads it as a program would; the error must be EXPECTED. It also
 * waits until the hooks have seen the error, because sk_error_report() wakes pollers before it
 * reaches its tracepoint (net/core/sock.c).
 */
void connection_take_error(int fd, int expected);

/* The peer closes, we write SIZE bytes, and the RST that answers them has arrived. */
void connection_break(int fd, size_t size);
