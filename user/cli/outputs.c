// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outputs that -o asks for: FILE or FORMAT:FILE, several times. A FILE with a colon in its name
 * needs a '/' before the colon: "json:run" is a format, "./json:run" is a file.
 */
#include <errno.h>
#include <string.h>

#include "option_table.h"
#include "units.h"

#define OUTPUT_MODE_LEAST 0600u
#define OUTPUT_MODE_MOST 0664u
#define ROTATE_SIZE_LEAST 4096u
#define ROTATE_SIZE_MOST (UINT64_C(1) << 40)
#define ROTATE_KEEP_MOST 1000u

int parse_format(const struct option_spec *spec, const char *text, struct options *ret_options,
		 struct strbuf *why)
{
	const struct format_row *row = format_by_name(text, strlen(text));

	if (!row)
		return parse_refuse_word(spec, text, why);
	ret_options->format = row->format;
	return 0;
}

/* Splits TEXT into RET_ROW (NULL: it names no format) and RET_PATH. */
static int split_output(const char *text, const struct format_row **ret_row, const char **ret_path,
			struct strbuf *why)
{
	size_t length = strcspn(text, ":/");

	*ret_row = NULL;
	*ret_path = text;
	if (text[length] != ':')
		return 0;
	*ret_row = format_by_name(text, length);
	*ret_path = text + length + 1;
	if (*ret_row)
		return 0;
	parse_refuse(why, text, "does not begin with a format (");
	for (size_t i = 0; i < format_count; i++)
		strbuf_printf(why, "%s%s", i ? ", " : "", format_table[i].name);
	strbuf_add_text(why, "); to write a file of this name, use './");
	strbuf_add_escaped(why, text, strlen(text));
	strbuf_add_text(why, "'");
	return -EINVAL;
}

/* Two outputs with one path would mix their lines. */
static int check_path(const struct options *options, const char *path, struct strbuf *why)
{
	for (size_t i = 0; i < options->output_count; i++) {
		if (!strcmp(options->outputs[i].path, path))
			return parse_refuse(why, path, "is already an output");
	}
	if (options->output_count == OPTIONS_OUTPUTS_MAX)
		return parse_refuse(why, path, "exceeds the limit of %d outputs",
				    OPTIONS_OUTPUTS_MAX);
	return 0;
}

int parse_output(const struct option_spec *spec, const char *text, struct options *ret_options,
		 struct strbuf *why)
{
	const struct format_row *row;
	const char *path;
	int err;

	err = split_output(text, &row, &path, why);
	if (err)
		return err;
	if (!*path)
		return parse_refuse(why, text,
				    row ? "has no file name after the format" : "is empty");
	err = check_path(ret_options, path, why);
	if (err)
		return err;
	if (!row)
		row = format_by_suffix(path);
	ret_options->outputs[ret_options->output_count++] = (struct options_output){
		.path = path,
		.format = row ? row->format : FORMAT_TEXT,
		.has_own_format = row,
	};
	return 0;
}

int parse_output_mode(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	unsigned int mode = 0;
	size_t length;

	for (length = 0; length < 4 && text[length] >= '0' && text[length] <= '7'; length++)
		mode = mode * 8 + (unsigned int)(text[length] - '0');
	if (!length || text[length])
		return parse_expect(why, text, "an octal mode such as 0640");
	if ((mode & OUTPUT_MODE_LEAST) != OUTPUT_MODE_LEAST || mode & ~OUTPUT_MODE_MOST)
		return parse_expect(why, text,
				    "a mode from 0600 to 0664: only owner and group may write");
	ret_options->output_mode = mode;
	return 0;
}

int parse_rotate_size(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	uint64_t size = 0;
	int err = parse_size(text, &size);

	if (err == -EINVAL)
		return parse_expect(why, text, "a size such as 500K, 100M or 1G");
	if (err || size < ROTATE_SIZE_LEAST || size > ROTATE_SIZE_MOST)
		return parse_expect(why, text, "a size from 4K to 1024G");
	ret_options->rotation.bytes = size;
	return 0;
}

int parse_rotate_time(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	int err = parse_duration(spec, text, ret_options, why);

	if (!err && ret_options->rotation.period_ns % NSEC_PER_SEC)
		err = parse_expect(why, text, "a whole number of seconds");
	return err;
}

int parse_rotate_keep(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	uint64_t keep;

	if (parse_number(text, &keep) || !keep || keep > ROTATE_KEEP_MOST)
		return parse_expect(why, text, "a number from 1 to %u", ROTATE_KEEP_MOST);
	ret_options->rotation.keep = (unsigned int)keep;
	return 0;
}

const struct options_output *outputs_settle(struct options *options)
{
	const struct options_output *other = NULL;
	bool used = !options->output_count;

	for (size_t i = 0; i < options->output_count; i++) {
		struct options_output *output = &options->outputs[i];

		if (!output->has_own_format)
			output->format = options->format;
		if (output->format == options->format)
			used = true;
		else
			other = output;
	}
	return used ? NULL : other;
}

bool options_have_output(const struct options *options, const char *path)
{
	for (size_t i = 0; i < options->output_count; i++) {
		if (!strcmp(options->outputs[i].path, path))
			return true;
	}
	return false;
}
