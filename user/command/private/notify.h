/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a service manager is told: the protocol of sd_notify(3), without libsystemd. One connection
 * in a process. Without NOTIFY_SOCKET all calls do nothing. No call waits: a message that the
 * manager has no room for is lost, and none is needed but that of notify_ready(), which comes when
 * the manager waits for it. Any thread, after notify_open().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Most bytes of a status. The manager takes messages of up to 4,096, and an escaped byte has four. */
#define NOTIFY_STATUS_MAX 960

/*
 * Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that nothing that
 * sigpath starts has them, and connects. Call it first, while the process has all of its rights and
 * one thread: later it has no path to the socket. What is wrong with them is said as a warning, and
 * the run goes on without.
 */
void notify_open(void);
void notify_close(void);

bool notify_is_open(void);
/* The manager wants a sign of life at least this often; 0: never. */
uint64_t notify_watchdog_ns(void);

/* A STATUS that is too long is cut, and what is not printable in it is escaped. */
void notify_ready(const char *status);
void notify_status(const char *status);
/* The options are read again, until notify_reloaded(). */
void notify_reloading(void);
void notify_reloaded(void);
void notify_stopping(void);
/* A sign of life. */
void notify_alive(void);
