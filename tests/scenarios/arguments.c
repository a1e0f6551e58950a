// SPDX-License-Identifier: GPL-2.0-or-later
/* What the sigpath of a session is told: by the runner, and by the options of its cases. */
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "session.h"

/*
 * Many programs of cases that share a sigpath have one name, and so would be repeats if they die
 * within a second. An option of the case comes later, and so replaces it.
 */
static const char *const of_several[] = { "--burst", "100" };

static bool may_share(const struct test_case *test)
{
	if (test->start != START_HOST || test->count || test->alone)
		return false;
	for (size_t i = 0; i < CASE_OPTIONS_MAX && test->options[i]; i++) {
		if (strchr(test->options[i], '{'))
			return false; /* of this program alone */
	}
	return true;
}

bool arguments_can_share(const struct test_case *one, const struct test_case *other)
{
	if (!may_share(one) || !may_share(other))
		return false;
	for (size_t i = 0; i < CASE_OPTIONS_MAX; i++) {
		if (strcmp(one->options[i] ?: "", other->options[i] ?: "") != 0)
			return false;
	}
	return true;
}

static int add_filled(struct arguments *arguments, size_t *count, const struct expectations *told,
		      const char *option, struct strbuf *filled)
{
	int err = expectations_fill(told, option, filled);

	arguments->argv[(*count)++] = filled->text;
	return err;
}

static int add_case(struct arguments *arguments, size_t *count, const struct session *session,
		    const struct expectations *told)
{
	const struct test_case *test = session->plays[0].test;
	char **argv = arguments->argv;
	int err = 0;

	if (test->start == START_ATTACH) {
		argv[(*count)++] = "-p";
		err = add_filled(arguments, count, told, "{pid}",
				 &arguments->filled[CASE_OPTIONS_MAX - 1]);
	}
	for (size_t i = 0; !err && i < CASE_OPTIONS_MAX - 1 && test->options[i]; i++)
		err = add_filled(arguments, count, told, test->options[i], &arguments->filled[i]);
	if (test->start == START_COMMAND) {
		snprintf(arguments->program, sizeof(arguments->program), "%s/%s",
			 session->settings->directory, test->program);
		argv[(*count)++] = "--";
		argv[(*count)++] = arguments->program;
		argv[(*count)++] = (char *)test->scenario;
	}
	return err;
}

int arguments_make(struct session *session, struct arguments *arguments)
{
	cleanup(expectations_free) struct expectations told = { 0 };
	char *first[] = { (char *)session->settings->sigpath, "--format", "json", "-o",
			  session->report_path };
	size_t count = sizeof(first) / sizeof(first[0]);
	int err = 0;

	memcpy(arguments->argv, first, sizeof(first));
	if (session->count > 1) {
		memcpy(arguments->argv + count, of_several, sizeof(of_several));
		count += sizeof(of_several) / sizeof(of_several[0]);
	}
	if (session->count)
		err = play_told(&session->plays[0], &told)
			      ? add_case(arguments, &count, session, &told)
			      : -EINVAL;
	arguments->argv[count] = NULL;
	return err;
}

void arguments_free(struct arguments *arguments)
{
	for (size_t i = 0; i < CASE_OPTIONS_MAX; i++)
		strbuf_free(&arguments->filled[i]);
}
