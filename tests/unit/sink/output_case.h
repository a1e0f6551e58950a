/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outputs in a directory of their own, and the lines that tests write to them. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "output.h"

#define LINE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n"
#define LINE_SIZE (sizeof(LINE) - 1) /* 64: no limit below is a multiple of it */

static char directory[] = "/tmp/sigpath-output-XXXXXX";

/* As `-o PATH` does. */
static inline int open_output(const char *path, struct output **ret_output)
{
	struct strbuf why = { 0 };
	int error = output_open(path, 0600, ret_output, &why);

	assert_int_equal(why.length, 0);
	strbuf_free(&why);
	return error;
}

static inline void path_in_directory(char path[256], const char *name)
{
	snprintf(path, 256, "%s/%s", directory, name);
}

/* Every line of the file is LINE; returns how many. */
static inline size_t count_lines(const char *path)
{
	cleanup(cleanup_fclose) FILE *file = fopen(path, "re");
	char line[256];
	size_t count = 0;

	assert_non_null(file);
	for (; fgets(line, sizeof(line), file); count++)
		assert_string_equal(line, LINE);
	return count;
}

static inline off_t size_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_size;
}

static inline int write_item(struct output *output, const char *item)
{
	size_t size = strlen(item), delivered;
	int error = output_write(output, item, &size, 1, &delivered);

	assert_int_equal(delivered, error ? 0 : 1);
	return error;
}

static inline int write_lines(struct output *output, int count)
{
	int error = 0;

	for (int i = 0; i < count; i++)
		error = write_item(output, LINE);
	return error;
}

/* Begins the group: makes the directory. A failed write is an error, no signal. */
static inline int set_up(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return mkdtemp(directory) ? 0 : -1;
}

/* Ends the group: removes the directory and all files in it. */
static inline int tear_down(void **state)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0))
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	closedir(dir);
	return rmdir(directory);
}
