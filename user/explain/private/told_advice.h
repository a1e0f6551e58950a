/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advice whose text is made from the incident: it has a number, a name or a command in it. */
#pragma once

#include "explain.h"
#include "rule.h"
#include "text.h"

/* One row of a table. The first that matches is the advice. */
struct told_advice {
	const char *code; /* a section of docs/advice.md */
	bool (*matches)(const struct incident *incident);
	void (*tell)(const struct incident *incident, struct text *text);
};

/* How to read the core of an incident, or to get one the next time. */
extern const struct told_advice core_advice[];
extern const size_t core_advice_count;

/* What to do about the reason of a death. */
extern const struct told_advice death_advice[];
extern const size_t death_advice_count;

/* Adds one of each table. RULE: the cause; if it has advice of its own, none about the death. */
void told_advice_add(const struct incident *incident, const struct rule *rule,
		     struct explanation *explanation);
