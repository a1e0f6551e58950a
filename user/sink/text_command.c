// SPDX-License-Identifier: GPL-2.0-or-later
/* A command line, quoted as in a shell; in full, or cut to what a terminal has room for. */
#include <ctype.h>
#include <string.h>

#include "cleanup.h"
#include "layout.h"
#include "line_format.h"
#include "text_fields.h"
#include "units.h"

/* An argument that is one of our own words would look like the next part of the line. */
static bool is_our_word(const char *argument)
{
	static const char *const words[] = { "...", "cgroup",  "container", "exe", "parent", "pid",
					     "pod", "runtime", "traced",    "uid", "unit" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(argument, words[i]))
			return true;
	return false;
}

static bool needs_no_quotes(const char *argument)
{
	for (const char *at = argument; *at; at++)
		if (!isalnum((unsigned char)*at) && (unsigned char)*at < 0x80 &&
		    !strchr("_-+=:,./@%^~[]{}?*!#", *at))
			return false;
	return argument[0] && !is_our_word(argument) &&
	       !strbuf_has_separator(argument, strlen(argument), false);
}

/* Quoted as in a shell, if quotes are needed to separate the arguments. */
static void add_argument(const char *argument, struct strbuf *buf)
{
	if (needs_no_quotes(argument)) {
		text_add_escaped(buf, argument);
		return;
	}
	strbuf_add_text(buf, "'");
	while (*argument) {
		size_t length = strcspn(argument, "'");

		strbuf_add_inside(buf, argument, length, '\'');
		argument += length;
		if (*argument) {
			strbuf_add_text(buf, "'\\''");
			argument++;
		}
	}
	strbuf_add_text(buf, "'");
}

/* The first SIZE bytes of ARGUMENT, and "..." for the others. */
static void add_start(const char *argument, size_t size, struct strbuf *buf)
{
	cleanup(cleanup_free) char *start = strndup(argument, size);

	if (!start) {
		buf->failed = true;
		return;
	}
	if (size)
		add_argument(start, buf);
	strbuf_add_text(buf, "...");
}

/* What was captured of a command line can end inside a character. */
static void add_last(const char *argument, struct strbuf *buf)
{
	size_t length = strlen(argument), cut = text_cut_bytes(argument, length);

	if (cut)
		add_start(argument, length - cut, buf);
	else
		add_argument(argument, buf);
}

void text_add_cmdline(const struct incident_cmdline *cmdline, struct strbuf *buf)
{
	for (size_t i = 0; i < cmdline->count; i++) {
		strbuf_add_text(buf, i ? " " : "");
		if (cmdline->truncated && i == cmdline->count - 1)
			add_last(cmdline->args[i], buf);
		else
			add_argument(cmdline->args[i], buf);
	}
	if (cmdline->truncated)
		strbuf_add_text(buf, " ...");
}

/* A part of an argument that has fewer columns helps nobody. */
#define PART_COLUMNS_MIN 12

/* The columns of ARGUMENT; or if SIZE is less, those that add_start() needs. */
static size_t columns_of(const char *argument, size_t size)
{
	cleanup(strbuf_free) struct strbuf text = { 0 };

	if (size < strlen(argument))
		add_start(argument, size, &text);
	else
		add_argument(argument, &text);
	return text.failed ? SIZE_MAX : layout_columns(text.text, text.length);
}

/* How many bytes of ARGUMENT add_start() can show in COLUMNS. Escapes take more than a column. */
static size_t fitting(const char *argument, size_t columns)
{
	size_t size = layout_fit(argument, strlen(argument), columns);

	while (size && columns_of(argument, size) > columns)
		size = layout_fit(argument, size - 1, columns);
	return size;
}

/* 14 more arguments (--full) */
static void add_rest(size_t count, bool truncated, struct strbuf *buf)
{
	if (count)
		strbuf_printf(buf, LAYOUT_GLUE "%s%zu" LAYOUT_GLUE "more" LAYOUT_GLUE "%s",
			      truncated ? "at" LAYOUT_GLUE "least" LAYOUT_GLUE : "", count,
			      count == 1 ? "argument" : "arguments");
	strbuf_add_text(buf, " (--full)");
}

/* How many arguments fit into COLUMNS, and the columns that they use. */
static size_t count_whole(const struct incident_cmdline *cmdline, size_t columns, size_t *ret_used)
{
	size_t i, used = 0;

	for (i = 0; i < cmdline->count; i++) {
		const char *argument = cmdline->args[i];
		size_t more = columns_of(argument, strlen(argument));

		if (more >= columns - used)
			break;
		used += more + 1;
	}
	*ret_used = used;
	return i;
}

static void add_within(const struct incident_cmdline *cmdline, size_t columns, struct strbuf *buf)
{
	size_t used, whole = count_whole(cmdline, columns, &used), part = 0;

	if (whole == cmdline->count) {
		text_add_cmdline(cmdline, buf);
		return;
	}
	for (size_t i = 0; i < whole; i++) {
		strbuf_add_text(buf, i ? " " : "");
		add_argument(cmdline->args[i], buf);
	}
	strbuf_add_text(buf, whole ? " " : "");
	if (!whole || columns - used >= PART_COLUMNS_MIN) {
		add_start(cmdline->args[whole], fitting(cmdline->args[whole], columns - used), buf);
		part = 1;
	} else {
		strbuf_add_text(buf, "...");
	}
	add_rest(cmdline->count - whole - part, cmdline->truncated, buf);
}

void text_add_command(const struct line_options *options, const struct incident_cmdline *cmdline,
		      struct strbuf *buf)
{
	size_t width = options->width ? options->width : LAYOUT_WIDTH;

	if (!options->is_terminal || options->text.full)
		text_add_cmdline(cmdline, buf);
	else
		add_within(cmdline, width < LAYOUT_WIDTH_MIN ? LAYOUT_WIDTH_MIN : width, buf);
}
