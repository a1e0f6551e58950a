// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of JSON that are no incidents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "json_tree.h"
#include "summary.h"

#define ORIGIN                                                                      \
	"\"host\":\"web-12\",\"boot_id\":\"3f0d6f0e-5c55-4c8e-a6a1-0f6b0f6c1f5a\"," \
	"\"session\":\"5f0c2a91\",\"version\":\"" SIGPATH_VERSION "\","

/* What a repeat is like, and where any line comes from. */
static void test_repeat(void **state)
{
	const struct incident_named named = {
		.have = true,
		.pid = 812,
		.uid = 1000,
		.exe_inode = 17,
		.comm = "server",
		.cgroup = "web.service",
		.unit = "web.service",
	};
	struct sink_repeat repeat = {
		.process = &named,
		.of = "5f0c2a91-000017",
		.group = "c1a7f0e2b3d4",
		.class = CLASS_SERVICE_DIED,
		.severity = SEVERITY_ERROR,
		.count = 48211,
		.first = { 1795269802, 117004518 },
		.last = { 1795269804, 0 },
		.outcome = EV_OUTCOME_IGNORED,
	};
	cleanup(cleanup_free) char *line = sample_render_repeat(&json, &repeat);

	assert_string_equal(
		line,
		"{\"schema\":\"sigpath/2\",\"kind\":\"repeat\"," ORIGIN
		"\"of\":\"5f0c2a91-000017\",\"group\":\"c1a7f0e2b3d4\","
		"\"class\":\"service_died\",\"severity\":\"error\","
		"\"outcome\":\"ignored\",\"several\":false,"
		"\"process\":{\"pid\":812,\"comm\":\"server\",\"exe_inode\":17,\"pid_here\":812,"
		"\"uid\":1000,\"cgroup\":\"web.service\",\"unit\":\"web.service\"},"
		"\"count\":48211,"
		"\"first\":\"2026-11-21T14:03:22.117004518Z\","
		"\"last\":\"2026-11-21T14:03:24.000000000Z\"}\n");
}

/* Of several groups, or of one whose incident is not known. */
static void test_repeat_without_class(void **state)
{
	struct sink_repeat repeat = {
		.count = 1,
		.first = { 1795269802, 0 },
		.last = { 1795269804, 0 },
		.outcome = EV_OUTCOME_IGNORED,
		.several = true,
	};
	cleanup(cleanup_free) char *line = sample_render_repeat(&json, &repeat);

	assert_non_null(
		strstr(line, "\"of\":null,\"group\":null,\"class\":null,\"severity\":null,"));
}

static const struct summary_view view = {
	.classes = { [0] = 1, [CLASS_CLIENT_GONE] = 40 },
	.group_count = 2,
	.groups = { { .name = "0123456789ab",
		      .count = 40,
		      .incidents = 2,
		      .class = CLASS_CLIENT_GONE,
		      .severity = SEVERITY_INFO,
		      .first = { 1795269802, 0 },
		      .last = { 1795269804, 0 },
		      .named = true,
		      .uid = 1000,
		      .comm = "a\nb",
		      .unit = "web.service",
		      .cause = "peer_gone",
		      .frame_count = 2,
		      .frames = { "send", "main" },
		      .peers = { { 1, "head", "" }, { 2, "", "10.0.0.7" } } },
		    { .name = "ba9876543210", .count = 1 } },
	.more_groups = 3,
	.more_count = 5,
};

