/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that depend on the seed alone (splitmix64). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline uint64_t dice_next(struct dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* 0 to COUNT - 1 */
static inline unsigned int dice_below(struct dice *dice, unsigned int count)
{
	return (dice_next(dice) >> 32) * count >> 32;
}

static inline bool dice_percent(struct dice *dice, unsigned int percent)
{
	return dice_below(dice, 100) < percent;
}
