// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is the file of a container runtime. What is taken from it is checked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json_strings.h"
#include "state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t texts, last_index;

static void check(bool good)
{
	if (!good)
		__builtin_trap();
}

static void take(void *context, const struct json_place *place, const char *text)
{
	texts++;
	check(place->depth <= 32);
	for (size_t i = 0; i < JSON_KEYS_MAX && i < place->depth; i++)
		check(strnlen(place->keys[i], sizeof(place->keys[i])) < sizeof(place->keys[i]));
	check(!text || strlen(text) < JSON_TEXT_MAX);
	/* The elements of the outermost list come in order. */
	check(place->first_index >= last_index);
	last_index = place->first_index;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of the right size, so that a read behind its end is seen. */
	char *bytes = malloc(size ? size : 1);

	check(bytes);
	memcpy(bytes, data, size);
	texts = last_index = 0;
	json_strings(bytes, size, take, NULL);
	/* A text has two quotes. */
	check(texts <= size / 2);
	state_is_name(bytes, size, 64);
	free(bytes);
	return 0;
}
