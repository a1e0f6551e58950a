/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of one parse of the command line and of the file of --config, and its rules. */
#pragma once

#include <errno.h>
#include <stdbool.h>

#include "config_file.h"
#include "log.h"

struct parse {
	struct options options;
	bool given[OPTION_ROWS_MAX];	     /* on the command line */
	unsigned int lines[OPTION_ROWS_MAX]; /* of the file: see config_values */
	struct config_errors errors;	     /* of the file */
	bool again;			     /* in a running trace */
	bool saw_word;
	bool check; /* the command is check */
	int seen;   /* number of words of argv that are handled */
};

#define refuse(format, ...) (log_error(format " (see sigpath --help)", ##__VA_ARGS__), -EINVAL)

/* An empty strbuf, and one that had no memory, has no text. */
static inline const char *text_of(const struct strbuf *buf)
{
	return buf->text ? buf->text : "";
}

/*
 * All options are known. Says what cannot be used together, or has no effect: the first error of a
 * command line, all of those of a file. 0 or -EINVAL.
 */
int check_rules(struct parse *parse);
/* The options of the command line have an effect in its kind of run. 0 or -EINVAL. */
int check_run(const struct parse *parse);
/*
 * Sets what the file cannot decide: what the command line gives, and what cannot be used together
 * with that.
 */
void override(const struct parse *parse, bool ret_overridden[OPTION_ROWS_MAX]);
