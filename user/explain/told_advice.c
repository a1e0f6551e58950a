// SPDX-License-Identifier: GPL-2.0-or-later
#include "told_advice.h"

/* The first of TABLE that matches. ROOM: EXPLANATION_TEXT_MAX bytes for its text. */
static void add_first(const struct incident *incident, const struct told_advice *table,
		      size_t count, char *room, struct explanation *explanation)
{
	struct text text = text_in(room, EXPLANATION_TEXT_MAX);

	for (size_t i = 0; i < count; i++) {
		if (!table[i].matches(incident))
			continue;
		table[i].tell(incident, &text);
		explanation->advice[explanation->advice_count++] = (struct advice){
			.code = table[i].code,
			.text = room,
		};
		return;
	}
}

void told_advice_add(const struct incident *incident, const struct rule *rule,
		     struct explanation *explanation)
{
	if (!rule->advice)
		add_first(incident, death_advice, death_advice_count, explanation->death_advice,
			  explanation);
	add_first(incident, core_advice, core_advice_count, explanation->core_advice, explanation);
}
