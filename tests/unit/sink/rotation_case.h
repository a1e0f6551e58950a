/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are rotated, and the numbers of the old ones. */
#pragma once

#include "output_case.h"

static inline void number_path(char path[300], const char *base, unsigned int number,
			       const char *suffix)
{
	snprintf(path, 300, "%s.%u%s", base, number, suffix);
}

static inline bool is_there(const char *base, unsigned int number, const char *suffix)
{
	char path[300];

	number_path(path, base, number, suffix);
	return !access(path, F_OK);
}

static inline struct output *open_rotated(const char *path, const struct output_rotation *rotation)
{
	struct output *output;

	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(output_rotate_by(output, rotation), 0);
	assert_int_equal(output_start(output), 0);
	return output;
}

/* Items of LINE in one write. */
static inline void write_batch(struct output *output, size_t count)
{
	size_t ends[256], delivered;
	char bytes[256 * LINE_SIZE + 1];

	assert_true(count <= 256);
	for (size_t i = 0; i < count; i++) {
		memcpy(bytes + i * LINE_SIZE, LINE, LINE_SIZE);
		ends[i] = (i + 1) * LINE_SIZE;
	}
	assert_int_equal(output_write(output, bytes, ends, count, &delivered), 0);
	assert_int_equal(delivered, count);
}
