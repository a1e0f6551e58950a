/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the process at the other end came to its end, where that says more than its close. */
#pragma once

#include "incident.h"
#include "text.h"

/*
 * "the reader closed its end", or "the reader was killed by SIGKILL". WHO: "the reader". Only if
 * the exit closed the end.
 */
void peer_tell_close(const struct incident *incident, const char *who, struct text *text);
/*
 * "; SIGKILL was sent to it by killer[812] 3.1 ms before": why the process at the other end died,
 * by its own incident, if its death closed the end. Nothing if that says no more than its signal.
 */
void peer_tell_death(const struct incident *incident, struct text *text);
