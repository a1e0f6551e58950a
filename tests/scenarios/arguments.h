/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of the sigpath of a session. */
#pragma once

#include <stdbool.h>

#include "cases.h"
#include "strbuf.h"

struct session;

struct arguments {
	char *argv[24];
	char program[4096];
	struct strbuf filled[CASE_OPTIONS_MAX];
};

/* Can one sigpath watch both cases? */
bool arguments_can_share(const struct test_case *one, const struct test_case *other);
/* 0, or -errno: -ENOENT if the program did not give a value that an option of the case needs. */
int arguments_make(struct session *session, struct arguments *arguments);
void arguments_free(struct arguments *arguments);
