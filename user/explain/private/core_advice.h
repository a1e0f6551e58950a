/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How to read the core of an incident, or to get one the next time. */
#pragma once

#include "explain.h"
#include "text.h"

/* The first that matches is added to the advice. */
struct core_advice_rule {
	const char *code; /* a section of docs/advice.md */
	bool (*matches)(const struct incident *incident);
	void (*tell)(const struct incident *incident, struct text *text);
};

extern const struct core_advice_rule core_advice_rules[];
extern const size_t core_advice_rules_count;

void core_advice_add(const struct incident *incident, struct explanation *explanation);
