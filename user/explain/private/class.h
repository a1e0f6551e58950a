/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The classes of incidents as data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "classes.h"
#include "rule.h"

/* One row of the table: the first that matches decides. docs/classes.md has the same rows. */
struct class_rule {
	enum incident_class class;
	enum severity severity;
	/* CAUSE: of the incident. NULL, in the last row: always. */
	bool (*matches)(const struct incident *incident, const struct rule *cause);
	/* What it means, where no other line of the text says so; else NULL. */
	const char *text;
};

extern const struct class_rule class_rules[];
extern const size_t class_rules_count;

/* The codes of causes that some of the conditions name; NULL ends each list. */
extern const char *const class_misuses[], *const class_losses[], *const class_ends[];

const struct class_rule *class_match(const struct incident *incident, const struct rule *cause);
