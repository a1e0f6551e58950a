/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run as a service: what its reading loop tells the service manager. The signs of life stop when
 * the loop stands still, and when the worker does although it has work. One in a process; all calls
 * come from the thread of the loop.
 */
#pragma once

#include <stdint.h>

struct pipeline;

/* The run is ready. PIPELINE must outlive all other calls. */
void service_start(struct pipeline *pipeline);
/* Does what is due at NOW_NS, of clock_now_ns(). Call it at each turn of the loop. */
void service_turn(uint64_t now_ns);
/* How long the loop may wait that would wait for REST_MS (-1: until the next event). */
int service_wait_ms(int rest_ms);
/* The run ends. */
void service_end(void);
