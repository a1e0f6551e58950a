// SPDX-License-Identifier: GPL-2.0-or-later
/* Does an entry of each kind have the fields that docs/journal.md describes? */
#include "journal_case.h"

#include <sys/socket.h>

#include "stack_frames.h"

/* --- the kinds --- */

#define HEADLINE                                                                               \
	"event=killed class=process_died severity=warning signal=SIGPIPE comm=server "         \
	"pid=812 unit=server.service call=write fd=7 bytes=14 object=tcp "                     \
	"local=127.0.0.1:8088 peer=127.0.0.1:51234 peer_comm=nc "                              \
	"cause=peer_closed_then_reset confidence=certain group=c1a7f0e2 count=1\n"             \
	"2026-11-21 14:03:22.117 +00:00  server[812/815] killed by SIGPIPE in write(fd 7, 14 " \
	"bytes)   #c1a7f0\n"                                                                   \
	"    why     peer closed, then reset: it sent FIN 6.003 s before, "

static void test_incident(void **state)
{
	const struct field *message;

	sample_tcp(&sample);
	strcpy(sample.explanation.group, "c1a7f0e2b3d4");
	render();
	message = find("MESSAGE");
	assert_memory_equal(message->value, HEADLINE, strlen(HEADLINE));
	/* The last line has no newline, and no escape sequence of a terminal is in it. */
	assert_int_not_equal(message->value[message->length - 1], '\n');
	assert_null(memchr(message->value, '\033', message->length));
	expect("MESSAGE_ID", "7929ec275a65486a8d6b9acbdf3dc569");
	expect("PRIORITY", "4");
	expect("SYSLOG_IDENTIFIER", "sigpath");
	expect("OBJECT_SYSTEMD_UNIT", "server.service");
	expect("OBJECT_SYSTEMD_USER_UNIT", NULL);
	expect("SIGPATH_KIND", "incident");
	expect("SIGPATH_HOST", "web-12");
	expect("SIGPATH_BOOT_ID", "b1");
	expect("SIGPATH_SESSION", "5f0c2a91");
	expect("SIGPATH_ID", "5f0c2a91-000017");
	expect("SIGPATH_TIME", "2026-11-21T14:03:22.117004518Z");
	expect("SIGPATH_CLASS", "process_died");
	expect("SIGPATH_SEVERITY", "warning");
	expect("SIGPATH_OUTCOME", "killed");
	expect("SIGPATH_CAUSE", "peer_closed_then_reset");
	expect("SIGPATH_GROUP", "c1a7f0e2b3d4");
	expect("SIGPATH_COMM", "server");
	expect("SIGPATH_PID", "812");
	expect("SIGPATH_TID", "815");
	expect("SIGPATH_EXE", "/srv/app/server");
	expect("SIGPATH_CMDLINE", "./server --port 8088");
	expect("SIGPATH_UNIT", "server.service");
	expect("SIGPATH_SYSCALL", "write");
	expect("SIGPATH_FD", "7");
	expect("SIGPATH_OBJECT", "tcp");
	expect("SIGPATH_LOCAL_ADDRESS", "127.0.0.1");
	expect("SIGPATH_LOCAL_PORT", "8088");
	expect("SIGPATH_PEER_ADDRESS", "127.0.0.1");
	expect("SIGPATH_PEER_PORT", "51234");
	expect("SIGPATH_PEER_COMM", "nc");
	expect("SIGPATH_PEER_PID", "4321");
	expect("SIGPATH_PEER_CMDLINE", "nc -l");
	expect("SIGPATH_PEER_UNIT", "nc.service");
	expect("SIGPATH_PEER_CONFIDENCE", "certain");
	expect("SIGPATH_NOTE", "service_inactive");
	expect("SIGPATH_ADVICE", "ignore_sigpipe");
}

static void test_priorities(void **state)
{
	static const char *const priorities[] = { "6", "5", "4", "3" };

	sample_bare(&sample);
	for (int severity = SEVERITY_INFO; severity <= SEVERITY_ERROR; severity++) {
		sample.explanation.severity = (enum severity)severity;
		render();
		expect("PRIORITY", priorities[severity]);
	}
}

