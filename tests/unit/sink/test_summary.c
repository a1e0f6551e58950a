// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of a run: what it counts, who has to leave it, and how it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "samples.h"
#include "sink.h"
#include "stack_frames.h"
#include "strbuf.h"
#include "summary.h"
#include "summary_lines.h"

static struct summary_table *table;
static struct summary_view view;

static int open_table(void **state)
{
	return summary_table_new(&table);
}

static int close_table(void **state)
{
	summary_table_free(table);
	return 0;
}

/* An incident of the group NAME of UID. */
static struct sample an_incident(const char *name, uint32_t uid)
{
	struct sample sample;

	sample_bare(&sample);
	sample.incident.process.uid = uid;
	snprintf(sample.explanation.group, sizeof(sample.explanation.group), "%s", name);
	return sample;
}

static void take(const struct sample *sample)
{
	summary_table_incident(table, &sample->incident, &sample->explanation);
}

static void take_many(const char *name, uint32_t uid, unsigned int count)
{
	struct sample sample = an_incident(name, uid);

	while (count--)
		take(&sample);
}

/* COMM NULL: nobody knows whose they are. */
static void take_repeat(const char *name, enum incident_class class, const char *comm,
			uint64_t count)
{
	struct incident_named process = { .have = true, .uid = 1000 };
	const struct sink_repeat repeat = {
		.group = name,
		.class = class,
		.severity = SEVERITY_INFO,
		.count = count,
		.first = { 1795269802, 0 },
		.last = { 1795269900, 0 },
		.process = comm ? &process : NULL,
	};

	snprintf(process.comm, sizeof(process.comm), "%s", comm ?: "");
	summary_table_repeat(table, &repeat);
}

static const struct summary_group *find(const char *name)
{
	summary_table_view(table, &view);
	for (size_t i = 0; i < view.group_count; i++)
		if (!strcmp(view.groups[i].name, name))
			return &view.groups[i];
	return NULL;
}

static uint64_t total(void)
{
	uint64_t sum = view.more_count;

	for (size_t i = 0; i < view.group_count; i++)
		sum += view.groups[i].count;
	return sum;
}

static void counts_by_group_and_class(void **state)
{
	const struct summary_group *group;

	take_many("a", 1000, 2);
	take_repeat("a", CLASS_PROCESS_DIED, "server", 30);
	take_repeat("a", CLASS_PROCESS_DIED, NULL, 10);
	take_repeat("b", CLASS_CLIENT_GONE, NULL, 3);
	take_repeat(NULL, CLASS_CLIENT_GONE, "server", 5);
	group = find("a");
	assert_non_null(group);
	assert_int_equal(group->count, 42);
	assert_int_equal(group->incidents, 2);
	assert_int_equal(group->first.tv_sec, 1795269802);
	assert_int_equal(group->first.tv_nsec, 0);
	assert_int_equal(group->last.tv_sec, 1795269900);
	assert_int_equal(group->class, CLASS_PROCESS_DIED);
	assert_string_equal(group->comm, "server");
	assert_string_equal(group->cause, "unknown");
	group = find("b");
	assert_non_null(group);
	assert_int_equal(group->incidents, 0);
	assert_false(group->named);
	assert_null(group->cause);
	assert_int_equal(group->class, CLASS_CLIENT_GONE);
	assert_int_equal(view.group_count, 2);
	assert_int_equal(view.classes[CLASS_PROCESS_DIED], 42);
	assert_int_equal(view.classes[CLASS_CLIENT_GONE], 8);
	assert_int_equal(view.more_groups, 0);
	assert_int_equal(view.more_count, 5);
	assert_int_equal(total(), 50);
}

/* What is said of a row is true of all that it counts. */
static void a_row_has_one_class_program_and_unit(void **state)
{
	struct sample sample = an_incident("a", 1000);

	take(&sample);
	sample.explanation.class = CLASS_PEER_GONE;
	take(&sample);
	strcpy(sample.incident.process.comm, "other");
	take(&sample);
	strcpy(sample.incident.process.names.unit, "web.service");
	take(&sample);
	take_repeat("a", CLASS_PEER_GONE, "server", 7);
	take_repeat("a", CLASS_CLIENT_GONE, "server", 1);
	summary_table_view(table, &view);
	assert_int_equal(view.group_count, 5);
	for (size_t i = 0; i < view.group_count; i++) {
		const struct summary_group *group = &view.groups[i];
		bool is_repeated = group->class == CLASS_PEER_GONE &&
				   !strcmp(group->comm, "server");

		assert_int_equal(group->count, is_repeated ? 8 : 1);
	}
}

/* The highest severity comes first, then the most incidents. */
static void order(void **state)
{
	struct sample worst = an_incident("worst", 1);

	take_many("few", 1, 2);
	take_many("many", 1, 9);
	take_repeat("info", CLASS_CLIENT_GONE, NULL, 1000);
	worst.explanation.severity = SEVERITY_ERROR;
	take(&worst);
	summary_table_view(table, &view);
	assert_int_equal(view.group_count, 4);
	assert_string_equal(view.groups[0].name, "worst");
	assert_string_equal(view.groups[1].name, "many");
	assert_string_equal(view.groups[2].name, "few");
	assert_string_equal(view.groups[3].name, "info");
}

