// SPDX-License-Identifier: GPL-2.0-or-later
/* What is counted, and how both formats show it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "metrics.h"
#include "samples.h"

static struct metrics *metrics;
static struct metrics_numbers numbers;
static char *page;

static void read_numbers(void *context, struct metrics_numbers *ret_numbers)
{
	*ret_numbers = *(struct metrics_numbers *)context;
}

static int start_with(bool by_unit)
{
	const struct metrics_options options = { by_unit, read_numbers, &numbers };

	memset(&numbers, 0, sizeof(numbers));
	return metrics_new(&options, &metrics);
}

static int start(void **state)
{
	return start_with(false);
}

static int start_by_unit(void **state)
{
	return start_with(true);
}

static int end(void **state)
{
	metrics_free(metrics);
	cleanup_free(&page);
	page = NULL;
	return 0;
}

static void render(enum metrics_format format)
{
	struct strbuf buf = { 0 };

	metrics_render(metrics, format, &buf);
	assert_false(buf.failed);
	cleanup_free(&page);
	page = buf.text;
}

/* The page has LINE as a whole line. */
static void expect(const char *line)
{
	char text[512];

	snprintf(text, sizeof(text), "\n%s\n", line);
	if (!strstr(page, text))
		fail_msg("no %s in\n%s", line, page);
}

static void expect_none(const char *text)
{
	if (strstr(page, text))
		fail_msg("%s in\n%s", text, page);
}

static void count(enum ev_outcome outcome, enum incident_class class, enum severity severity)
{
	struct sample sample;

	sample_tcp(&sample);
	sample.incident.outcome = outcome;
	sample.explanation.class = class;
	sample.explanation.severity = severity;
	metrics_count_incident(metrics, &sample.incident, &sample.explanation);
}

static void by_each_label(void **state)
{
	count(EV_OUTCOME_KILLED, CLASS_SERVICE_DIED, SEVERITY_ERROR);
	count(EV_OUTCOME_KILLED, CLASS_PROCESS_DIED, SEVERITY_WARNING);
	count(EV_OUTCOME_IGNORED, CLASS_CLIENT_GONE, SEVERITY_INFO);
	render(METRICS_TEXT);
	expect("sigpath_incidents_total{class=\"service_died\"} 1");
	expect("sigpath_incidents_total{class=\"process_died\"} 1");
	expect("sigpath_incidents_total{class=\"client_gone\"} 1");
	expect("sigpath_incidents_total{class=\"pipeline_done\"} 0");
	expect("sigpath_incidents_by_severity_total{severity=\"info\"} 1");
	expect("sigpath_incidents_by_severity_total{severity=\"notice\"} 0");
	expect("sigpath_incidents_by_severity_total{severity=\"error\"} 1");
	expect("sigpath_incidents_by_outcome_total{outcome=\"killed\"} 2");
	expect("sigpath_incidents_by_outcome_total{outcome=\"ignored\"} 1");
	expect("sigpath_incidents_by_cause_total{cause=\"peer_closed_then_reset\"} 3");
	expect("sigpath_incidents_by_cause_total{cause=\"reader_closed\"} 0");
	expect("sigpath_incidents_by_object_total{object=\"tcp\"} 3");
	expect("sigpath_incidents_by_object_total{object=\"none\"} 0");
	expect("sigpath_last_incident_time_seconds 1795269802.117");
	expect("# TYPE sigpath_incidents_total counter");
	expect("# TYPE sigpath_build_info gauge");
	expect_none("unit");
	expect_none("# EOF");
}

/* None of what a process or a user chooses is a label. */
static void no_other_labels(void **state)
{
	struct sample sample;

	sample_tcp(&sample);
	metrics_count_incident(metrics, &sample.incident, &sample.explanation);
	render(METRICS_TEXT);
	expect_none("server");
	expect_none("812");
	expect_none("127.0.0.1");
	expect_none("5f0c2a91");
}

static void repeats(void **state)
{
	struct sink_repeat repeat = {
		.of = "5f0c2a91-000017",
		.of_time = { 1795269802, 117004518 },
		.count = 7,
		.last = { 1795269900, 0 },
		.outcome = EV_OUTCOME_KILLED,
		.class = CLASS_PROCESS_DIED,
	};

	metrics_count_repeat(metrics, &repeat);
	repeat.class = 0;
	repeat.of = NULL;
	metrics_count_repeat(metrics, &repeat);
	render(METRICS_OPENMETRICS);
	expect("sigpath_repeats_total{class=\"process_died\"} 7 # {incident_id=\"5f0c2a91-000017\"} 1 "
	       "1795269802.117");
	expect("sigpath_repeats_total{class=\"unknown\"} 7");
	expect("sigpath_repeats_by_outcome_total{outcome=\"killed\"} 14 # "
	       "{incident_id=\"5f0c2a91-000017\"} 1 1795269802.117");
	expect("sigpath_last_incident_time_seconds 1795269900.000");
	expect("sigpath_incidents_total{class=\"process_died\"} 0");
}

static void openmetrics(void **state)
{
	size_t length;

	count(EV_OUTCOME_KILLED, CLASS_SERVICE_DIED, SEVERITY_ERROR);
	render(METRICS_OPENMETRICS);
	expect("# TYPE sigpath_incidents counter");
	expect("# TYPE sigpath_build info");
	expect("sigpath_incidents_total{class=\"service_died\"} 1 # "
	       "{incident_id=\"5f0c2a91-000017\"} 1 1795269802.117");
	expect("sigpath_incidents_total{class=\"process_died\"} 0");
	length = strlen(page);
	assert_string_equal(page + length - 7, "\n# EOF\n");
}

