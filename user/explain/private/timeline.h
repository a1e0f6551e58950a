/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "explain.h"

/* The timeline of a TCP connection. LAST_PACKET: what its last packet was, as in struct rule. */
void timeline_tell_tcp(const struct incident *incident, const char *last_packet,
		       struct explanation *explanation);
/* An earlier signal that had asked the process to end. */
void timeline_tell_stop(const struct incident *incident, struct explanation *explanation);
