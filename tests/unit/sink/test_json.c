// SPDX-License-Identifier: GPL-2.0-or-later
/* Incidents as JSON, without their objects (test_json_objects.c); the other lines are in
 * test_json_lines.c. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "cleanup.h"
#include "json_tree.h"
#include "stack_frames.h"

#define NO_NAMES                                                                                   \
	"\"container_name\":null,\"container_runtime\":null,\"container_user\":null,\"pod_name\":" \
	"null,\"pod_namespace\":null,"

static struct sample sample;

static void test_classic(void **state)
{
	cleanup(cleanup_free) char *line = NULL;

	sample_tcp(&sample);
	line = sample_render(&json, &sample);
	assert_string_equal(
		line,
		"{\"schema\":\"sigpath/2\",\"kind\":\"incident\",\"id\":\"5f0c2a91-000017\","
		"\"group\":null,\"time\":\"2026-11-21T14:03:22.117004518Z\",\"host\":\"web-12\","
		"\"boot_id\":\"3f0d6f0e-5c55-4c8e-a6a1-0f6b0f6c1f5a\",\"session\":\"5f0c2a91\","
		"\"version\":\"" SIGPATH_VERSION "\",\"class\":\"process_died\","
		"\"severity\":\"warning\",\"subject\":\"write\",\"outcome\":\"killed\","
		"\"signal\":{\"name\":\"SIGPIPE\",\"number\":13,\"code\":null,\"code_name\":null,"
		"\"origin\":\"kernel\",\"site\":\"sk_stream_error\",\"sender\":null,\"terminal\":null,"
		"\"target\":\"thread\",\"disposition\":\"default\","
		"\"disposition_text\":\"default: the process is terminated,"
		" no core is written (a shell shows 141)\",\"handler\":null,\"handler_symbol\":null,"
		"\"handler_module\":null,\"blocked\":false,\"result\":\"delivered\"},"
		"\"process\":{\"pid\":812,\"tid\":815,\"comm\":\"server\",\"thread\":\"server\","
		"\"ppid\":0,\"pgid\":0,\"parent_comm\":\"\",\"uid\":1000,\"gid\":1000,"
		"\"exe\":\"/srv/app/server\",\"exe_deleted\":false,\"cmdline\":[\"./server\","
		"\"--port\",\"8088\"],\"redacted\":false,\"start_time\":\"2026-11-21T14:00:01.220000000Z\","
		"\"pid_here\":812,\"tid_here\":815,\"ppid_here\":null,\"pgid_here\":null,"
		"\"ns_pid\":812,\"ns_tid\":0,\"pid_ns\":0,\"net_ns\":0,\"mnt_ns\":0,"
		"\"tracer_pid\":null,\"tracer_pid_here\":null,\"cgroup\":{\"id\":5123,"
		"\"path\":\"/system.slice/server.service\"},\"unit\":\"server.service\","
		"\"container\":null,\"pod\":null," NO_NAMES
		"\"runtime\":null},\"syscall\":{\"name\":\"write\","
		"\"number\":1,\"abi\":\"x86_64\",\"fd\":7,\"bytes\":14,\"flags\":[],"
		"\"io_uring\":null},\"object\":{\"type\":\"tcp\",\"inode\":90311,"
		"\"nonblocking\":false,\"fd_moved\":false,\"family\":\"inet\",\"state\":\"CLOSE\","
		"\"error\":null,\"shutdown\":[\"read\",\"write\"],\"soft_error\":null,"
		"\"local\":{\"address\":\"127.0.0.1\",\"scope\":null,\"port\":8088},"
		"\"peer\":{\"address\":\"127.0.0.1\",\"scope\":null,\"port\":51234},\"earlier_error\":null,"
		"\"bytes_sent\":13,\"bytes_acked\":0,\"bytes_received\":0,\"bytes_retrans\":0,"
		"\"unacked_bytes\":13,\"retransmits\":0,\"ulp\":null},\"peer_process\":{\"pid\":4321,"
		"\"tid\":4322,\"comm\":\"nc\",\"exe\":\"/bin/nc\",\"cmdline\":[\"nc\",\"-l\"],\"redacted\":false,"
		"\"uid\":1001,\"start_time\":\"2026-11-21T14:00:03.000000000Z\","
		"\"pid_here\":4321,\"tid_here\":4322,\"unit\":\"nc.service\",\"container\":null,\"pod\":null," NO_NAMES
		"\"how\":\"closed\","
		"\"how_text\":\"closed the other end\",\"confidence\":\"certain\",\"ago_us\":6003100,"
		"\"exit\":{\"code\":null,\"signal\":\"SIGSEGV\"},\"incident\":null},\"cause\":{\"code\":\"peer_closed_then_reset\","
		"\"confidence\":\"certain\",\"text\":\"peer closed,"
		" then reset: it sent FIN 6.003 s before, we wrote 13 bytes 1.001 s before,"
		" it answered RST\",\"timeline\":[{\"ago_us\":6003100,\"what\":\"fin_received\"},"
		"{\"ago_us\":1001400,\"what\":\"last_write\",\"bytes\":13}]},"
		"\"oom\":null,\"limit\":null,\"seccomp\":null,\"namespace_end\":null,\"stop\":null,\"links\":[],\"stack\":null,"
		"\"fault\":null,\"abort\":null,\"core\":null,"
		"\"end\":null,\"death\":null,\"notes\":[{\"code\":\"service_inactive\","
		"\"text\":\"systemd takes it for a clean exit\"}],"
		"\"advice\":[{\"code\":\"ignore_sigpipe\",\"text\":\"ignore SIGPIPE at start-up,"
		" or use MSG_NOSIGNAL; then handle EPIPE as a closed connection\"}],"
		"\"missing\":[{\"field\":\"process.runtime\",\"code\":\"not_recorded\","
		"\"text\":\"not recorded\"},{\"field\":\"stack\",\"code\":\"not_recorded\","
		"\"text\":\"not recorded\"}]}\n");
}

/*
 * Each null for an unknown value has a reason. An earlier stage's reason has priority over the
 * sink's.
 */
