/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the runner and the program `world` talk: messages on a descriptor of fixed number. */
#pragma once

#define CREW_CHANNEL_FD 3
/* The message of a world whose end must be closed before sigpath starts. */
#define CREW_PARKED "parked"