/* journald would add the names of whoever has the number by then. */
static void test_no_pid_of_the_dead(void **state)
{
	struct incident *incident = &sample.incident;

	sample_tcp(&sample);
	render();
	expect("OBJECT_PID", NULL);
	incident->outcome = EV_OUTCOME_IGNORED;
	render();
	expect("OBJECT_PID", "812");
	incident->process.pid_here = (struct incident_here){ .differs = true, .number = 7 };
	render();
	expect("OBJECT_PID", "7");
	expect("SIGPATH_PID", "812");
	expect("SIGPATH_PID_HERE", "7");
	incident->process.pid_here.number = 0;
	render();
	expect("OBJECT_PID", NULL);
	expect("SIGPATH_PID_HERE", NULL);
	incident->process.pid_here = (struct incident_here){ 0 };
	incident->end.state = EV_END_ENDED;
	incident->end.status = 3 << 8;
	render();
	expect("OBJECT_PID", NULL);
	expect("SIGPATH_END", "exited");
	expect("SIGPATH_END_STATUS", "3");
}

static void test_stack(void **state)
{
	static struct stack stack;

	sample_tcp(&sample);
	stack = (struct stack){ .complete = true, .count = 3 };
	stack.frames[0] = (struct stack_frame){ .symbol = "send\nSIGPATH_FORGED=1",
						.file = "/src/server.c",
						.line = 118 };
	stack.frames[1] = (struct stack_frame){ .symbol = "main", .module = "/srv/app/server" };
	stack.frames[2] = (struct stack_frame){ .address = 0x7f39 };
	sample.incident.stack = &stack;
	sample.incident.kernel_stack.count = 2;
	sample.incident.kernel_stack.frames[0] =
		(struct incident_kernel_frame){ .name = "sk_stream_error", .offset = 0x2d };
	sample.incident.kernel_stack.frames[1] = (struct incident_kernel_frame){ .address = 16 };
	render();
	expect("SIGPATH_STACK", "send\\nSIGPATH_FORGED=1  server.c:118\nmain  server\n0x7f39  ?");
	expect("SIGPATH_KERNEL_STACK", "sk_stream_error+0x2d\n0x10");
}

static void test_objects(void **state)
{
	struct incident_object *object = &sample.incident.object;

	sample_write(&sample, EV_OBJECT_UNIX);
	object->unix_.flags = EV_UNIX_PEER_HAVE | EV_UNIX_PATH_IS_PEER | EV_UNIX_ABSTRACT;
	memcpy(object->unix_.path, "\0a\nb", 4);
	object->unix_.path_length = 4;
	render();
	expect("SIGPATH_PEER_ADDRESS", "@a\\nb");
	expect("SIGPATH_LOCAL_ADDRESS", NULL);
	object->unix_.flags = EV_UNIX_PEER_HAVE;
	memcpy(object->unix_.path, "@ab", 4);
	render();
	expect("SIGPATH_PEER_ADDRESS", NULL);
	expect("SIGPATH_LOCAL_ADDRESS", "./@ab");
	sample_write(&sample, EV_OBJECT_VSOCK);
	object->vsock = (struct ev_vsock){ 2, 1024, UINT32_MAX, 5000, 3, 0 };
	render();
	expect("SIGPATH_LOCAL_ADDRESS", "2");
	expect("SIGPATH_PEER_ADDRESS", "4294967295");
	expect("SIGPATH_PEER_PORT", "5000");
	sample_tcp(&sample);
	object->family = AF_INET6;
	strcpy(object->local_address, "fe80::1");
	strcpy(object->local_scope, "e\nt");
	object->peer_port = 0;
	render();
	expect("SIGPATH_LOCAL_ADDRESS", "fe80::1%e\\nt");
	expect("SIGPATH_PEER_ADDRESS", NULL);
	sample_write(&sample, EV_OBJECT_FIFO);
	object->have_path = true;
	sample_set_path(&object->path, "/run/a=b");
	object->path.truncated = true;
	render();
	expect("SIGPATH_OBJECT_PATH", ".../"
				      "/run/a=b");
	sample.incident.missing[MISSING_STACK] = WHY_BEHIND;
	render();
	expect("SIGPATH_MISSING", "stack=behind");
}

