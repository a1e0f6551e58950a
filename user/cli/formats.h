/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The formats of incidents. A format is one row of the table: the parser, --help and the completion
 * read it.
 */
#pragma once

#include <stddef.h>

enum options_format { FORMAT_TEXT, FORMAT_JSON };

struct format_row {
	const char *name;
	const char *const *suffixes; /* of file names, with their dot; NULL-terminated */
	enum options_format format;
};

extern const struct format_row format_table[];
extern const size_t format_count;

/* The format whose name is the LENGTH bytes at NAME, or NULL. */
const struct format_row *format_by_name(const char *name, size_t length);
/* The format that the suffix of PATH stands for, or NULL. */
const struct format_row *format_by_suffix(const char *path);
/* The name of row INDEX; NULL behind the last row. */
const char *format_name(size_t index);
