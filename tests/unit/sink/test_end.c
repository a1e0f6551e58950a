// SPDX-License-Identifier: GPL-2.0-or-later
/* What became of a core, in every format; and the core and the links of an incident. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "json_tree.h"
#include "syslog_message.h"

static const struct sample_lines text = { .format = FORMAT_TEXT,
					  .options = { .text.time = TEXT_TIME_UTC } };
static const struct sample_lines oneline = { .format = FORMAT_ONELINE };

static struct incident_core core;
static struct incident_named named;
static struct sink_end end;
static struct sample sample;

static int set_up(void **state)
{
	named = (struct incident_named){
		.have = true, .pid = 812, .uid = 1000, .comm = "server", .unit = "web.service"
	};
	core = (struct incident_core){ .state = CORE_WRITTEN,
				       .target = CORE_TARGET_FILE,
				       .have_pattern = true,
				       .pattern = "/var/core/core.%p",
				       .path = "/var/core/core.812" };
	end = (struct sink_end){
		.id = "5f0c2a91-000017",
		.time = { 1795269803, 842000000 },
		.have_of = true,
		.of_time = { 1795269802, 117004518 },
		.class = CLASS_SERVICE_DIED,
		.severity = SEVERITY_ERROR,
		.signal = 11,
		.process = &named,
		.have_after = true,
		.after_ns = 1724995482,
		.core = &core,
	};
	return 0;
}

static void expect_end(const struct sample_lines *lines, const char *expected)
{
	cleanup(cleanup_free) char *line = sample_render_end(lines, &end);

	assert_string_equal(line, expected);
}

static void test_lines(void **state)
{
	expect_end(&text, "14:03:23.842 (core of server[812], killed at 14:03:22.117: written: "
			  "/var/core/core.812)\n");
	expect_end(&oneline,
		   "time=2026-11-21T14:03:23.842000Z host=web-12 event=end class=service_died "
		   "severity=error id=5f0c2a91-000017 signal=SIGSEGV comm=server pid=812 uid=1000 "
		   "unit=web.service core=written why=- path=/var/core/core.812\n");
	expect_end(
		&json,
		"{\"schema\":\"sigpath/2\",\"kind\":\"end\",\"id\":\"5f0c2a91-000017\","
		"\"time\":\"2026-11-21T14:03:23.842000000Z\",\"host\":\"web-12\","
		"\"boot_id\":\"3f0d6f0e-5c55-4c8e-a6a1-0f6b0f6c1f5a\",\"session\":\"5f0c2a91\","
		"\"version\":\"" SIGPATH_VERSION
		"\",\"class\":\"service_died\",\"severity\":\"error\",\"signal\":\"SIGSEGV\","
		"\"process\":{\"pid\":812,\"comm\":\"server\",\"exe_inode\":null,\"pid_here\":812,"
		"\"uid\":1000,\"cgroup\":null,\"unit\":\"web.service\"},\"after_us\":1724995,"
		"\"core\":{\"state\":\"written\",\"code\":null,\"reason\":null,"
		"\"target\":\"file\",\"pattern\":\"/var/core/core.%p\","
		"\"path\":\"/var/core/core.812\"}}\n");
}

/* Its incident is in another file, and nothing else is known. */
static void test_alone(void **state)
{
	end.have_of = end.have_after = false;
	core = (struct incident_core){ .state = CORE_UNKNOWN, .why = CORE_WHY_UNSEEN };
	expect_end(&text, "14:03:23.842 (core of server[812]: unknown: the process is gone, and no "
			  "hook saw its end)\n");
	expect_end(&oneline,
		   "time=2026-11-21T14:03:23.842000Z host=web-12 event=end class=- severity=- "
		   "id=5f0c2a91-000017 signal=SIGSEGV comm=server pid=812 uid=1000 "
		   "unit=web.service core=unknown why=unseen path=-\n");
	free(sample_render_end(&json, &end));
}

static void expect_core(const char *expected)
{
	sample_bare(&sample);
	sample.incident.core = core;
	sample_expect_line(&text, &sample, "    core", expected);
	/* For the schema. */
	free(sample_render(&json, &sample));
}

