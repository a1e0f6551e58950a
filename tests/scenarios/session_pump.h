/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves the bytes of all pipes of a session until a condition is true. */
#pragma once

#include <stdbool.h>

#include "session.h"

/* The input of a command that copies stdin to stdout. */
#define SESSION_COPY_BYTES 300000

typedef bool (*session_condition)(const struct session *session);

/* A deadline: CLOCK_MONOTONIC in milliseconds, this long from now. */
long long session_deadline(const struct settings *settings, long long milliseconds);

/* 0 when UNTIL is true, or -ETIMEDOUT. */
int session_pump(struct session *session, session_condition until, long long deadline);

/* Conditions. Each one is also true if its event can no longer happen. */
bool session_program_waits(const struct session *session);
bool session_sigpath_is_ready(const struct session *session);
bool session_program_is_done(const struct session *session);
bool session_sigpath_is_done(const struct session *session);

/* sigpath has said on stderr that it is ready. */
bool session_said_ready(const struct session *session);
/* The command has copied all its input to its output. */
bool session_copy_is_whole(const struct session *session);
