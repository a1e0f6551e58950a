/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes that fail because of this side: it shut its own end down, or never had a connection. */
#pragma once

#include <stdbool.h>

#include "incident.h"

/*
 * TCP, unix: this end was shut down before anything else ended the connection. close(2) cannot have
 * done it, because the write holds the file. A hook saw it.
 */
bool own_end_saw_shutdown(const struct incident *incident);
/* TCP: the state of an end that has shut down sending (tcp_close_state()). */
bool own_end_is_in_shutdown_state(const struct incident *incident);
/* Why nobody at the other end made the write fail. WHY_NONE: somebody may have. */
enum missing_reason own_end_reason(const struct incident *incident);
