/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of the numbers in kill.h. NULL if a number has no name. */
#pragma once

#include <stdint.h>

#include "event.h"

/* "RLIMIT_CPU" */
const char *word_limit(enum ev_limit_kind kind);
/* Of its two limits: "s", "bytes", "us". */
const char *word_limit_unit(enum ev_limit_kind kind);
/* "kill_process" */
const char *word_seccomp_action(enum ev_seccomp_action action);
/* Whose memory was used up, by EV_MEMORY_*: "cgroup", "host". */
const char *word_memory(uint32_t flags);
