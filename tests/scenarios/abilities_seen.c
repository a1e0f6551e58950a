// SPDX-License-Identifier: GPL-2.0-or-later
/* Which abilities does `sigpath check` report? */
#include "abilities_seen.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct json_object *answer;

bool abilities_ask(const char *sigpath)
{
	static char bytes[65536];
	char command[PATH_MAX + 64];
	size_t length;
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s' check --format json", sigpath);
	pipe = popen(command, "re");
	if (!pipe)
		return false;
	length = fread(bytes, 1, sizeof(bytes) - 1, pipe);
	bytes[length] = '\0';
	pclose(pipe);
	answer = json_tokener_parse(bytes);
	return answer;
}

bool abilities_have(const char *name, bool or_degraded)
{
	struct json_object *list, *item, *value;
	const char *state;

	if (!json_object_object_get_ex(answer, "abilities", &list))
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		item = json_object_array_get_idx(list, i);
		if (!json_object_object_get_ex(item, "name", &value) ||
		    strcmp(json_object_get_string(value), name) != 0)
			continue;
		if (!json_object_object_get_ex(item, "state", &value))
			return false;
		state = json_object_get_string(value);
		return strcmp(state, "ok") == 0 || (or_degraded && strcmp(state, "degraded") == 0);
	}
	return false;
}
