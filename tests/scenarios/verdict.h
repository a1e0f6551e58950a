/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the JSON lines that sigpath wrote are what the scenario asks for. */
#pragma once

#include <stdbool.h>

#include "cases.h"
#include "expectations.h"
#include "strbuf.h"

/* Reads the file at PATH. If it is not so: false, one line in WHY, more of it in DETAILS. */
bool verdict_of(const struct test_case *test, const struct expectations *expectations,
		const char *path, struct strbuf *why, struct strbuf *details);