static void test_unknown(void **state)
{
	struct json_object *tree;

	sample_bare(&sample);
	sample.incident.process.start.tv_sec = 0;
	incident_note_missing(&sample.incident, MISSING_CMDLINE, WHY_NO_MEMORY);
	sample.incident.object.status = EV_OBJECT_NO_FD;
	sample.incident.syscall.fd_status = EV_FD_NO_SYSCALL;
	tree = render(&sample);
	expect(tree, "/syscall", "null");
	expect_missing(tree, "syscall", "no_syscall");
	expect(tree, "/object", "null");
	expect_missing(tree, "object", "fd_unknown");
	expect(tree, "/process/cmdline", "null");
	expect_missing(tree, "process.cmdline", "no_memory");
	expect(tree, "/process/exe", "null");
	expect_missing(tree, "process.exe", "not_recorded");
	expect(tree, "/process/cgroup/path", "null");
	expect_missing(tree, "process.cgroup.path", "not_recorded");
	expect_missing(tree, "process.container", "no_cgroup");
	expect_missing(tree, "process.start_time", "not_recorded");
	expect_missing(tree, "signal.site", "not_recorded");
	expect_missing(tree, "peer_process", "not_recorded");
	expect(tree, "/peer_process", "null");
	json_object_put(tree);
}

static void test_call(void **state)
{
	struct incident_syscall *call = &sample.incident.syscall;
	struct json_object *tree;

	sample_write(&sample, EV_OBJECT_FILE);
	call->name = NULL;
	call->abi = EV_ABI_I386;
	call->have_bytes = call->have_fd = false;
	call->fd_status = EV_FD_UNREADABLE;
	call->flags_kind = EV_FLAGS_MSG;
	call->flags = MSG_NOSIGNAL | 0x10000000;
	sample.incident.object.file_flags = O_NONBLOCK;
	tree = render(&sample);
	expect(tree, "/syscall/name", "null");
	expect_missing(tree, "syscall.name", "no_name_for_number");
	expect(tree, "/syscall/abi", "\"i386\"");
	expect(tree, "/syscall/fd", "null");
	expect_missing(tree, "syscall.fd", "not_resident");
	expect(tree, "/syscall/bytes", "null");
	expect(tree, "/syscall/flags", "[\"MSG_NOSIGNAL\",\"0x10000000\"]");
	expect(tree, "/object/nonblocking", "true");
	expect(tree, "/object/path", "null");
	json_object_put(tree);

	call->have = false;
	call->have_uring = true;
	call->uring_from_ring = true;
	call->uring_op = 23;
	tree = render(&sample);
	expect(tree, "/syscall/number", "null");
	expect(tree, "/syscall/io_uring", "{\"op\":\"IORING_OP_WRITE\",\"from\":\"ring\"}");
	json_object_put(tree);
}

