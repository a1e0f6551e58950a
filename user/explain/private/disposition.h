/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "incident.h"
#include "text.h"

/* The sentence about what the disposition meant here. */
void disposition_tell(const struct incident *incident, struct text *text);
