/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections of two ends, and waiting until one of them knows what the other has done. */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

struct connection {
	int accepted;
	int connected;
};

/* Over the loopback device. 0, or -errno if the kernel has no such protocol. */
int connection_make(int family, int protocol, struct connection *ret_connection);

/* A tcp connection; dies without one. */
void connection_make_tcp(int family, struct connection *ret_connection);

/* A pair of connected unix stream sockets of this process, one of them closed: the other. */
int connection_broken_pair(void);

/*
 * The accepted end of a stream connection to ADDRESS whose other end a child process made and
 * closed by exiting; the child is reaped.
 */
int connection_left_by_child(const struct sockaddr *address, socklen_t length, pid_t *ret_child);

/* Waits until poll() shows one of EVENTS (POLLERR and POLLHUP are always among them). */
void connection_wait(int fd, short events);

/*
 * Waits for the error of FD and takes it as a program would; it must be EXPECTED. Not before hooks
 * have seen it: sk_error_report() wakes who polls before it comes to its tracepoint
 * (net/core/sock.c).
 */
void connection_take_error(int fd, int expected);

/* The peer closed, a write of SIZE bytes is answered by RST, and the RST has come. */
void connection_break(int fd, size_t size);
