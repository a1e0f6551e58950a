/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sigpath check: prints what this kernel, these privileges and this program allow, and what is
 * lost. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abilities.h"
#include "cleanup.h"
#include "command.h"
#include "json_writer.h"
#include "log.h"
#include "otlp.h"
#include "stack.h"
#include "users.h"
#include "words.h"

/*
 * socket_errors          missing   sk_stream_error: neither fentry nor kprobe attaches
 *                                  lost: EPIPE of TCP that MSG_NOSIGNAL kept silent ...
 *                                  remedy: boot a kernel that can hook functions ...
 */
static void print_text(const struct abilities *abilities, bool works)
{
	size_t limits = 0;

	for (size_t i = 0; i < abilities->count; i++) {
		const struct ability *ability = &abilities->list[i];

		printf("%-22s %-9s %s\n", ability->name, word_ability_state(ability->state),
		       ability->detail);
		if (!ability->lost)
			continue;
		printf("%-22s %-9s lost: %s\n", "", "", ability->lost);
		printf("%-22s %-9s remedy: %s\n", "", "", ability->remedy);
		limits++;
	}
	if (!works)
		puts("sigpath does not work here");
	else if (!limits)
		puts("sigpath works here");
	else
		printf("sigpath works here, with %zu limitation%s (above)\n", limits,
		       limits == 1 ? "" : "s");
}

/* 0 or -ENOMEM. */
static int print_json(const struct abilities *abilities, bool works)
{
	cleanup(strbuf_free) struct strbuf line = { 0 };
	struct json_writer json = { .buf = &line };

	json_begin_object(&json, NULL);
	json_put_text(&json, "schema", WORD_SCHEMA);
	json_put_text(&json, "kind", "check");
	json_put_bool(&json, "works", works);
	abilities_put_json(&json, abilities);
	json_end_object(&json);
	if (line.failed)
		return -ENOMEM;
	puts(line.text);
	return 0;
}

/* What depends on how sigpath is built, and on the libraries that are installed. */
static void add_program(struct abilities *abilities)
{
	const char *libraries = otlp_libraries();

	if (stack_has_servers())
		ability_add(abilities, "debuginfod", "libdebuginfod");
	else
		ability_add_limit(
			abilities, "debuginfod", ABILITY_MISSING,
			"names and lines that only debuginfod servers know (DEBUGINFOD_URLS)",
			stack_servers_remedy, "%s", stack_servers_missing);
	if (users_lost)
		ability_add_limit(
			abilities, "name_service", ABILITY_DEGRADED, users_lost,
			"install a sigpath with shared libraries: the package of a distribution",
			"a static sigpath reads /etc/passwd, /etc/group, /etc/hosts, and asks DNS");
	else
		ability_add(abilities, "name_service", "the C library's");
	if (libraries)
		ability_add(abilities, "otlp", "%.150s", libraries);
	else
		ability_add_limit(abilities, "otlp", ABILITY_MISSING, "--to otlp",
				  "install libcurl and json-c",
				  "libcurl or json-c is not installed");
}

int command_check(const struct options *options)
{
	struct abilities abilities;
	bool works;
	int error = 0;

	/* It was parsed. So this needs no rights, and says nothing about this kernel. */
	if (options->file) {
		puts("config ok");
		return 0;
	}
	works = !abilities_probe(&abilities);
	add_program(&abilities);
	if (options->format == FORMAT_JSON)
		error = print_json(&abilities, works);
	else
		print_text(&abilities, works);
	if (error)
		log_error("%s", strerror(-error));
	return error || !works ? EXIT_ERROR : 0;
}