static void test_other_lines(void **state)
{
	static const struct abilities abilities = {
		.count = 2,
		.list = { { .name = "signals" },
			  { .name = "closers", .state = ABILITY_DEGRADED, .lost = "who" } },
	};
	struct sink_summary summary = {
		.incidents = 3,
		.repeats = 4,
		.ungrouped = 2,
		.filtered = 11,
		.lost = 5,
		.malformed = 6,
		.dropped = 9,
		.unwritten = 7,
		.output_count = 1,
		.outputs = { { "a \"b\".jsonl", "json", 1, 9, 7, false, 3, 2, 6 } },
		.unseen = 8,
		.unseen_by = { 1, 7, 2, 3 },
		.duration_ns = 1500499,
		.abilities = &abilities,
		.view = &view,
		.first = { 1795269802, 117004518 },
		.last = { 1795269804, 0 },
	};
	cleanup(cleanup_free) char *lost = sample_render_lost(&json, UINT64_MAX);
	cleanup(cleanup_free) char *some = sample_render_summary(&json, &summary);

	assert_string_equal(lost, "{\"schema\":\"sigpath/2\",\"kind\":\"lost\","
				  "\"time\":\"2026-11-21T14:03:24.000000000Z\"," ORIGIN
				  "\"count\":18446744073709551615}\n");
	assert_string_equal(
		some,
		"{\"schema\":\"sigpath/2\",\"kind\":\"summary\"," ORIGIN "\"incidents\":3,"
		"\"repeats\":4,\"ungrouped\":2,\"filtered\":11,\"lost\":5,\"unseen\":8,\"skipped_stacks\":0,\"malformed\":6,\"dropped\":9,\"unwritten\":7,"
		"\"first\":\"2026-11-21T14:03:22.117004518Z\","
		"\"last\":\"2026-11-21T14:03:24.000000000Z\","
		"\"outputs\":[{\"name\":\"a \\\"b\\\".jsonl\",\"format\":\"json\",\"delivered\":1,"
		"\"dropped\":9,\"failed\":7,\"reasons\":{\"queue_full\":4,\"run_ended\":3,\"reader_gone\":0,"
		"\"spool_full\":2,\"refused\":6,\"write_failed\":1}}],"
		"\"duration_us\":1500,\"unseen_reasons\":{\"preempted\":1,\"cpu_added\":7,\"children\":2,"
		"\"history\":3},\"limits\":[{\"name\":\"closers\",\"state\":\"degraded\",\"lost\":\"who\"}],"
		"\"classes\":[{\"class\":null,\"count\":1},{\"class\":\"client_gone\",\"count\":40}],"
		"\"groups\":[{\"group\":\"0123456789ab\",\"class\":\"client_gone\",\"severity\":\"info\","
		"\"count\":40,\"incidents\":2,\"comm\":\"a\\\\nb\",\"uid\":1000,\"unit\":\"web.service\","
		"\"cause\":\"peer_gone\",\"top_peer\":{\"comm\":null,\"address\":\"10.0.0.7\",\"count\":2},"
		"\"first\":\"2026-11-21T14:03:22.000000000Z\",\"last\":\"2026-11-21T14:03:24.000000000Z\","
		"\"stack\":[\"send\",\"main\"]},{\"group\":\"ba9876543210\",\"class\":null,"
		"\"severity\":null,\"count\":1,\"incidents\":0,\"comm\":null,\"uid\":null,\"unit\":null,"
		"\"cause\":null,\"top_peer\":null,\"first\":null,\"last\":null,\"stack\":[]}],"
		"\"more_groups\":{\"groups\":3,\"count\":5}}\n");
}

static void test_an_empty_summary(void **state)
{
	struct sink_summary none = { 0 };
	cleanup(cleanup_free) char *empty = sample_render_summary(&json, &none);

	assert_string_equal(
		empty,
		"{\"schema\":\"sigpath/2\",\"kind\":\"summary\"," ORIGIN "\"incidents\":0,"
		"\"repeats\":0,\"ungrouped\":0,\"filtered\":0,\"lost\":0,\"unseen\":0,\"skipped_stacks\":0,\"malformed\":0,\"dropped\":0,\"unwritten\":0,"
		"\"first\":null,\"last\":null,\"outputs\":[],\"duration_us\":null,"
		"\"unseen_reasons\":{\"preempted\":0,\"cpu_added\":0,\"children\":0,\"history\":0},"
		"\"limits\":null,\"classes\":null,\"groups\":null,\"more_groups\":null}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_repeat_without_class),
		cmocka_unit_test(test_other_lines),
		cmocka_unit_test(test_an_empty_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
