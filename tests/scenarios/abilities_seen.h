/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `sigpath check` says of this kernel: some scenarios need a hook that not every kernel gives.
 */
#pragma once

#include <stdbool.h>

/* Asks SIGPATH once. False if it does not answer. */
bool abilities_ask(const char *sigpath);
/* Whether the ability NAME is "ok", or with OR_DEGRADED works at all. Unknown names do not. */
bool abilities_have(const char *name, bool or_degraded);
