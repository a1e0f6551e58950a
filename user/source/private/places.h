/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the functions of the running kernel are that send signals. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "place_table.h"

/*
 * Fills in the table from PATH, which is "/proc/kallsyms"; tests have their own. If that cannot be
 * read, or shows no addresses (kernel.kptr_restrict without CAP_SYSLOG), the table is empty and its
 * state says so. Takes 40 ms.
 */
void places_read(const char *path, struct place_table *ret_table);

/* Whether one of these signals (bit N-1 for signal N) can come from one of the places. */
bool places_are_wanted(uint64_t signals);
