// SPDX-License-Identifier: GPL-2.0-or-later
/* --fail-on: killed or a class, each with the number of incidents from which on the run fails. */
#include <string.h>

#include "classes.h"
#include "option_table.h"

const char *fail_on_word(size_t index)
{
	return index ? class_name((enum incident_class)index) : "killed";
}

static uint64_t *limit_of(struct options *options, size_t index)
{
	return index ? &options->fail_on.classes[index] : &options->fail_on.killed;
}

/* WORD, or WORD=N. */
static int take_fail_on(const struct option_spec *spec, const char *text,
			struct options *ret_options, struct strbuf *why)
{
	const size_t length = strcspn(text, "=");
	uint64_t count = 1;
	const char *word;

	if (text[length] && (parse_number(text + length + 1, &count) || !count))
		return parse_expect(why, text, "a number of 1 or more behind '='");
	for (size_t i = 0; (word = option_word(spec, i)); i++) {
		if (strlen(word) != length || memcmp(word, text, length) != 0)
			continue;
		*limit_of(ret_options, i) = count;
		ret_options->fail_on.have = true;
		return 0;
	}
	return parse_refuse_word(spec, text, why);
}

int parse_fail_on(const struct option_spec *spec, const char *text, struct options *ret_options,
		  struct strbuf *why)
{
	return parse_items(spec, text, ret_options, why, take_fail_on);
}