static void test_repeat(void **state)
{
	const struct incident_named named = {
		.have = true, .pid = 812, .uid = 1000, .comm = "server", .unit = "a\\x2db.service"
	};
	struct sink_repeat repeat = {
		.process = &named,
		.of = "5f0c2a91-000017",
		.of_time = { 1795269802, 117004518 },
		.group = "c1a7f0e2b3d4",
		.class = CLASS_CLIENT_GONE,
		.severity = SEVERITY_INFO,
		.count = 48211,
		.first = { 1795269802, 117004518 },
		.last = { 1795269804, 0 },
		.outcome = EV_OUTCOME_IGNORED,
	};

	sample_tcp(&sample);
	sample_set_path(&sample.incident.process.cgroup,
			"/user.slice/user-7.slice/user@7.service/app.slice/a\\x2db.service");
	render();
	/* The names of journalctl, byte by byte. */
	expect("OBJECT_SYSTEMD_UNIT", "user@7.service");
	expect("OBJECT_SYSTEMD_USER_UNIT", "a\\x2db.service");
	strbuf_reset(&entry);
	journal_entry_repeat(entries, &repeat, &entry);
	read_entry();
	expect("MESSAGE",
	       "event=repeat class=client_gone severity=info of=5f0c2a91-000017 "
	       "outcome=ignored first=2026-11-21T14:03:22.117004Z group=c1a7f0e2 "
	       "comm=server pid=812 uid=1000 unit=\"a\\\\\\\\x2db.service\" count=48211\n"
	       "2026-11-21 14:03:24.000 +00:00  server[812] 48,211 more ignored in 1.883 s, like "
	       "#c1a7f0 of\n            14:03:22.117");
	expect("PRIORITY", "6");
	expect("OBJECT_SYSTEMD_UNIT", "user@7.service");
	expect("OBJECT_SYSTEMD_USER_UNIT", "a\\x2db.service");
	expect("SIGPATH_OF", "5f0c2a91-000017");
	expect("SIGPATH_COUNT", "48211");
	expect("SIGPATH_UNIT", "a\\x2db.service");
	expect("SIGPATH_TIME", "2026-11-21T14:03:24.000000000Z");
	/* The path of the cgroup of another one is not known. */
	repeat.of = "5f0c2a91-000018";
	repeat.class = 0;
	strbuf_reset(&entry);
	journal_entry_repeat(entries, &repeat, &entry);
	read_entry();
	expect("OBJECT_SYSTEMD_UNIT", NULL);
	expect("SIGPATH_CLASS", NULL);
	expect("SIGPATH_SEVERITY", NULL);
	expect("PRIORITY", "4");
}

/* What became of a core: under the unit of its incident. */
static void test_end(void **state)
{
	const struct incident_named named = {
		.have = true, .pid = 812, .uid = 1000, .comm = "server"
	};
	const struct incident_core core = { .state = CORE_NONE, .why = CORE_WHY_REFUSED };
	struct sink_end end = {
		.id = "5f0c2a91-000017",
		.time = { 1795269804, 0 },
		.have_of = true,
		.of_time = { 1795269802, 117004518 },
		.class = CLASS_SERVICE_DIED,
		.severity = SEVERITY_ERROR,
		.signal = 11,
		.process = &named,
		.core = &core,
	};

	sample_tcp(&sample);
	sample.incident.core = (struct incident_core){ .state = CORE_EXPECTED, .path = "/c/a=b" };
	sample.incident.link_count = 1;
	sample.incident.links[0] =
		(struct incident_link){ .what = LINK_PEER_DIED, .id = "5f0c2a91-000016" };
	render();
	expect("SIGPATH_CORE", "expected");
	expect("SIGPATH_CORE_WHY", NULL);
	expect("SIGPATH_CORE_PATH", "/c/a=b");
	expect("SIGPATH_LINK", "peer_died=5f0c2a91-000016");
	strbuf_reset(&entry);
	journal_entry_end(entries, &end, &entry);
	read_entry();
	expect("SIGPATH_KIND", "end");
	expect("SIGPATH_ID", "5f0c2a91-000017");
	expect("SIGPATH_CORE", "none");
	expect("SIGPATH_CORE_WHY", "refused");
	expect("SIGPATH_SIGNAL", "SIGSEGV");
	expect("SIGPATH_CLASS", "service_died");
	expect("OBJECT_SYSTEMD_UNIT", "server.service");
	/* The incident was the error. */
	expect("PRIORITY", "6");
	end.id = "5f0c2a91-000018";
	end.have_of = false;
	strbuf_reset(&entry);
	journal_entry_end(entries, &end, &entry);
	read_entry();
	expect("OBJECT_SYSTEMD_UNIT", NULL);
	expect("SIGPATH_CLASS", NULL);
}

