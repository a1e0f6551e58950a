// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "units.h"

#define ERRORS_MAX 20
#define BLANKS " \t"
#define WORD_MAX 64 /* bytes that a message shows */

static void add_place(struct strbuf *line, const struct config_errors *errors, unsigned int number)
{
	strbuf_add_escaped(line, errors->path, strlen(errors->path));
	if (number)
		strbuf_printf(line, ":%u", number);
	strbuf_add_text(line, ": ");
}

int config_refuse(struct config_errors *errors, unsigned int number, const char *format, ...)
{
	cleanup(strbuf_free) struct strbuf line = { 0 };
	va_list args;

	if (errors->count++ >= ERRORS_MAX)
		return -EINVAL;
	add_place(&line, errors, number);
	va_start(args, format);
	strbuf_vprintf(&line, format, args);
	va_end(args);
	log_error("%s", line.text ?: "out of memory");
	return -EINVAL;
}

void config_refuse_rest(const struct config_errors *errors)
{
	cleanup(strbuf_free) struct strbuf line = { 0 };

	if (errors->count <= ERRORS_MAX)
		return;
	add_place(&line, errors, 0);
	strbuf_printf(&line, "%u more errors", errors->count - ERRORS_MAX);
	log_error("%s", line.text ?: "out of memory");
}

/* Refuses the line for WORD, which may be anything: "TEXT 'WORD'", and what is OFFERED instead. */
static int refuse_word(struct config_errors *errors, unsigned int number, const char *word,
		       const char *text, const char *offered)
{
	cleanup(strbuf_free) struct strbuf escaped = { 0 };
	size_t length = strlen(word);

	strbuf_add_escaped(&escaped, word, length < WORD_MAX ? length : WORD_MAX);
	strbuf_add_text(&escaped, length < WORD_MAX ? "'" : "...'");
	if (offered)
		strbuf_printf(&escaped, "; did you mean '%s'?", offered);
	return config_refuse(errors, number, "%s '%s", text, escaped.text ?: "");
}

/* What stands on the command line alone, and why. */
static const struct {
	const char *name, *why;
} outside[] = {
	{ "help", "it prints and exits" },
	{ "version", "it prints and exits" },
	{ "config", "a configuration file does not name another one" },
	{ "read", "a file configures a trace, not a replay" },
	{ "pid", "it names processes that live now" },
	{ "tid", "it names a thread that lives now" },
};

static const char *why_outside(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
		if (!strcmp(outside[i].name, name))
			return outside[i].why;
	}
	return NULL;
}

static const struct option_spec *find_option(const char *name)
{
	for (size_t i = 0; i < option_count; i++) {
		if (!strcmp(option_table[i].name, name))
			return &option_table[i];
	}
	return NULL;
}

static char *skip_blanks(char *text)
{
	return text + strspn(text, BLANKS);
}

static void cut_blanks(char *text)
{
	size_t length = strlen(text);

	while (length && strchr(BLANKS, text[length - 1]))
		text[--length] = '\0';
}

/* AT begins with a quote. The value without quotes takes its place. */
static const char *unquote(char *at)
{
	char *from = at + 1, *to = at;

	while (*from && *from != '"') {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from++;
	}
	if (!*from)
		return "a value has no closing '\"'";
	if (*skip_blanks(from + 1))
		return "something follows the closing '\"' of a value";
	*to = '\0';
	return NULL;
}

/* NULL, or what is wrong with the value AT, which takes the place of its source. */
static const char *read_value(char *at)
{
	if (*at == '"')
		return unquote(at);
	for (const char *mark = at; (mark = strchr(mark, '#')); mark++) {
		if (mark == at || strchr(BLANKS, mark[-1]))
			return "a comment needs a line of its own; a value that has a '#' behind a "
			       "blank needs double quotes";
	}
	return *at ? NULL : "a value is missing behind '='";
}

static int check_flag(const struct config_line *line, struct config_errors *errors)
{
	if (!strcmp(line->value, "yes") || !strcmp(line->value, "no"))
		return 0;
	return config_refuse(errors, line->number, "%s is yes or no", line->option->name);
}

static bool is_no(const struct config_line *line)
{
	return !line->option->argument && !strcmp(line->value, "no");
}

/* NULL after an error: a file cannot set NAME. */
static const struct option_spec *find_name(const char *name, unsigned int number,
					   struct config_errors *errors)
{
	const struct option_spec *option = find_option(name);

	if (!option && !strncmp(name, "--", 2) && find_option(name + 2))
		refuse_word(errors, number, name, "an option is written without '--' here:", NULL);
	else if (!option)
		refuse_word(errors, number, name, "unknown option", option_nearest(name));
	else if (why_outside(name))
		config_refuse(errors, number, "%s is for the command line alone: %s", name,
			      why_outside(name));
	else
		return option;
	return NULL;
}

/* One line without its end. LINE.option stays NULL if the line sets nothing. */
static int read_line(char *text, struct config_errors *errors, struct config_line *line)
{
	char *name = skip_blanks(text), *equals = strchr(name, '='), *value;
	const char *why;

	if (!*name || *name == '#')
		return 0;
	if (!equals)
		return refuse_word(errors, line->number, name,
				   "not of the form 'name = value':", NULL);
	*equals = '\0';
	cut_blanks(name);
	line->option = find_name(name, line->number, errors);
	if (!line->option)
		return -EINVAL;
	value = skip_blanks(equals + 1);
	cut_blanks(value);
	why = read_value(value);
	line->value = value;
	if (why)
		return config_refuse(errors, line->number, "%s", why);
	return line->option->argument ? 0 : check_flag(line, errors);
}

