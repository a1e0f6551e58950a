/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration file: `name = value`, where the names are those of the long options.
 * The file may be anything: the text is only trusted when it has no errors.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "option_table.h"

#define CONFIG_BYTES_MAX 65536
#define CONFIG_LINE_MAX 4096

/* The errors of one file, each a line on stderr: "PATH:12: ...". */
struct config_errors {
	const char *path;
	unsigned int count;
};

/* One error in line NUMBER; 0: of the whole file. After the first 20 it only counts. -EINVAL. */
int config_refuse(struct config_errors *errors, unsigned int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Says how many errors were only counted. */
void config_refuse_rest(const struct config_errors *errors);

/* An option that is set. A flag that is "no" is none. */
struct config_line {
	unsigned int number; /* from 1 */
	const struct option_spec *option;
	const char *value; /* in config_text.bytes; "yes" for a flag */
};

struct config_text {
	char *bytes;
	struct config_line *lines;
	size_t line_count;
};

/* Where the values go. */
struct config_values {
	struct options *options;
	/* options that the file does not decide; those values are read, for their errors */
	bool overridden[OPTION_ROWS_MAX];
	/* in a running trace: no user name is read, because it has no right to ask who that is */
	bool again;
	/* of each option that the file decides: its first line; 0: none */
	unsigned int lines[OPTION_ROWS_MAX];
};

/*
 * Splits BYTES, which has SIZE of them and a NUL behind, into lines, and reads their values into
 * VALUES. BYTES belongs to RET_TEXT from then on. All errors go to ERRORS, in the order of the
 * lines. 0; -EINVAL after errors; -ENOMEM. In each case the caller calls config_text_free().
 */
int config_text_read(char *bytes, size_t size, struct config_values *values,
		     struct config_errors *errors, struct config_text *ret_text);
void config_text_free(struct config_text *text);

/* Whether both set OPTION to the same values, in the same order. */
bool config_text_agree(const struct config_text *one, const struct config_text *other,
		       const struct option_spec *option);
