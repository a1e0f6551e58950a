/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of a pipeline, as a shell makes it. */
#pragma once

#include "dice.h"
#include "plan.h"

/* Turns PLAN, that of a pipe, into that of a pipeline. */
void plan_pipeline(struct dice *dice, struct plan *plan);
