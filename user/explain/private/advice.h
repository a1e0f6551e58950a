/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The advice as data. Advice for only one cause is beside that cause. */
#pragma once

#include "rule.h"

/* An incident gets the first matching line of each of these. */
enum advice_about {
	ADVICE_WRITE,	/* how the program writes */
	ADVICE_SERVICE, /* what supervises it */
};

struct advice_rule {
	enum advice_about about;
	bool (*applies)(const struct incident *incident);
	struct advice advice; /* a section of docs/advice.md */
};

extern const struct advice_rule advice_rules[];
extern const size_t advice_rules_count;

/* For causes of more than one kind of object. */
extern const struct advice advice_watch_for_close, advice_finish_writes;

/* Up to EXPLANATION_ADVICE_MAX lines: RULE's own first. */
void advice_add(const struct incident *incident, const struct rule *rule,
		struct explanation *explanation);