/* The earlier line that sets the same option; NULL: none, or it may be set several times. */
static const struct config_line *find_earlier(const struct config_text *text,
					      const struct config_line *line)
{
	for (size_t i = 0; i < text->line_count; i++) {
		const struct config_line *earlier = &text->lines[i];

		if (earlier->option == line->option && !line->option->list &&
		    !line->option->repeats)
			return earlier;
	}
	return NULL;
}

/* Reads the value as on a command line. */
static int read_option(const struct config_line *line, struct options *options,
		       struct config_errors *errors)
{
	const struct option_spec *option = line->option;
	cleanup(strbuf_free) struct strbuf why = { 0 };

	if (!option->parse(option, option->argument ? line->value : NULL, options, &why))
		return 0;
	return config_refuse(errors, line->number, "%s: %s", option->name, why.text ?: "");
}

static int take_value(const struct config_line *line, struct config_values *values,
		      struct options *unused, struct config_errors *errors)
{
	size_t row = (size_t)(line->option - option_table);

	if (is_no(line) || (values->again && line->option->completion == COMPLETE_USER))
		return 0;
	if (values->overridden[row])
		return read_option(line, unused, errors);
	if (!values->lines[row])
		values->lines[row] = line->number;
	return read_option(line, values->options, errors);
}

/* RET_LINE has no option if the line sets none. */
static int take_line(struct config_text *text, char *bytes, unsigned int number,
		     struct config_errors *errors, struct config_line *ret_line)
{
	struct config_line line = { .number = number };
	const struct config_line *earlier;
	int err = read_line(bytes, errors, &line);

	if (err || !line.option)
		return err;
	earlier = find_earlier(text, &line);
	if (earlier)
		return config_refuse(errors, number, "%s was already set in line %u",
				     line.option->name, earlier->number);
	text->lines[text->line_count++] = line;
	*ret_line = line;
	return 0;
}

/* The line at *AT as a string without its end; *AT is then behind it. NULL: there is no more. */
static char *next_line(char **at, const char *end, size_t *ret_length)
{
	char *line = *at, *newline;

	if (line >= end)
		return NULL;
	newline = memchr(line, '\n', (size_t)(end - line));
	*at = newline ? newline + 1 : (char *)end;
	*ret_length = (size_t)((newline ?: end) - line);
	if (*ret_length && line[*ret_length - 1] == '\r')
		--*ret_length;
	line[*ret_length] = '\0';
	return line;
}

static size_t count_lines(const char *bytes, size_t size)
{
	size_t count = 1;

	for (size_t i = 0; i < size; i++)
		count += bytes[i] == '\n';
	return count;
}

/* Those of flags that are "no" were kept to find the second line of a flag. */
static void drop_no(struct config_text *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < text->line_count; i++) {
		if (!is_no(&text->lines[i]))
			text->lines[kept++] = text->lines[i];
	}
	text->line_count = kept;
}

int config_text_read(char *bytes, size_t size, struct config_values *values,
		     struct config_errors *errors, struct config_text *ret_text)
{
	cleanup(cleanup_free) struct options *unused = calloc(1, sizeof(*unused));
	unsigned int number = 0;
	char *at = bytes, *line;
	size_t length;

	*ret_text = (struct config_text){
		.bytes = bytes,
		.lines = calloc(count_lines(bytes, size), sizeof(*ret_text->lines)),
	};
	if (!ret_text->lines || !unused)
		return -ENOMEM;
	while ((line = next_line(&at, bytes + size, &length))) {
		struct config_line setting = { 0 };

		number++;
		if (length > CONFIG_LINE_MAX)
			config_refuse(errors, number, "the line is longer than %d bytes",
				      CONFIG_LINE_MAX);
		else if (strlen(line) != length)
			config_refuse(errors, number, "the line has a NUL byte");
		else
			take_line(ret_text, line, number, errors, &setting);
		if (setting.option)
			take_value(&setting, values, unused, errors);
	}
	drop_no(ret_text);
	return errors->count ? -EINVAL : 0;
}

void config_text_free(struct config_text *text)
{
	free(text->bytes);
	free(text->lines);
	*text = (struct config_text){ 0 };
}

/* The next value of OPTION from line *AT on; NULL: none. */
static const char *next_value(const struct config_text *text, const struct option_spec *option,
			      size_t *at)
{
	while (*at < text->line_count) {
		const struct config_line *line = &text->lines[(*at)++];

		if (line->option == option)
			return line->value;
	}
	return NULL;
}

bool config_text_agree(const struct config_text *one, const struct config_text *other,
		       const struct option_spec *option)
{
	size_t at = 0, at_other = 0;
	const char *value, *value_other;

	do {
		value = next_value(one, option, &at);
		value_other = next_value(other, option, &at_other);
		if (!value != !value_other || (value && strcmp(value, value_other) != 0))
			return false;
	} while (value);
	return true;
}
