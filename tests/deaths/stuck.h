/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that cannot die: they wait for a FUSE file system that does not answer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "compare.h"

/*
 * Makes COUNT of them, kills them, waits until sigpath must have told of one, and lets them die.
 * False: there is no such file system here.
 */
bool stuck_play(size_t count, struct ends *ends);
