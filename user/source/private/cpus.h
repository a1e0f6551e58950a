/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPUs does this machine have? */
#pragma once

#include <stdint.h>

/*
 * One more than the highest number of a CPU that is there, on or off. Not of the possible ones: a
 * virtual machine may have hundreds of these, for CPUs that somebody could add while it runs.
 */
uint32_t cpus_present(void);
