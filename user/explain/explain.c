// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts an explanation together: group, cause, class, disposition, timeline, notes, advice. */
#include "explain.h"

#include "advice.h"
#include "class.h"
#include "disposition.h"
#include "group.h"
#include "notes.h"
#include "peer_end.h"
#include "rule.h"
#include "timeline.h"
#include "told_advice.h"

void explain(const struct incident *incident, struct explanation *ret_explanation)
{
	const struct rule *rule = rules_match(incident);
	const struct class_rule *meaning = class_match(incident, rule);
	struct text text;

	*ret_explanation = (struct explanation){
		.code = rule->code,
		.confidence = rule->confidence,
		.class = meaning->class,
		.severity = meaning->severity,
		.class_text = meaning->text,
	};
	group_name(incident, rule->code, ret_explanation->group);
	text = text_in(ret_explanation->text, sizeof(ret_explanation->text));
	rule->tell(incident, &text);
	peer_tell_death(incident, &text);
	text = text_in(ret_explanation->disposition, sizeof(ret_explanation->disposition));
	disposition_tell(incident, &text);
	if (incident->subject == EV_SUBJECT_WRITE && incident->object.type == EV_OBJECT_TCP)
		timeline_tell_tcp(incident, rule->last_packet, ret_explanation);
	timeline_tell_stop(incident, ret_explanation);
	notes_add(incident, ret_explanation);
	advice_add(incident, rule, ret_explanation);
	told_advice_add(incident, rule, ret_explanation);
}

const char *explain_code(size_t index)
{
	for (const struct rule *const *table = rule_tables; *table; table++) {
		for (const struct rule *rule = *table;; rule++) {
			if (!index--)
				return rule->code;
			if (!rule->matches)
				break;
		}
	}
	return NULL;
}
