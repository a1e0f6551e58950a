// SPDX-License-Identifier: GPL-2.0-or-later
/* Is it one line whose fields a program can take apart, whatever the names in it? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "cleanup.h"
#include "samples.h"

static const struct sample_lines oneline = { .format = FORMAT_ONELINE };
static struct sample sample;

#define BEGIN "time=2026-11-21T14:03:22.117004Z host=web-12 event="

static void expect(const char *expected)
{
	cleanup(cleanup_free) char *line = sample_render(&oneline, &sample);

	assert_string_equal(line, expected);
}

/* The line holds PART, a field or several. */
static void expect_part(const char *part)
{
	cleanup(cleanup_free) char *line = sample_render(&oneline, &sample);

	if (!strstr(line, part))
		fail_msg("no '%s' in %s", part, line);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void test_classic(void **state)
{
	sample_tcp(&sample);
	strcpy(sample.explanation.group, "c1a7f0e2b3d4");
	expect(BEGIN
	       "killed class=process_died severity=warning signal=SIGPIPE comm=server pid=812 "
	       "unit=server.service call=write "
	       "fd=7 bytes=14 object=tcp local=127.0.0.1:8088 peer=127.0.0.1:51234 "
	       "peer_comm=nc cause=peer_closed_then_reset confidence=certain group=c1a7f0e2 "
	       "count=1\n");
}

static void test_nothing_known(void **state)
{
	sample_bare(&sample);
	expect(BEGIN
	       "killed class=process_died severity=warning signal=SIGPIPE comm=server pid=812 "
	       "unit=- call=- fd=- bytes=- "
	       "object=- local=- peer=- peer_comm=- cause=unknown confidence=unknown "
	       "group=- count=1\n");
}

static void test_hostile(void **state)
{
	sample_tcp(&sample);
	strcpy(sample.incident.process.comm, "a b");
	expect_part(" comm=\"a b\" ");
	strcpy(sample.incident.process.comm, "x=\"1\"");
	expect_part(" comm=\"x=\\\"1\\\"\" ");
	strcpy(sample.incident.process.comm, "a\\b");
	expect_part(" comm=\"a\\\\\\\\b\" ");
	strcpy(sample.incident.process.comm, "\n\x9b\x1b[0m");
	expect_part(" comm=\"\\\\n\\\\x9b\\\\x1b[0m\" ");
	strcpy(sample.incident.process.comm, "caf\xc3\xa9");
	expect_part(" comm=\"caf\xc3\xa9\" ");
	/* Neither is taken for one that is absent. */
	strcpy(sample.incident.process.comm, "");
	expect_part(" comm=\"\" ");
	strcpy(sample.incident.process.comm, "-");
	expect_part(" comm=\"-\" ");
	strcpy(sample.incident.process.names.unit, "a\\x2db.service");
	expect_part(" unit=\"a\\\\\\\\x2db.service\" ");
	strcpy(sample.incident.peer.comm, "p q");
	expect_part(" peer_comm=\"p q\" ");
	/* No name without a proof. */
	sample.incident.peer.confidence = CONFIDENCE_LIKELY;
	expect_part(" peer_comm=- ");
}

static void test_ends(void **state)
{
	struct incident_object *object = &sample.incident.object;

	sample_tcp(&sample);
	object->family = AF_INET6;
	strcpy(object->local_address, "2001:db8::1");
	object->peer_port = 0;
	expect_part(" object=tcp local=[2001:db8::1]:8088 peer=- ");
	strcpy(object->local_address, "fe80::1");
	strcpy(object->local_scope, "eth0");
	expect_part(" object=tcp local=[fe80::1%eth0]:8088 peer=- ");
	/* The root of a container chooses the names of its interfaces. */
	strcpy(object->local_scope, "a\033 x=\"");
	expect_part(" object=tcp local=\"[fe80::1%a\\\\x1b x=\\\"]:8088\" peer=- ");
	sample_write(&sample, EV_OBJECT_PIPE);
	expect_part(" object=pipe local=- peer=- ");
	sample_write(&sample, EV_OBJECT_VSOCK);
	object->vsock = (struct ev_vsock){ 2, 1024, UINT32_MAX, 5000, 3, 0 };
	expect_part(" object=vsock local=2:1024 peer=4294967295:5000 ");
	sample_write(&sample, EV_OBJECT_UNIX);
	expect_part(" object=unix local=- peer=- ");
	object->unix_.flags = EV_UNIX_PEER_HAVE | EV_UNIX_PATH_IS_PEER;
	memcpy(object->unix_.path, "/run/my x", 9);
	object->unix_.path_length = 9;
	expect_part(" local=- peer=\"/run/my x\" ");
	object->unix_.flags = EV_UNIX_PEER_HAVE | EV_UNIX_ABSTRACT;
	memcpy(object->unix_.path, "\0ab", 3);
	object->unix_.path_length = 3;
	expect_part(" local=@ab peer=- ");
	/* A file, no abstract name. */
	object->unix_.flags = EV_UNIX_PEER_HAVE;
	memcpy(object->unix_.path, "@ab", 4);
	object->unix_.path_length = 4;
	expect_part(" local=./@ab peer=- ");
	/* As long as it can be. */
	object->unix_.flags = EV_UNIX_PEER_HAVE;
	memset(object->unix_.path, 'x', sizeof(object->unix_.path));
	object->unix_.path_length = sizeof(object->unix_.path);
	expect_part("x peer=- ");
}

static void test_calls(void **state)
{
	struct incident_syscall *call = &sample.incident.syscall;

	sample_write(&sample, EV_OBJECT_FILE);
	call->name = NULL;
	call->number = 9999;
	call->fd = -1;
	expect_part(" call=9999 fd=- bytes=14 ");
	call->have = false;
	call->have_uring = true;
	call->uring_op = 23;
	expect_part(" call=IORING_OP_WRITE ");
}

static void expect_line(char *line, const char *expected)
{
	assert_string_equal(line, expected);
	free(line);
}

static void test_other_lines(void **state)
{
	struct sink_summary summary = {
		.incidents = 3, .repeats = 4, .ungrouped = 2, .filtered = 11, .lost = 5, .dropped = 6
	};
	const struct incident_named named = {
		.have = true, .pid = 812, .uid = 1000, .comm = "server", .unit = "web.service"
	};
	struct sink_repeat repeat = {
		.process = &named,
		.of = "5f0c2a91-000017",
		.group = "c1a7f0e2b3d4",
		.class = CLASS_CLIENT_GONE,
		.severity = SEVERITY_NOTICE,
		.count = 48211,
		.first = { 1795269802, 117004518 },
		.last = { 1795269804, 0 },
		.outcome = EV_OUTCOME_IGNORED,
	};

	expect_line(
		sample_render_repeat(&oneline, &repeat),
		"time=2026-11-21T14:03:24.000000Z host=web-12 event=repeat "
		"class=client_gone severity=notice of=5f0c2a91-000017 outcome=ignored first=2026-11-21T14:03:22.117004Z "
		"group=c1a7f0e2 comm=server pid=812 uid=1000 unit=web.service count=48211\n");
	repeat.of = repeat.group = NULL;
	repeat.class = 0;
	repeat.process = NULL;
	expect_line(sample_render_repeat(&oneline, &repeat),
		    "time=2026-11-21T14:03:24.000000Z host=web-12 event=repeat class=- "
		    "severity=- of=- "
		    "outcome=ignored first=2026-11-21T14:03:22.117004Z group=- comm=- "
		    "pid=- uid=- unit=- count=48211\n");
	expect_line(sample_render_lost(&oneline, 12),
		    "time=2026-11-21T14:03:24.000000Z host=web-12 event=lost count=12\n");
	expect_line(
		sample_render_summary(&oneline, &summary),
		"time=- host=web-12 event=summary incidents=3 repeats=4 ungrouped=2 filtered=11 "
		"lost=5 unseen=0 skipped_stacks=0 malformed=0 dropped=6 unwritten=0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classic), cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_ends),
		cmocka_unit_test(test_calls),	cmocka_unit_test(test_other_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
