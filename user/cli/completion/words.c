// SPDX-License-Identifier: GPL-2.0-or-later
/* What the completions of all shells say alike. */
#include <stdio.h>
#include <string.h>

#include "completion.h"
#include "destinations.h"
#include "explain.h"
#include "formats.h"

/* Is the cause at INDEX one of those before it? */
static bool is_again(size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (!strcmp(explain_code(i), explain_code(index)))
			return true;
	}
	return false;
}

static void write_causes(void)
{
	const char *code;

	for (size_t i = 0; (code = explain_code(i)); i++) {
		if (!is_again(i))
			printf("%s%s", i ? " " : "", code);
	}
}

void completion_words(const struct option_spec *spec)
{
	const char *word;

	if (spec->completion == COMPLETE_CAUSE) {
		write_causes();
		return;
	}
	for (size_t i = 0; (word = option_word(spec, i)); i++)
		printf("%s%s", i ? " " : "", word);
}

void completion_signals(void)
{
	const char *name;
	size_t i;

	for (i = 0; (name = signal_name(i)); i++)
		printf("%s ", name);
	for (i = 0; (name = signal_name(i)); i++)
		printf("SIG%s ", name);
	printf("fatal");
}

void completion_formats(const char *after)
{
	for (size_t i = 0; i < format_count; i++)
		printf("%s%s%s", i ? " " : "", format_table[i].name, after);
}

void completion_destinations(void)
{
	for (size_t i = 0; i < destination_count; i++) {
		const struct destination_row *row = &destination_table[i];

		printf("%s%s", i ? " " : "", row->name);
		if (row->address)
			printf(" %s:", row->name);
	}
}

void completion_addresses(void)
{
	const char *space = "";

	for (size_t i = 0; i < destination_count; i++) {
		const struct destination_row *row = &destination_table[i];
		const char *scheme = row->schemes;

		while (scheme && *scheme) {
			size_t length = strcspn(scheme, " ");

			printf("%s%s:%.*s", space, row->name, (int)length, scheme);
			scheme += length + strspn(scheme + length, " ");
			space = " ";
		}
	}
}

/* The first sentence of a help text. A colon at its end announces words, and is left out. */
static size_t first_sentence(const char *help)
{
	const char *end = strstr(help, ". ");
	size_t length = end ? (size_t)(end - help) : strlen(help);

	return length && help[length - 1] == ':' ? length - 1 : length;
}

void completion_help(const struct option_spec *spec, const char *special)
{
	size_t length = first_sentence(spec->help);

	for (const char *at = spec->help; at < spec->help + length; at++) {
		if (strchr(special, *at))
			putchar('\\');
		if (*at == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*at);
	}
}

void completion_runs(const struct option_spec *spec, const char *between)
{
	static const struct {
		unsigned int runs;
		const char *name;
	} rows[] = {
		/* Before -r is given, a replay is still possible. */
		{ RUN_LIVE | RUN_REPLAY, "live" },
		{ RUN_REPLAY, "replay" },
		{ RUN_CHECK, "check" },
	};
	const char *before = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!(spec->runs & rows[i].runs))
			continue;
		printf("%s%s", before, rows[i].name);
		before = between;
	}
}