/* The capture of another host says nothing about the units of this one. */
static void test_another_boot(void **state)
{
	const struct line_options options = { .session = &session, .text.time = TEXT_TIME_UTC };
	struct journal_entries *here = entries;

	entries = journal_entries_new(&options, false);
	sample_tcp(&sample);
	sample.incident.outcome = EV_OUTCOME_IGNORED;
	render();
	expect("OBJECT_SYSTEMD_UNIT", NULL);
	expect("OBJECT_PID", NULL);
	expect("SIGPATH_UNIT", "server.service");
	journal_entries_free(entries);
	entries = here;
}

static void test_lost_and_summary(void **state)
{
	struct sink_summary summary = { .incidents = 3, .repeats = 4, .filtered = 11 };

	strbuf_reset(&entry);
	journal_entry_lost(entries, 12, (struct timespec){ 1795269804, 0 }, &entry);
	read_entry();
	expect("MESSAGE", "event=lost count=12");
	expect("MESSAGE_ID", "3e87acfc3a1e4093996972e58af634b4");
	expect("PRIORITY", "4");
	expect("SIGPATH_COUNT", "12");
	for (uint64_t dropped = 0; dropped < 2; dropped++) {
		summary.dropped = dropped;
		strbuf_reset(&entry);
		journal_entry_summary(entries, &summary, &entry);
		read_entry();
		expect("SIGPATH_INCIDENTS", "3");
		expect("SIGPATH_FILTERED", "11");
		expect("SIGPATH_TIME", NULL);
		expect("PRIORITY", dropped ? "4" : "6");
	}
}

static void test_start(void **state)
{
	static struct abilities abilities = {
		.count = 3,
		.list = { { .name = "signals", .state = ABILITY_OK },
			  { .name = "a", .state = ABILITY_DEGRADED, .lost = "some" },
			  { .name = "b", .state = ABILITY_MISSING, .lost = "more" } },
	};
	static struct incident_cmdline cmdline;
	static const char *const args[] = { "sigpath", "--to", "journal", NULL };
	const struct sink_start start = { { 1795269804, 0 }, &cmdline, &abilities };

	sample_set_cmdline(&cmdline, args);
	strbuf_reset(&entry);
	journal_entry_start(entries, &start, &entry);
	read_entry();
	expect("MESSAGE", "event=start version=" SIGPATH_VERSION
			  " kernel=6.1.0 degraded=a missing=b\n    a: some\n    b: more");
	expect("SIGPATH_CMDLINE", "sigpath --to journal");
	expect("SIGPATH_KERNEL", "6.1.0");
	expect("SIGPATH_MACHINE", "x86_64");
	expect("SIGPATH_HOOK_DEGRADED", "a");
	expect("SIGPATH_HOOK_MISSING", "b");
}

/* Without memory an entry is not half of one. */
static void test_no_memory(void **state)
{
	char small[200];
	struct strbuf part = STRBUF_IN(small);

	sample_tcp(&sample);
	journal_entry_incident(entries, &sample.incident, &sample.explanation, &part);
	assert_true(part.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_incident),
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_no_pid_of_the_dead),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_another_boot),
		cmocka_unit_test(test_lost_and_summary),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
