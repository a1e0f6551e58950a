// SPDX-License-Identifier: GPL-2.0-or-later
#include "own_cmdline.h"

#include <string.h>

#include "config_file.h"
#include "decode.h"
#include "redact.h"
#include "units.h"

/* Words, each with its NUL, until one has no room. */
struct words {
	char bytes[EV_CMDLINE_MAX];
	size_t length;
	bool is_cut;
};

/* The word is PREFIX, NAME, SEPARATOR and VALUE. */
static void add_word(struct words *words, const char *prefix, const char *name,
		     const char *separator, const char *value)
{
	const char *const parts[] = { prefix, name, separator, value };
	size_t size = strlen(prefix) + strlen(name) + strlen(separator) + strlen(value) + 1;

	if (words->is_cut || words->length + size > sizeof(words->bytes)) {
		words->is_cut = true;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		memcpy(words->bytes + words->length, parts[i], strlen(parts[i]));
		words->length += strlen(parts[i]);
	}
	words->bytes[words->length++] = '\0';
}

static void add_file(struct words *words, const struct config *config)
{
	for (size_t i = 0; i < config->text.line_count; i++) {
		const struct config_line *line = &config->text.lines[i];
		bool has_value = line->option->argument;

		if (!config->values.overridden[line->option - option_table])
			add_word(words, "--", line->option->name, has_value ? "=" : "",
				 has_value ? line->value : "");
	}
}

void own_cmdline(const struct options *options, struct incident_cmdline *ret_cmdline)
{
	struct words words = { .length = 0 };

	for (int i = 0; i < options->own_count; i++)
		add_word(&words, options->own[i], "", "", "");
	if (options->file)
		add_file(&words, options->file);
	cmdline_decode((unsigned char *)words.bytes, words.length, words.is_cut, ret_cmdline);
	redact_cmdline(options->redact, ret_cmdline);
}
