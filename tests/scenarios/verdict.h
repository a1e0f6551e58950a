/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the JSON lines that sigpath wrote what the scenario expects? */
#pragma once

#include <stdbool.h>

#include "cases.h"
#include "expectations.h"
#include "strbuf.h"

/* Reads the file at PATH. If it fails: false, one line in WHY, more lines in DETAILS. */
bool verdict_of(const struct test_case *test, const struct expectations *expectations,
		const char *path, struct strbuf *why, struct strbuf *details);
