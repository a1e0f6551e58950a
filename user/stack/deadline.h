/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time that one stack may take: asked in every loop whose length a traced program decides. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct deadline {
	uint64_t at_ns; /* CLOCK_MONOTONIC */
};

static inline uint64_t deadline_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline bool deadline_is_over(const struct deadline *deadline)
{
	return deadline_now_ns() >= deadline->at_ns;
}
