/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file in a directory of its own, and command lines that name it. */
#pragma once

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "command_line.h"

static char directory[] = "/tmp/sigpath-config-XXXXXX";
static char path[64];

/* Replaces the file by a rename. */
static inline void write_bytes(const void *bytes, size_t size)
{
	char other[80];
	FILE *file;

	snprintf(other, sizeof(other), "%s.new", path);
	file = fopen(other, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(other, 0600), 0);
	assert_int_equal(rename(other, path), 0);
}

/* Parses "sigpath --config FILE" and WORDS; FILE has TEXT. The caller frees both. */
static inline int parse_text_of(const char *text, const char *const *words,
				struct options *ret_options, char **ret_errors)
{
	static char *argv[WORDS_MAX + 2];
	const char *all[WORDS_MAX] = { "--config", path };

	for (size_t i = 0; words && words[i]; i++)
		all[i + 2] = words[i];
	if (text)
		write_bytes(text, strlen(text));
	return parse(all, ret_options, ret_errors, argv);
}

static inline void take(const char *text, const char *const *words, struct options *ret_options)
{
	cleanup(cleanup_free) char *errors = NULL;

	if (parse_text_of(text, words, ret_options, &errors))
		fail_msg("'%s': %s", text ?: "", errors);
	assert_string_equal(errors, "");
}

static inline int make_directory(void **state)
{
	snprintf(path, sizeof(path), "%s/x.conf", mkdtemp(directory) ?: "");
	return 0;
}

static inline int remove_directory(void **state)
{
	unlink(path);
	return rmdir(directory);
}
