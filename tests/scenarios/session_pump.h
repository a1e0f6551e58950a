/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps all pipes of a session moving until something has come true. */
#pragma once

#include <stdbool.h>

#include "session.h"

/* What a copying command gets on stdin. */
#define SESSION_COPY_BYTES 300000

typedef bool (*session_condition)(const struct session *session);

/* CLOCK_MONOTONIC milliseconds, that long from now. */
long long session_deadline(const struct settings *settings, long long milliseconds);

/* 0 once UNTIL is true; -ETIMEDOUT. */
int session_pump(struct session *session, session_condition until, long long deadline);

/* Conditions. Each is also true once what it waits for cannot come any more. */
bool session_program_waits(const struct session *session);
bool session_sigpath_is_ready(const struct session *session);
bool session_program_is_done(const struct session *session);
bool session_sigpath_is_done(const struct session *session);

/* sigpath has said on stderr that it is ready. */
bool session_said_ready(const struct session *session);
/* What went into the command came out of it. */
bool session_copy_is_whole(const struct session *session);
