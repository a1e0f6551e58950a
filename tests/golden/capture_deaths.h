/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden cases of deaths: cores, and two incidents of one event. */
#pragma once

#include <stdio.h>

#include "capture_builder.h"

void deaths_with_cores(struct builder *builder, FILE *file);
void deaths_that_are_related(struct builder *builder, FILE *file);
/* Memory runs out once, and three processes die. */
void deaths_together(struct builder *builder, FILE *file);
