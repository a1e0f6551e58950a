// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses the lines that a scenario program writes: what sigpath must report. */
#include "expectations.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "strbuf.h"

static bool is_absent(const struct test_case *test, const char *label)
{
	size_t length = strlen(label);
	const char *at = test->absent;

	while (at && length) {
		size_t span = strcspn(at, ",");

		if (span == length && memcmp(at, label, length) == 0)
			return true;
		at = at[span] ? at + span + 1 : NULL;
	}
	return false;
}

static void add_pid(struct expectations *expectations, struct json_object *pid)
{
	json_object_array_add(expectations->pids, json_object_get(pid));
}

static void read_fact(const struct test_case *test, struct json_object *line,
		      struct json_object *fact, struct expectations *expectations)
{
	struct json_object *process = json_object_object_get(fact, "process");
	const char *label = json_object_get_string(json_object_object_get(line, "label"));

	add_pid(expectations, json_object_object_get(process, "pid"));
	if (!is_absent(test, label ? label : ""))
		json_object_array_add(expectations->facts, json_object_get(fact));
}

static int read_line(const struct test_case *test, const char *text,
		     struct expectations *expectations)
{
	struct json_object *line = json_tokener_parse(text), *member;

	if (!json_object_is_type(line, json_type_object)) {
		json_object_put(line);
		return -EINVAL;
	}
	if (json_object_object_get_ex(line, "fact", &member))
		read_fact(test, line, member, expectations);
	if (json_object_object_get_ex(line, "waiting", NULL))
		expectations->waiting = true;
	if (json_object_object_get_ex(line, "skip", &member)) {
		json_object_put(expectations->skip);
		expectations->skip = json_object_get(member);
	}
	if (json_object_object_get_ex(line, "pids", &member)) {
		for (size_t i = 0; i < json_object_array_length(member); i++)
			add_pid(expectations, json_object_array_get_idx(member, i));
	}
	if (json_object_object_get_ex(line, "value", &member)) {
		json_object_object_foreach (member, name, value)
			json_object_object_add(expectations->values, name, json_object_get(value));
	}
	json_object_put(line);
	return 0;
}

int expectations_read(const struct test_case *test, const char *text,
		      struct expectations *ret_expectations)
{
	struct expectations expectations = { .facts = json_object_new_array(),
					     .pids = json_object_new_array(),
					     .values = json_object_new_object() };
	const char *end;
	int err = 0;

	for (; !err && text && (end = strchr(text, '\n')); text = end + 1) {
		cleanup(cleanup_free) char *line = strndup(text, end - text);

		err = line ? read_line(test, line, &expectations) : -ENOMEM;
	}
	if (err)
		expectations_free(&expectations);
	else
		*ret_expectations = expectations;
	return err;
}

void expectations_free(struct expectations *expectations)
{
	json_object_put(expectations->facts);
	json_object_put(expectations->pids);
	json_object_put(expectations->values);
	json_object_put(expectations->skip);
	memset(expectations, 0, sizeof(*expectations));
}

int expectations_fill(const struct expectations *expectations, const char *option,
		      struct strbuf *filled)
{
	const char *open, *close;

	while ((open = strchr(option, '{')) && (close = strchr(open, '}'))) {
		cleanup(cleanup_free) char *name = strndup(open + 1, close - open - 1);
		struct json_object *value;

		if (!name)
			return -ENOMEM;
		if (!json_object_object_get_ex(expectations->values, name, &value))
			return -ENOENT;
		strbuf_add(filled, option, open - option);
		strbuf_add_text(filled, json_object_get_string(value));
		option = close + 1;
	}
	strbuf_add_text(filled, option);
	return 0;
}

bool expectations_own(const struct expectations *expectations, struct json_object *line)
{
	const char *kind = json_object_get_string(json_object_object_get(line, "kind"));
	struct json_object *process = json_object_object_get(line, "process");
	int64_t pid = json_object_get_int64(json_object_object_get(process, "pid"));

	if (!kind || strcmp(kind, "incident") != 0)
		return false;
	for (size_t i = 0; i < json_object_array_length(expectations->pids); i++) {
		if (json_object_get_int64(json_object_array_get_idx(expectations->pids, i)) == pid)
			return true;
	}
	return false;
}
