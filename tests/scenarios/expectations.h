/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of a scenario program: its facts, its processes, values for arguments, or a skip. */
#pragma once

#include <stdbool.h>

#include "cases.h"

struct json_object;
struct strbuf;

struct expectations {
	struct json_object *facts;  /* list: without those that the case expects to be absent */
	struct json_object *pids;   /* list */
	struct json_object *values; /* object of strings */
	struct json_object *skip;   /* string, or NULL */
	bool waiting;		    /* the program has said that it is ready and waits */
};

/* Reads the complete lines in TEXT. 0, or -EINVAL if a line is not JSON. */
int expectations_read(const struct test_case *test, const char *text,
		      struct expectations *ret_expectations);
void expectations_free(struct expectations *expectations);

/* Adds OPTION with every {NAME} replaced. -ENOENT if the program gave no such value. */
int expectations_fill(const struct expectations *expectations, const char *option,
		      struct strbuf *filled);

/* Is this line of sigpath's report an incident of one of the program's processes? */
bool expectations_own(const struct expectations *expectations, struct json_object *line);
