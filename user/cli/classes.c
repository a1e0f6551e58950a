// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of --class, each with or without a '!', and of --min-severity. */
#include <errno.h>
#include <string.h>

#include "classes.h"
#include "option_table.h"

static int take_class(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	bool excluded = text[0] == '!';
	const char *name = text + excluded, *word;

	for (size_t i = 0; (word = option_word(spec, i)); i++) {
		if (strcmp(word, name) != 0)
			continue;
		*(excluded ? &ret_options->classes_not : &ret_options->classes) |= UINT32_C(2) << i;
		return 0;
	}
	return parse_refuse_word(spec, name, why);
}

int parse_classes(const struct option_spec *spec, const char *text, struct options *ret_options,
		  struct strbuf *why)
{
	int err = parse_items(spec, text, ret_options, why, take_class);

	if (!err && ret_options->classes && ret_options->classes_not)
		return parse_refuse(why, text, "mixes classes with and without '!'");
	return err;
}

int parse_severity(const struct option_spec *spec, const char *text, struct options *ret_options,
		   struct strbuf *why)
{
	const char *word;

	for (size_t i = 0; (word = option_word(spec, i)); i++) {
		if (strcmp(word, text) != 0)
			continue;
		ret_options->min_severity = (enum severity)i;
		return 0;
	}
	return parse_refuse_word(spec, text, why);
}
