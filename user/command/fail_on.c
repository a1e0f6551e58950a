// SPDX-License-Identifier: GPL-2.0-or-later
#include "fail_on.h"

#include <inttypes.h>

#include "line_format.h"

static uint64_t class_limit(const struct options_fail_on *limits, enum incident_class class)
{
	return (size_t) class <= CLASS_LAST ? limits->classes[class] : 0;
}

/* Also by the signal that its handler sent again. */
static bool was_killed(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_KILLED;
}

/* 14:03:22.117 SIGPIPE killed yes[812]  write(fd 1, 8192 bytes) */
static void note_first(struct fail_on *counts, const struct incident *incident)
{
	const struct line_options options = { 0 };
	struct strbuf line = STRBUF_IN(counts->first);

	text_add_time(&options, incident->time, &line);
	strbuf_add_text(&line, " ");
	text_add_headline(incident, &line);
	counts->have_first = true;
}

void fail_on_incident(struct fail_on *counts, const struct options_fail_on *limits,
		      const struct incident *incident, const struct explanation *explanation)
{
	bool killed = was_killed(incident);

	counts->killed += killed;
	if ((size_t)explanation->class <= CLASS_LAST)
		counts->classes[explanation->class]++;
	if (!counts->have_first &&
	    ((killed && limits->killed) || class_limit(limits, explanation->class)))
		note_first(counts, incident);
}

void fail_on_repeat(struct fail_on *counts, const struct sink_repeat *repeat)
{
	if (repeat->outcome == EV_OUTCOME_KILLED)
		counts->killed += repeat->count;
	if ((size_t)repeat->class <= CLASS_LAST)
		counts->classes[repeat->class] += repeat->count;
}

/* True if it is reached. "2 incidents (killed)" */
static bool add_limit(uint64_t limit, uint64_t count, const char *word, struct strbuf *line)
{
	if (!limit || count < limit)
		return false;
	strbuf_printf(line, "%s%" PRIu64 " %s", line->length ? ", " : "", count, word);
	return true;
}

bool fail_on_is_reached(const struct fail_on *counts, const struct options_fail_on *limits,
			struct strbuf *line)
{
	bool reached = add_limit(limits->killed, counts->killed, "killed", line);

	for (size_t i = 1; i <= CLASS_LAST; i++)
		reached |= add_limit(limits->classes[i], counts->classes[i],
				     class_name((enum incident_class)i), line);
	if (reached && counts->have_first)
		strbuf_printf(line, "; the first: %s", counts->first);
	return reached;
}
