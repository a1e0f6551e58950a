/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of `sigpath check`: some scenarios need a hook that not every kernel supports. */
#pragma once

#include <stdbool.h>

/* Asks SIGPATH once. False if it does not answer. */
bool abilities_ask(const char *sigpath);
/* True if the ability NAME is "ok", or with OR_DEGRADED "degraded". False for unknown names. */
bool abilities_have(const char *name, bool or_degraded);