/* A user who makes many groups loses groups of its own, and those with the fewest incidents. */
static void one_user_cannot_push_others_out(void **state)
{
	char name[EXPLANATION_GROUP_SIZE];

	take_many("victim", 1000, 1);
	take_many("root", 0, 1);
	take_many("large", 666, 50);
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		take_many(name, 666, 1);
	}
	assert_non_null(find("victim"));
	assert_non_null(find("root"));
	assert_non_null(find("large"));
	assert_non_null(find("9999"));
	assert_int_equal(view.group_count, SUMMARY_GROUPS_MAX);
	assert_int_equal(view.more_groups, 10003 - SUMMARY_GROUPS_MAX);
	assert_int_equal(view.more_count, view.more_groups);
	assert_int_equal(total(), 10052);
}

/* The uids of a container are one owner. */
static void nor_can_one_container(void **state)
{
	char name[EXPLANATION_GROUP_SIZE];

	take_many("victim", 1000, 1);
	take_many("other", 1000, 1);
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		take_many(name, 165536 + i, 2);
	}
	assert_non_null(find("victim"));
	assert_non_null(find("other"));
}

static void take_peer(const char *comm, const char *address, enum confidence confidence)
{
	struct sample sample = an_incident("a", 1000);
	struct incident *incident = &sample.incident;

	incident->peer.have = incident->peer.have_comm = comm;
	snprintf(incident->peer.comm, sizeof(incident->peer.comm), "%s", comm ?: "");
	incident->peer.confidence = confidence;
	incident->object.have_addresses = address;
	snprintf(incident->object.peer_address, sizeof(incident->object.peer_address), "%s",
		 address ?: "");
	take(&sample);
}

static void the_most_frequent_peer(void **state)
{
	const struct summary_peer *peer;
	char address[16];

	take_many("a", 1000, 1);
	assert_null(summary_top_peer(find("a")));
	/* Two of three have it, and the rest are all different. */
	for (int i = 0; i < 300; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 100, i % 100);
		take_peer(NULL, i % 3 ? "10.9.9.9" : address, CONFIDENCE_UNKNOWN);
	}
	peer = summary_top_peer(find("a"));
	assert_string_equal(peer->address, "10.9.9.9");
	/* Never too many. */
	assert_true(peer->count <= 200 && peer->count > 200 - 300 / (SUMMARY_PEERS_MAX + 1));
}

static void a_likely_peer_is_not_named(void **state)
{
	take_peer("head", NULL, CONFIDENCE_LIKELY);
	assert_null(summary_top_peer(find("a")));
	take_peer("head", NULL, CONFIDENCE_CERTAIN);
	assert_string_equal(summary_top_peer(find("a"))->comm, "head");
}

static void frames_with_names(void **state)
{
	static const struct {
		const char *symbol, *module;
	} frames[] = {
		{ "write", "/lib/libc.so.6" }, { NULL, "/bin/server" },	  { "send", "/bin/server" },
		{ "handle", "/bin/server" },   { "loop", "/bin/server" }, { "main", "/bin/server" },
		{ "_start", "/bin/server" },
	};
	struct sample sample = an_incident("a", 1000);
	struct stack *stack = calloc(1, sizeof(*stack));
	const struct summary_group *group;

	assert_non_null(stack);
	for (; stack->count < 7; stack->count++) {
		stack->frames[stack->count].symbol = frames[stack->count].symbol;
		stack->frames[stack->count].module = frames[stack->count].module;
	}
	sample.incident.stack = stack;
	take(&sample);
	/* One without a stack does not remove it. */
	take_many("a", 1000, 1);
	group = find("a");
	assert_int_equal(group->frame_count, 4);
	assert_string_equal(group->frames[0], "send");
	assert_string_equal(group->frames[3], "main");
	free(stack);
}

/* --- the text --- */

static const struct ev_session session = { .host = "web-12" };

static char *text_of(const struct sink_summary *summary)
{
	const struct line_options options = { .session = &session, .text.time = TEXT_TIME_UTC };
	struct strbuf buf = { 0 };

	summary_table_view(table, &view);
	summary_add_table(&options, summary, &buf);
	assert_false(buf.failed);
	return buf.text;
}

