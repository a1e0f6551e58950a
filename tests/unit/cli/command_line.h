/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses a command line given as words. */
#pragma once

#include "capture.h"
#include "options.h"

#define WORDS_MAX 16

static inline void print_words(const char *const words[WORDS_MAX])
{
	print_message("sigpath");
	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		print_message(" '%s'", words[i]);
	print_message("\n");
}

/* Parses "sigpath" and WORDS; RET_ERRORS is the text on stderr; the caller frees it. */
static inline int parse(const char *const words[WORDS_MAX], struct options *ret_options,
			char **ret_errors, char *ret_argv[WORDS_MAX + 2])
{
	static char name[] = "sigpath";
	struct capture capture;
	int argc = 0, err;

	ret_argv[argc++] = name;
	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		ret_argv[argc++] = (char *)words[i];
	ret_argv[argc] = NULL;
	capture = capture_start(STDERR_FILENO);
	err = options_parse(argc, ret_argv, ret_options);
	*ret_errors = capture_end(&capture);
	return err;
}

static inline void assert_one_name(const struct options_names *names, const char *want)
{
	assert_int_equal(names->count, 1);
	assert_int_equal(names->list[0].length, strlen(want));
	assert_memory_equal(names->list[0].text, want, strlen(want));
}
