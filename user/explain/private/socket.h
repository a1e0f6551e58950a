/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sockets of more than one family have in common. */
#pragma once

#include "incident.h"
#include "text.h"

/* "CLOSE_WAIT" */
void socket_add_state(const struct incident *incident, struct text *text);

void socket_tell_shut_down_locally(const struct incident *incident, struct text *text);
/* The state fits no row. */
void socket_tell_unknown(const struct incident *incident, struct text *text);
