/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time that one stack may take: asked in every loop whose length a traced program decides. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

struct deadline {
	uint64_t at_ns; /* CLOCK_MONOTONIC */
};

static inline bool deadline_is_over(const struct deadline *deadline)
{
	return clock_now_ns() >= deadline->at_ns;
}
