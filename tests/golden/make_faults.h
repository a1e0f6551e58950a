/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures of faults and aborts. */
#pragma once

#include "capture_builder.h"

/* A null pointer, and a mapped file that somebody truncated. */
void make_faults(struct builder *builder, FILE *file);
/* A failed assertion, whose text is hostile. */
void make_aborts(struct builder *builder, FILE *file);
