// SPDX-License-Identifier: GPL-2.0-or-later
#include "death_words.h"

#include <stddef.h>

#include "units.h"

static const char *const stages[] = {
	[EV_STAGE_GENERATED] = "generated",
	[EV_STAGE_DELIVERED] = "delivered",
	[EV_STAGE_EXITED] = "exited",
	[EV_STAGE_PENDING] = "pending",
};

static const char *const generations[] = {
	[EV_GENERATION_KNOWN] = "seen",
	[EV_GENERATION_UNSEEN] = "unseen",
	[EV_GENERATION_NO_ROOM] = "no_room",
	[EV_GENERATION_OTHER] = "other",
};

const char *word_death_stage(enum ev_stage stage)
{
	return (size_t)stage < ARRAY_SIZE(stages) ? stages[stage] : NULL;
}

const char *word_death_generation(enum ev_ungenerated generation)
{
	return (size_t)generation < ARRAY_SIZE(generations) ? generations[generation] : NULL;
}
