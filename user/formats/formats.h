/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The formats of lines. A format is one row of LINE_FORMATS: its constant, its name on the command
 * line, and the suffixes of file names that select it. The command line reads names and suffixes
 * here and needs no renderer; sink/line_sink.c reads the same rows and takes the renderers that
 * NAME_lines describes (sink/private/line_format.h).
 */
#pragma once

#include <stddef.h>

#define LINE_FORMATS(FORMAT)                    \
	FORMAT(FORMAT_TEXT, text, ".txt")       \
	FORMAT(FORMAT_ONELINE, oneline, ".log") \
	FORMAT(FORMAT_JSON, json, ".json", ".jsonl")

#define FORMAT_CONSTANT(constant, name, ...) constant,
enum line_format { LINE_FORMATS(FORMAT_CONSTANT) };
#undef FORMAT_CONSTANT

/* How the format text writes times. */
enum text_time {
	TEXT_TIME_LOCAL, /* 14:03:22.117, with the date and the zone where they are needed */
	TEXT_TIME_UTC,	 /* the same in UTC */
	TEXT_TIME_ISO,	 /* 2026-11-21T14:03:22.117+01:00 */
	TEXT_TIME_DELTA, /* since the headline before */
	TEXT_TIME_EPOCH, /* seconds since 1970 */
};

struct format_row {
	const char *name;
	const char *const *suffixes; /* of file names, with their dot; NULL-terminated */
	enum line_format format;
};

extern const struct format_row format_table[];
extern const size_t format_count;

/* The format whose name is the LENGTH bytes at NAME, or NULL. */
const struct format_row *format_by_name(const char *name, size_t length);
/* The format that the suffix of PATH stands for, or NULL. */
const struct format_row *format_by_suffix(const char *path);
/* The name of row INDEX, which is that of its constant too; NULL behind the last row. */
const char *format_name(size_t index);
