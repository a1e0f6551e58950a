/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The notes as data. */
#pragma once

#include <stddef.h>

#include "explain.h"
#include "text.h"

struct note_rule {
	const char *code; /* a section of docs/advice.md */
	bool (*matches)(const struct incident *incident);
	void (*tell)(const struct incident *incident, struct text *text);
};

extern const struct note_rule note_rules[];
extern const size_t note_rules_count;

/* The first EXPLANATION_NOTES_MAX that match. */
void notes_add(const struct incident *incident, struct explanation *explanation);