/* A process that is another one, and what it was. */
static void test_whole_sender(void **state)
{
	struct incident_signal *signal = &sample.incident.signal;
	struct json_object *tree;

	sample_bare(&sample);
	sample.incident.subject = EV_SUBJECT_SENT;
	signal->origin = EV_ORIGIN_PROCESS;
	signal->sender = (struct incident_sender){
		.have = true,
		.pid = 12,
		.tid = 12,
		.comm = "pkill",
		.ancestor_count = 2,
		.ancestors = { { .pid = 11, .comm = "sh" }, { .pid = 1, .comm = "systemd" } },
		.exe = { .have = true, .text = "/usr/bin/pkill" },
		.cgroup = { .have = true, .text = "/system.slice/cron.service" },
		.names = { .unit = "cron.service" },
	};
	signal->sender.cmdline = (struct incident_cmdline){
		.have = true, .redacted = true, .count = 2, .args = { "pkill", "-9" }
	};
	signal->terminal = (struct incident_terminal){
		.have = true, .is_leader = true, .session = 812, .name = "pts/3"
	};
	tree = render(&sample);
	expect(tree, "/signal/sender",
	       "{\"pid\":12,\"tid\":12,\"uid\":0,\"comm\":\"pkill\",\"exe\":\"/usr/bin/pkill\","
	       "\"cmdline\":[\"pkill\",\"-9\"],\"redacted\":true,\"unit\":\"cron.service\","
	       "\"container\":null,\"syscall\":null,\"pid_here\":12,\"tid_here\":12,\"ancestors\":["
	       "{\"pid\":11,\"pid_here\":11,\"comm\":\"sh\"},"
	       "{\"pid\":1,\"pid_here\":1,\"comm\":\"systemd\"}]}");
	expect(tree, "/signal/terminal",
	       "{\"name\":\"pts/3\",\"session\":812,\"leader\":true,\"foreground\":false}");
	expect_missing(tree, "signal.sender.exe", NULL);
	expect_missing(tree, "signal.sender.unit", NULL);
	expect_missing(tree, "signal.sender.syscall", "no_syscall");
	json_object_put(tree);
}

static void test_from_process(void **state)
{
	static const struct stack_frame frame = { .symbol = "on_pipe",
						  .module = "/srv/app/server" };
	struct incident_signal *signal = &sample.incident.signal;
	struct json_object *tree;

	sample_bare(&sample);
	signal->number = 34;
	signal->origin = EV_ORIGIN_PROCESS;
	sample.incident.subject = EV_SUBJECT_SENT;
	signal->disposition = EV_DISPOSITION_HANDLER;
	signal->handler = 0x7f393f38138f;
	sample.incident.handler_frame = &frame;
	signal->group = true;
	signal->code = -6;
	signal->sender = (struct incident_sender){ .have = true,
						   .pid = 12,
						   .tid = 13,
						   .uid = 1000,
						   .comm = "bash",
						   .have_syscall = true,
						   .syscall = "tgkill" };
	sample.incident.outcome = EV_OUTCOME_HANDLED;
	tree = render(&sample);
	expect(tree, "/signal/name", "\"SIGRTMIN\"");
	expect(tree, "/signal/sender",
	       "{\"pid\":12,\"tid\":13,\"uid\":1000,\"comm\":\"bash\",\"exe\":null,\"cmdline\":null,"
	       "\"redacted\":false,\"unit\":null,\"container\":null,\"syscall\":\"tgkill\","
	       "\"pid_here\":12,\"tid_here\":13,\"ancestors\":[]}");
	expect(tree, "/signal/terminal", "null");
	expect(tree, "/signal/handler", "\"0x7f393f38138f\"");
	expect(tree, "/signal/handler_symbol", "\"on_pipe\"");
	expect(tree, "/signal/handler_module", "\"/srv/app/server\"");
	expect(tree, "/signal/code", "-6");
	expect(tree, "/signal/code_name", "\"SI_TKILL\"");
	expect(tree, "/signal/target", "\"process\"");
	/* An incident without a write has no unknown values of a write. */
	expect(tree, "/object", "null");
	expect_missing(tree, "object", NULL);
	expect_missing(tree, "syscall", NULL);
	expect_missing(tree, "peer_process", NULL);
	expect_missing(tree, "signal.site", NULL);
	json_object_put(tree);

	signal->code = 1;
	signal->sender.have = false;
	tree = render(&sample);
	expect(tree, "/signal/code", "1");
	expect(tree, "/signal/code_name", "null");
	expect(tree, "/signal/sender", "null");
	expect_missing(tree, "signal.sender", "not_recorded");
	json_object_put(tree);
}

static void expect_exit(int wait_status, const char *expected)
{
	struct json_object *tree;

	sample_tcp(&sample);
	sample.incident.peer.have_exit = true;
	sample.incident.peer.exit_status = wait_status;
	tree = render(&sample);
	expect(tree, "/peer_process/exit", expected);
	json_object_put(tree);
}

static void test_exit_of_the_peer(void **state)
{
	expect_exit(1 << 8, "{\"code\":1,\"signal\":null}");
	expect_exit(11, "{\"code\":null,\"signal\":\"SIGSEGV\"}");
}

