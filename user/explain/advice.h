/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to explain: the advice as data. What is for one cause alone stands in rules.c. */
#pragma once

#include "rules.h"

/* An incident gets the first line that applies of each kind. */
enum advice_about {
	ADVICE_WRITE,	/* how the program writes */
	ADVICE_SERVICE, /* who watches over it */
};

struct advice {
	enum advice_about about;
	bool (*applies)(const struct incident *incident);
	const char *text; /* a section of docs/advice.md */
};

extern const struct advice advices[];
extern const size_t advices_count;

/* Up to EXPLANATION_ADVICE_MAX lines: RULE's own first. */
void advice_add(const struct incident *incident, const struct rule *rule,
		struct explanation *explanation);