static void test_places(void **state)
{
	core.state = CORE_EXPECTED;
	expect_core("    core    expected: /var/core/core.812");
	core.state = CORE_BEING_WRITTEN;
	strcpy(core.path, "core");
	expect_core("    core    being written: core, in its working directory");
	core.path[0] = '\0';
	strcpy(core.pattern, "core.%t");
	expect_core("    core    being written: kernel.core_pattern is core.%t");
	core.target = CORE_TARGET_PROGRAM;
	strcpy(core.pattern, "|/usr/share/apport/apport -p%p");
	expect_core("    core    being written: /usr/share/apport/apport takes it");
	core.state = CORE_WRITTEN;
	expect_core("    core    written: /usr/share/apport/apport took it");
	strcpy(core.pattern, "|/bin/%e");
	expect_core("    core    written: a program took it");
	core.target = CORE_TARGET_SOCKET;
	strcpy(core.pattern, "@@/run/crash.socket");
	core.state = CORE_EXPECTED;
	expect_core("    core    expected: the socket /run/crash.socket");
	core.state = CORE_NONE;
	core.why = CORE_WHY_NO_PROGRAM;
	expect_core("    core    none: the program in kernel.core_pattern does not exist");
}

/* No line says what nobody asked. */
static void test_no_news(void **state)
{
	cleanup(cleanup_free) char *line = NULL;

	sample_bare(&sample);
	sample.incident.core.state = CORE_NONE;
	sample.incident.core.why = CORE_WHY_SIGNAL;
	line = sample_render(&text, &sample);
	assert_null(strstr(line, "    core"));
}

/* The process chose its name, and so a part of the path. */
static void test_forged(void **state)
{
	strcpy(named.comm, "a[1]: written");
	strcpy(core.path, "/c/x)\n14:03:23.842 (core");
	expect_end(&text, "14:03:23.842 (core of \"a[1]: written\"[812], killed at 14:03:22.117: "
			  "written: \"/c/x)\\n14:03:23.842 (core\")\n");
	strcpy(core.path, "/c/x y=1");
	expect_end(
		&oneline,
		"time=2026-11-21T14:03:23.842000Z host=web-12 event=end class=service_died "
		"severity=error id=5f0c2a91-000017 signal=SIGSEGV comm=\"a[1]: written\" pid=812 "
		"uid=1000 unit=web.service core=written why=- path=\"/c/x y=1\"\n");
	core.path[0] = '\0';
	strcpy(core.pattern, "a\n    cause       none");
	core.state = CORE_EXPECTED;
	expect_core("    core    expected: kernel.core_pattern is \"a\\n    cause       none\"");
	core.target = CORE_TARGET_PROGRAM;
	strcpy(core.pattern, "|/bin/\x1b[1m");
	expect_core("    core    expected: /bin/\\x1b[1m takes it");
}

/* For a server, and for the local one. */
static void test_syslog(void **state)
{
	static struct ev_session session = { .id = 0x5f0c2a91, .host = "web-12" };
	struct syslog_format format = { .session = &session, .size = SYSLOG_SIZE_DEFAULT };
	static const char sentence[] = "] core of \"a]\\\"b\"[812]: written: \"/c/]\\\"\\n\"";
	struct strbuf buf = { 0 };

	strcpy(named.comm, "a]\"b");
	strcpy(core.path, "/c/]\"\n");
	syslog_add_end(&format, &end, &buf);
	assert_non_null(strstr(buf.text, " end [sigpath@32473 "));
	assert_non_null(strstr(buf.text, " id=\"5f0c2a91-000017\" core=\"written\" "
					 "core_path=\"/c/\\]\\\"\\\\n\" class="));
	assert_string_equal(buf.text + buf.length - strlen(sentence), sentence);
	syslog_format_free(&format);
	format.is_local = true;
	strbuf_reset(&buf);
	syslog_add_end(&format, &end, &buf);
	assert_non_null(strstr(buf.text, "\"kind\":\"end\",\"id\":\"5f0c2a91-000017\","));
	assert_null(strchr(buf.text, '\n'));
	syslog_format_free(&format);
	strbuf_free(&buf);
}

