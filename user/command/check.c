/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sigpath check: prints what this kernel and these privileges allow, and what is lost. */
#include <json-c/json.h>
#include <stdio.h>

#include "command.h"
#include "abilities.h"

/*
 * socket_errors      missing   sk_stream_error: neither fentry nor kprobe attaches
 *                              lost: EPIPE of TCP that MSG_NOSIGNAL kept silent ...
 */
static void print_text(const struct abilities *abilities)
{
	for (size_t i = 0; i < abilities->count; i++) {
		const struct ability *ability = &abilities->list[i];

		printf("%-18s %-9s %s\n", ability->name, ability_state_name(ability->state),
		       ability->detail);
		if (ability->lost)
			printf("%-18s %-9s lost: %s\n", "", "", ability->lost);
	}
	printf("%s\n",
	       abilities->main_job_error ? "sigpath does not work here" : "sigpath works here");
}

static void print_json(const struct abilities *abilities)
{
	struct json_object *root = json_object_new_object();
	struct json_object *list = json_object_new_array();

	json_object_object_add(root, "schema", json_object_new_string("sigpath/2"));
	json_object_object_add(root, "kind", json_object_new_string("check"));
	json_object_object_add(root, "works", json_object_new_boolean(!abilities->main_job_error));
	for (size_t i = 0; i < abilities->count; i++) {
		const struct ability *ability = &abilities->list[i];
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "name", json_object_new_string(ability->name));
		json_object_object_add(item, "state",
				       json_object_new_string(ability_state_name(ability->state)));
		json_object_object_add(item, "detail", json_object_new_string(ability->detail));
		json_object_object_add(
			item, "lost", ability->lost ? json_object_new_string(ability->lost) : NULL);
		json_object_array_add(list, item);
	}
	json_object_object_add(root, "abilities", list);
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

int command_check(const struct options *options)
{
	struct abilities abilities;

	abilities_probe(&abilities);
	if (options->format == FORMAT_JSON)
		print_json(&abilities);
	else
		print_text(&abilities);
	return abilities.main_job_error ? EXIT_ERROR : 0;
}
