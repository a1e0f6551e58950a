// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does every fact have its own incident, and every incident of the scenario's processes its fact?
 * Is the file complete: JSON lines, and last a summary that says that nothing was lost?
 */
#include "verdict.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "compare.h"

#define INCIDENTS_MAX 4096
#define FACTS_MAX 64

struct report {
	size_t count;
	struct json_object *incidents[INCIDENTS_MAX]; /* of the scenario's processes */
	struct json_object *summary;
	bool summary_is_last;
};

static void report_free(struct report *report)
{
	for (size_t i = 0; i < report->count; i++)
		json_object_put(report->incidents[i]);
	json_object_put(report->summary);
}

/* Takes ownership of LINE. */
static void add_line(const struct expectations *expectations, struct json_object *line,
		     struct report *report)
{
	const char *kind = json_object_get_string(json_object_object_get(line, "kind"));

	report->summary_is_last = false;
	if (kind && strcmp(kind, "summary") == 0) {
		json_object_put(report->summary);
		report->summary = line;
		report->summary_is_last = true;
	} else if (expectations_own(expectations, line) && report->count < INCIDENTS_MAX) {
		report->incidents[report->count++] = line;
	} else {
		json_object_put(line);
	}
}

static bool report_read(const struct expectations *expectations, const char *path,
			struct report *report, struct strbuf *why)
{
	cleanup(cleanup_fclose) FILE *file = fopen(path, "re");
	cleanup(cleanup_free) char *text = NULL;
	size_t size = 0, number = 0;
	ssize_t length;

	if (!file) {
		strbuf_printf(why, "sigpath wrote no %s: %s", path, strerror(errno));
		return false;
	}
	while ((length = getline(&text, &size, file)) > 0) {
		struct json_object *line = NULL;

		number++;
		if (text[length - 1] == '\n')
			line = json_tokener_parse(text);
		if (!json_object_is_type(line, json_type_object)) {
			strbuf_printf(why, "line %zu is not a whole line of JSON", number);
			json_object_put(line);
			return false;
		}
		add_line(expectations, line, report);
	}
	return true;
}

static bool summary_is_good(const struct report *report, struct strbuf *why)
{
	struct json_object *lost;

	if (!report->summary_is_last) {
		strbuf_add_text(why, "the last line is not a summary");
		return false;
	}
	if (!json_object_object_get_ex(report->summary, "lost", &lost) ||
	    !json_object_is_type(lost, json_type_int) || json_object_get_int64(lost) != 0) {
		strbuf_printf(why, "lost in the summary is %s", json_object_to_json_string(lost));
		return false;
	}
	return true;
}

/* The incident of each fact, and the fact of each incident; -1: none. */
struct matching {
	int of_fact[FACTS_MAX];
	int of_incident[INCIDENTS_MAX];
	bool tried[INCIDENTS_MAX];
};

/* One step of the search for augmenting paths in a bipartite graph. */
static bool match_fact(struct json_object *facts, size_t fact, const struct report *report,
		       struct matching *matching)
{
	for (size_t i = 0; i < report->count; i++) {
		struct difference difference;

		if (matching->tried[i] || !json_matches(json_object_array_get_idx(facts, fact),
							report->incidents[i], &difference))
			continue;
		matching->tried[i] = true;
		if (matching->of_incident[i] < 0 ||
		    match_fact(facts, matching->of_incident[i], report, matching)) {
			matching->of_incident[i] = fact;
			matching->of_fact[fact] = i;
			return true;
		}
	}
	return false;
}

static size_t match_all(struct json_object *facts, size_t count, const struct report *report,
			struct matching *matching)
{
	size_t matched = 0;

	memset(matching->of_fact, 0xff, sizeof(matching->of_fact));
	memset(matching->of_incident, 0xff, sizeof(matching->of_incident));
	for (size_t fact = 0; fact < count; fact++) {
		memset(matching->tried, 0, sizeof(matching->tried));
		matched += match_fact(facts, fact, report, matching);
	}
	return matched;
}

static void tell_nearest(struct json_object *fact, const struct report *report, struct strbuf *why,
			 struct strbuf *details)
{
	struct difference best = { 0 }, difference;
	struct json_object *nearest = NULL;

	for (size_t i = 0; i < report->count; i++) {
		json_matches(fact, report->incidents[i], &difference);
		if (nearest && difference.matched <= best.matched)
			continue;
		best = difference;
		nearest = report->incidents[i];
	}
	strbuf_printf(details, "    expected %s\n",
		      json_object_to_json_string_ext(fact, JSON_C_TO_STRING_PLAIN));
	if (!nearest) {
		strbuf_add_text(why, "no incident of its processes was reported");
		return;
	}
	strbuf_printf(details, "    nearest  %s\n",
		      json_object_to_json_string_ext(nearest, JSON_C_TO_STRING_PLAIN));
	if (best.path[0])
		strbuf_printf(why, "the nearest incident differs in %s", best.path);
	else
		strbuf_add_text(why, "fewer incidents than facts");
}

static bool all_are_matched(const struct test_case *test, struct json_object *facts,
			    const struct report *report, struct strbuf *why, struct strbuf *details)
{
	static struct matching matching;
	size_t count = json_object_array_length(facts), wanted = test->count ? test->count : count;

	if (count > FACTS_MAX) {
		strbuf_printf(why, "%zu facts are more than the runner can match", count);
		return false;
	}
	if (match_all(facts, count, report, &matching) < wanted) {
		for (size_t fact = 0; fact < count; fact++) {
			if (matching.of_fact[fact] >= 0)
				continue;
			tell_nearest(json_object_array_get_idx(facts, fact), report, why, details);
			return false;
		}
	}
	for (size_t i = 0; i < report->count; i++) {
		if (matching.of_incident[i] >= 0)
			continue;
		strbuf_add_text(why, "an incident that no fact asks for");
		strbuf_printf(details, "    reported %s\n",
			      json_object_to_json_string_ext(report->incidents[i],
							     JSON_C_TO_STRING_PLAIN));
		return false;
	}
	if (report->count != wanted) {
		strbuf_printf(why, "%zu incidents instead of %zu", report->count, wanted);
		return false;
	}
	return true;
}

bool verdict_of(const struct test_case *test, const struct expectations *expectations,
		const char *path, struct strbuf *why, struct strbuf *details)
{
	struct report *report = calloc(1, sizeof(*report));
	bool good;

	if (!report) {
		strbuf_add_text(why, "out of memory");
		return false;
	}
	good = report_read(expectations, path, report, why) && summary_is_good(report, why) &&
	       all_are_matched(test, expectations->facts, report, why, details);
	report_free(report);
	free(report);
	return good;
}