static void test_links(void **state)
{
	struct incident_link *link = sample.incident.links;
	struct json_object *tree;

	sample_bare(&sample);
	sample.incident.link_count = 2;
	link[0] = (struct incident_link){
		.what = LINK_PEER_DIED,
		.id = "5f0c2a91-000016",
		.time = { 1795269802, 114000000 },
		.pid = 813,
		.comm = "a]: b",
		.signal = 9,
		.outcome = EV_OUTCOME_KILLED,
	};
	link[1] = link[0];
	link[1].what = LINK_PEER_WROTE;
	link[1].outcome = EV_OUTCOME_SUPPRESSED;
	sample_expect_line(&text, &sample, "    related",
			   "    related 14:03:22.114 SIGKILL killed \"a]: b\"[813]: it was at the "
			   "other end (5f0c2a91-000016)");
	tree = render(&sample);
	expect(tree, "/links",
	       "[{\"what\":\"peer_died\",\"incident\":\"5f0c2a91-000016\"},"
	       "{\"what\":\"peer_wrote\",\"incident\":\"5f0c2a91-000016\"}]");
	json_object_put(tree);
	link[0].what = LINK_SAME_SIGNAL;
	sample_expect_line(
		&text, &sample, "    related",
		"    related 14:03:22.114 SIGKILL killed \"a]: b\"[813]: the same signal, "
		"when it was generated");
	tree = render(&sample);
	expect(tree, "/links/0/what", "\"same_signal\"");
	json_object_put(tree);
}

/* -s fatal: the time is that of the signal, and the process died later. */
static void test_held_back(void **state)
{
	cleanup(cleanup_free) char *soon = NULL;

	sample_bare(&sample);
	sample.incident.outcome = EV_OUTCOME_KILLED;
	sample.incident.death = (struct incident_death){
		.have = true,
		.stage = EV_STAGE_DELIVERED,
		.have_after = true,
		.after_ns = UINT64_C(1200000000),
	};
	sample_expect_line(&text, &sample, "    end",
			   "    end     killed by SIGPIPE, 1.200 s later");
	sample.incident.death.after_ns = 100000;
	soon = sample_render(&text, &sample);
	assert_null(strstr(soon, "later"));
}

static void expect_no_stop(void)
{
	cleanup(cleanup_free) char *lines = sample_render(&text, &sample);

	assert_null(strstr(lines, "    after"));
}

/* What had asked for the end, unless the sentence about the sender says it. */
static void test_stop(void **state)
{
	struct incident_sender *sender = &sample.incident.signal.sender;
	struct json_object *tree;

	sample_bare(&sample);
	sample.incident.stop = (struct incident_stop){
		.have = true,
		.number = 15,
		.outcome = EV_OUTCOME_HANDLED,
		.ago_ns = 1203000000,
		.pid = 1,
		.comm = "x]: \033",
	};
	sample_expect_line(
		&text, &sample, "    after",
		"    after   SIGTERM from \"x]: \\x1b\"[1] uid 0, 1.203 s before: it went to "
		"a handler");
	tree = render(&sample);
	expect(tree, "/stop",
	       "{\"signal\":\"SIGTERM\",\"ago_us\":1203000,\"outcome\":\"handled\",\"pid\":1,"
	       "\"pid_here\":1,\"comm\":\"x]: \\\\x1b\",\"uid\":0}");
	json_object_put(tree);
	sample.incident.subject = EV_SUBJECT_SENT;
	sender->have = true;
	sender->pid = 900;
	sender->stop = sample.incident.stop;
	expect_no_stop();
	sender->stop.ago_ns++;
	sample_expect_line(
		&text, &sample, "    after",
		"    after   SIGTERM from \"x]: \\x1b\"[1] uid 0, 1.203 s before: it went to "
		"a handler");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, set_up)
	static const struct CMUnitTest tests[] = {
		CASE(test_lines),   CASE(test_alone),  CASE(test_places),
		CASE(test_no_news), CASE(test_forged), CASE(test_links),
		CASE(test_syslog),  CASE(test_stop),   CASE(test_held_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
