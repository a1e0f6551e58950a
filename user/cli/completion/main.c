// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the completion of a shell to stdout: the template, with the options in place of its lines
 * "#@ MARK". The build runs it, so that the completions always have the options of the parser.
 * usage: print-completion bash|zsh|fish TEMPLATE
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "completion.h"

static const struct {
	const char *name;
	completion_writer *write;
} shells[] = {
	{ "bash", completion_bash },
	{ "zsh", completion_zsh },
	{ "fish", completion_fish },
};

static completion_writer *find_writer(const char *name)
{
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (!strcmp(shells[i].name, name))
			return shells[i].write;
	}
	return NULL;
}

/* Copies TEMPLATE to stdout. -EINVAL if it has a mark that the writer does not know. */
static int fill(FILE *template, completion_writer *write_rows)
{
	char *line = NULL;
	size_t capacity = 0;
	int err = 0;

	while (!err && getline(&line, &capacity, template) >= 0) {
		const char *text = line + strspn(line, "\t ");

		if (strncmp(text, "#@ ", 3) != 0) {
			fputs(line, stdout);
			continue;
		}
		line[strcspn(line, "\n")] = '\0';
		err = write_rows(text + 3);
		if (err)
			fprintf(stderr, "print-completion: unknown mark '%s'\n", text);
	}
	free(line);
	return err;
}

int main(int argc, char **argv)
{
	completion_writer *write_rows = argc == 3 ? find_writer(argv[1]) : NULL;
	FILE *template;
	int err;

	if (!write_rows) {
		fprintf(stderr, "usage: print-completion bash|zsh|fish TEMPLATE\n");
		return 2;
	}
	template = fopen(argv[2], "re");
	if (!template) {
		perror(argv[2]);
		return 1;
	}
	err = fill(template, write_rows);
	fclose(template);
	return err || fflush(stdout) ? 1 : 0;
}