static void hostile_numbers(void **state)
{
	struct sample sample;

	sample_bare(&sample);
	sample.incident.outcome = (enum ev_outcome)4000000000u;
	sample.incident.object.type = (enum ev_object_type)127;
	sample.explanation.class = (enum incident_class)128;
	sample.explanation.severity = (enum severity)4;
	sample.explanation.code = "not a cause";
	memset(sample.incident.id, 'x', sizeof(sample.incident.id) - 1);
	metrics_count_incident(metrics, &sample.incident, &sample.explanation);
	render(METRICS_OPENMETRICS);
	expect_none("xxx");
	expect_none("not a cause");
	expect_none("(null)");
}

static void by_unit(void **state)
{
	struct incident_named process = { .have = true };
	struct sink_repeat repeat = { .count = 3,
				      .outcome = EV_OUTCOME_KILLED,
				      .process = &process };
	struct sample sample;

	sample_tcp(&sample);
	strcpy(sample.incident.process.names.unit, "a\\x2d\"\n.service");
	metrics_count_incident(metrics, &sample.incident, &sample.explanation);
	sample.incident.outcome = EV_OUTCOME_IGNORED;
	metrics_count_incident(metrics, &sample.incident, &sample.explanation);
	strcpy(process.unit, "a\\x2d\"\n.service");
	metrics_count_repeat(metrics, &repeat);
	strcpy(process.unit, "b.service");
	metrics_count_repeat(metrics, &repeat);
	repeat.process = NULL;
	metrics_count_repeat(metrics, &repeat);
	render(METRICS_TEXT);
	expect("sigpath_unit_incidents_total{unit=\"a\\\\x2d\\\"\\n.service\"} 2");
	expect("sigpath_unit_repeats_total{unit=\"a\\\\x2d\\\"\\n.service\"} 3");
	expect("sigpath_unit_deaths_total{unit=\"a\\\\x2d\\\"\\n.service\"} 4");
	expect("sigpath_unit_repeats_total{unit=\"other\"} 3");
	expect("sigpath_unit_repeats_total{unit=\"none\"} 3");
}

static void own_numbers(void **state)
{
	static const struct abilities hooks = {
		.count = 2,
		.list = { { .name = "signals", .state = ABILITY_OK },
			  { .name = "closers", .state = ABILITY_DEGRADED } },
	};

	numbers = (struct metrics_numbers){
		.waiting = 1,
		.summary = {
			.lost = 2, .unseen = 3, .malformed = 4, .skipped_stacks = 5, .filtered = 6,
			.ungrouped = 7, .output_count = 2,
			.outputs = {
				{ .name = "/secret", .format = "json", .delivered = 10,
				  .dropped = 9, .waiting = 4, .failed = 8 },
				{ .name = "-", .format = "text", .dropped = 7, .waiting = 7, .is_gone = true },
			},
		},
	};
	metrics_note_hooks(metrics, &hooks);
	render(METRICS_TEXT);
	expect("sigpath_queue_records 1");
	expect("sigpath_records_lost_total 2");
	expect("sigpath_calls_unseen_total 3");
	expect("sigpath_records_malformed_total 4");
	expect("sigpath_stacks_skipped_total 5");
	expect("sigpath_incidents_filtered_total 6");
	expect("sigpath_repeats_ungrouped_total 7");
	expect("sigpath_sink_items_total{sink=\"1\",format=\"json\",result=\"delivered\"} 10");
	expect("sigpath_sink_items_total{sink=\"1\",format=\"json\",result=\"dropped\"} 5");
	expect("sigpath_sink_items_total{sink=\"1\",format=\"json\",result=\"failed\"} 8");
	expect("sigpath_sink_queue_items{sink=\"1\",format=\"json\"} 4");
	expect("sigpath_sink_reader_gone{sink=\"1\",format=\"json\"} 0");
	expect("sigpath_sink_reader_gone{sink=\"2\",format=\"text\"} 1");
	expect("sigpath_sink_items_total{sink=\"2\",format=\"text\",result=\"dropped\"} 7");
	expect("sigpath_sink_queue_items{sink=\"2\",format=\"text\"} 0");
	expect("sigpath_hook_info{hook=\"signals\",state=\"ok\"} 1");
	expect("sigpath_hook_info{hook=\"closers\",state=\"degraded\"} 1");
	expect("sigpath_running 1");
	expect_none("/secret");
	metrics_note_end(metrics);
	render(METRICS_TEXT);
	expect("sigpath_running 0");
}

static void nothing_asked_for(void **state)
{
	struct sample sample;

	sample_bare(&sample);
	metrics_count_incident(NULL, &sample.incident, &sample.explanation);
	metrics_count_repeat(NULL, &(struct sink_repeat){ .count = 1 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(by_each_label, start, end),
		cmocka_unit_test_setup_teardown(no_other_labels, start, end),
		cmocka_unit_test_setup_teardown(repeats, start, end),
		cmocka_unit_test_setup_teardown(openmetrics, start, end),
		cmocka_unit_test_setup_teardown(hostile_numbers, start, end),
		cmocka_unit_test_setup_teardown(by_unit, start_by_unit, end),
		cmocka_unit_test_setup_teardown(own_numbers, start, end),
		cmocka_unit_test(nothing_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
