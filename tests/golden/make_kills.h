/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden case of deaths that the kernel decided: limits, memory, a filter, the end of an init. */
#pragma once

#include <stdio.h>

#include "capture_builder.h"

void make_kills(struct builder *builder, FILE *file);