static void the_whole_table(void **state)
{
	static const struct abilities abilities = {
		.count = 2,
		.list = { { .name = "signals" },
			  { .name = "closers",
			    .lost = "the process that closed a pipe or a unix socket, or shut one "
				    "down, and lives on" } },
	};
	struct sink_summary summary = {
		.incidents = 4,
		.repeats = 48207,
		.filtered = 3,
		.lost = 12,
		.unseen_by = { [SINK_UNSEEN_CPU_ADDED] = 7 },
		.first = { 1795269802, 117004518 },
		.last = { 1795269905, 0 },
		.duration_ns = UINT64_C(725000000000),
		.abilities = &abilities,
		.view = &view,
	};
	struct sample sample = an_incident("b", 1000);
	cleanup(cleanup_free) char *text = NULL;

	take_peer(NULL, "10.0.0.7", CONFIDENCE_UNKNOWN);
	take_peer(NULL, "10.0.0.7", CONFIDENCE_UNKNOWN);
	take_peer("head", NULL, CONFIDENCE_CERTAIN);
	take_repeat("a", CLASS_PROCESS_DIED, "server", 48207);
	strcpy(sample.incident.process.comm, "two words");
	strcpy(sample.incident.process.names.unit, "web.service");
	sample.explanation.severity = SEVERITY_ERROR;
	sample.explanation.class = CLASS_SERVICE_DIED;
	sample.explanation.code = "peer_closed_then_reset";
	take(&sample);
	text = text_of(&summary);
	assert_string_equal(
		text,
		"run        12 min 5 s on web-12: 2026-11-21 14:03:22 to 14:05:05 +00:00\n"
		"classes    1 service_died, 48,210 process_died\n"
		"\n"
		"      COUNT  LAST      PROGRAM          CAUSE                   CLASS\n"
		"          1  14:03:22  \"two words\"      peer_closed_then_reset  service_died\n"
		"             unit      web.service\n"
		"     48,210  14:05:00  server           unknown                 process_died\n"
		"             peer      10.0.0.7 (2 of 3)\n"
		"\n"
		"not shown  48,207 repeats (rate limit), 3 filtered\n"
		"lost       12 records, 7 calls at most on CPUs that were added\n"
		"cannot see the process that closed a pipe or a unix socket, or shut one down,\n"
		"           and lives on\n");
}

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");

		longest = length > longest ? length : longest;
		text += length + (text[length] == '\n');
	}
	return longest;
}

/* Names that others chose neither break a line nor make it longer than a terminal. */
static void hostile_names(void **state)
{
	struct sink_summary summary = { .incidents = 1, .view = &view };
	struct sample sample = an_incident("a", 1000);
	struct stack *stack = calloc(1, sizeof(*stack));
	cleanup(cleanup_free) char *text = NULL;
	char unit[EV_NAME_MAX], symbol[200];

	assert_non_null(stack);
	memset(unit, '\n', sizeof(unit));
	unit[sizeof(unit) - 1] = '\0';
	memset(symbol, '\033', sizeof(symbol));
	symbol[sizeof(symbol) - 1] = '\0';
	strcpy(sample.incident.process.comm, "\033[31m\n\n\n\n\n\n\n\n\n\n\n");
	memcpy(sample.incident.process.names.unit, unit, sizeof(unit));
	stack->count = 4;
	for (size_t i = 0; i < stack->count; i++)
		stack->frames[i].symbol = symbol;
	sample.incident.stack = stack;
	take(&sample);
	text = text_of(&summary);
	assert_null(strchr(text, '\033'));
	assert_true(longest_line(text) <= 80);
	assert_non_null(strstr(text, "\n             unit      \\n\\n"));
	assert_non_null(strstr(text, "...\n"));
	free(stack);
}

/* A wide character takes two columns. */
static void wide_names(void **state)
{
	struct sink_summary summary = { .incidents = 1, .view = &view };
	struct sample sample = an_incident("a", 1000);
	cleanup(cleanup_free) char *text = NULL;

	strcpy(sample.incident.process.comm, "日本語日本");
	take(&sample);
	text = text_of(&summary);
	assert_non_null(strstr(text, "  日本語日本       unknown "));
}

static void only_the_first_groups_are_shown(void **state)
{
	struct sink_summary summary = { .incidents = 1, .view = &view };
	cleanup(cleanup_free) char *few = NULL, *many = NULL;
	char name[EXPLANATION_GROUP_SIZE];

	for (unsigned int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "%u", i);
		take_many(name, 1000, i < 20 ? 3 : 2);
	}
	few = text_of(&summary);
	assert_non_null(strstr(few, "\n         20  in 10 more groups\n"));
	for (unsigned int i = 30; i < 200; i++) {
		snprintf(name, sizeof(name), "%u", i);
		take_many(name, 1000, 1);
	}
	many = text_of(&summary);
	assert_non_null(strstr(many, "\n        190  in up to 180 more groups\n"));
}

int main(void)
{
#define TABLE_TEST(name) cmocka_unit_test_setup_teardown(name, open_table, close_table)
	const struct CMUnitTest tests[] = {
		TABLE_TEST(counts_by_group_and_class),
		TABLE_TEST(a_row_has_one_class_program_and_unit),
		TABLE_TEST(order),
		TABLE_TEST(one_user_cannot_push_others_out),
		TABLE_TEST(nor_can_one_container),
		TABLE_TEST(the_most_frequent_peer),
		TABLE_TEST(a_likely_peer_is_not_named),
		TABLE_TEST(frames_with_names),
		TABLE_TEST(the_whole_table),
		TABLE_TEST(hostile_names),
		TABLE_TEST(wide_names),
		TABLE_TEST(only_the_first_groups_are_shown),
	};

	return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
