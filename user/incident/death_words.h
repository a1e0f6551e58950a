/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The spelling of the enums of a death in JSON. */
#pragma once

#include "event.h"

/* NULL: no such value. */
const char *word_death_stage(enum ev_stage stage);
const char *word_death_generation(enum ev_ungenerated generation);
