/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves the bytes of all pipes of a session until a condition is true. */
#pragma once

#include <stdbool.h>

#include "session.h"

/* The input of a command that copies stdin to stdout. */
#define SESSION_COPY_BYTES 300000

typedef bool (*session_condition)(const struct session *session, const struct play *play);

/* CLOCK_MONOTONIC in milliseconds. */
long long session_now_ms(void);
/* A deadline: this long from now. */
long long session_deadline(const struct settings *settings, long long milliseconds);

/* 0 when UNTIL is true of SESSION and PLAY, or -ETIMEDOUT. */
int session_pump(struct session *session, session_condition until, const struct play *play,
		 long long deadline);

/* sigpath has said on stderr that it is ready. */
bool session_said_ready(const struct session *session);
/* The command has copied all its input to its output. */
bool session_copy_is_whole(const struct session *session);
