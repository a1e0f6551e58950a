/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences in fixed buffers. A sentence that is too long is truncated. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duration.h"

struct text {
	char *bytes;
	size_t size; /* with the NUL */
	size_t length;
};

/* An empty text in BYTES, which stays the caller's. SIZE is at least 1. */
struct text text_in(char *bytes, size_t size);

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * BEFORE, and a name that somebody else chose, as strbuf_add_name() has it: escaped, and in quotes
 * where it could be taken for a part of the sentence. Only here is it known where the name ends, so
 * no sink escapes it again: see strbuf_add_sentence().
 */
void text_add_hostile(struct text *text, const char *before, const char *name);
/* " 4.000 s before"; nothing if HAVE is false. */
void text_add_age(struct text *text, bool have, uint64_t ns, enum duration_grain grain);
/* "1 byte", "13 bytes" */
void text_add_bytes(struct text *text, uint64_t bytes);

/* "812 bytes", "20.0 KiB", "3.5 GiB" */
void text_add_size(struct text *text, uint64_t bytes);

/* The "s" of a plural: empty for a COUNT of 1. */
const char *plural(uint64_t count);