static void test_outcomes(void **state)
{
	for (int outcome = EV_OUTCOME_KILLED; outcome <= EV_OUTCOME_LAST; outcome++) {
		for (int result = EV_RESULT_DELIVERED; result <= EV_RESULT_NOT_SENT; result++) {
			sample_bare(&sample);
			sample.incident.outcome = (enum ev_outcome)outcome;
			sample.incident.signal.result = (enum ev_result)result;
			json_object_put(render(&sample));
		}
	}
}

static void test_ages(void **state)
{
	static const struct {
		uint64_t ns;
		const char *us;
	} ages[] = {
		{ 0, "0" },
		{ 499, "0" },
		{ 1500, "2" },
		{ UINT64_MAX, "18446744073709552" },
	};
	struct json_object *tree;

	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		sample_tcp(&sample);
		sample.incident.peer.ago_ns = ages[i].ns;
		tree = render(&sample);
		expect(tree, "/peer_process/ago_us", ages[i].us);
		json_object_put(tree);
	}
	sample.incident.peer = (struct incident_peer_process){
		.have = true, .pid = 4321, .tid = 4322, .confidence = CONFIDENCE_CERTAIN
	};
	tree = render(&sample);
	expect(tree, "/peer_process",
	       "{\"pid\":4321,\"tid\":4322,\"comm\":null,\"exe\":null,\"cmdline\":null,\"redacted\":false,"
	       "\"uid\":null,\"start_time\":null,\"pid_here\":4321,\"tid_here\":4322,\"unit\":null,\"container\":null,\"pod\":null," NO_NAMES
	       "\"how\":null,\"how_text\":null,"
	       "\"confidence\":\"certain\",\"ago_us\":null,\"exit\":null,\"incident\":null}");
	expect_missing(tree, "peer_process.comm", "not_recorded");
	expect_missing(tree, "peer_process.ago_us", "not_recorded");
	json_object_put(tree);
}

static void test_hostile(void **state)
{
	static const char *const args[] = { "\",\"x\":1",  "\xff\xfe", "\033]0;\007",
					    "caf\xc3\xa9", "",	       NULL };
	struct incident *incident = &sample.incident;
	cleanup(cleanup_free) char *line = NULL;
	struct json_object *tree;

	sample_tcp(&sample);
	memset(incident->process.comm, '\n', EV_COMM_LEN);
	strcpy(incident->process.thread, "\xe2\x80\xa8\xf4\x90\x80\x80");
	strcpy(incident->process.parent_comm, "\\\"");
	sample_set_cmdline(&incident->process.cmdline, args);
	incident->process.cmdline.truncated = true;
	memset(incident->process.exe.text, 0x9b, EV_PATH_MAX);
	incident->process.exe.text[EV_PATH_MAX] = '\0';
	strcpy(incident->process.names.unit, "a\\x2db.service");
	line = sample_render(&json, &sample);
	for (char *at = line; at[1]; at++)
		assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
	tree = render(&sample);
	expect(tree, "/process/cmdline",
	       "[\"\\\",\\\"x\\\":1\",\"\\\\xff\\\\xfe\",\"\\\\x1b]0;\\\\x07\",\"caf\xc3\xa9\","
	       "\"\"]");
	expect_missing(tree, "process.cmdline", "cut_off");
	expect(tree, "/process/parent_comm", "\"\\\\\\\\\\\"\"");
	expect(tree, "/process/unit", "\"a\\\\\\\\x2db.service\"");
	json_object_put(tree);
}

static void test_names_of_a_container(void **state)
{
	static const char expected[] =
		"\"container\":\"c1\",\"pod\":\"u1\",\"container_name\":\"cart\",\"container_runtime\":"
		"\"systemd-nspawn\",\"container_user\":0,\"pod_name\":\"cart-0\",\"pod_namespace\":"
		"\"shop\",";
	struct incident_names names = {
		.container = "c1",
		.pod = "u1",
		.have_user = true,
		.runtime = EV_RUNTIME_NSPAWN,
		.container_name = "cart",
		.pod_name = "cart-0",
		.pod_namespace = "shop",
	};
	cleanup(cleanup_free) char *text = NULL;
	const char *process;

	sample_tcp(&sample);
	sample.incident.process.names = sample.incident.peer.names = names;
	text = sample_render(&json, &sample);
	process = strstr(text, expected);
	assert_non_null(process);
	assert_non_null(strstr(process + 1, expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classic),
		cmocka_unit_test(test_names_of_a_container),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_whole_sender),
		cmocka_unit_test(test_from_process),
		cmocka_unit_test(test_exit_of_the_peer),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
