/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario program told: its facts, its processes, values for arguments, or a skip. */
#pragma once

#include <stdbool.h>

#include "cases.h"

struct json_object;
struct strbuf;

struct expectations {
	struct json_object *facts;  /* list: those that the case does not want absent */
	struct json_object *pids;   /* list */
	struct json_object *values; /* object of strings */
	struct json_object *skip;   /* string, or NULL */
	bool waiting;		    /* the program has said that it waits for the go */
};

/* Reads the whole lines in TEXT. 0, or -EINVAL with a line that is no JSON. */
int expectations_read(const struct test_case *test, const char *text,
		      struct expectations *ret_expectations);
void expectations_free(struct expectations *expectations);

/* Adds OPTION with every {NAME} replaced. -ENOENT if the program told no such value. */
int expectations_fill(const struct expectations *expectations, const char *option,
		      struct strbuf *filled);
