// SPDX-License-Identifier: GPL-2.0-or-later
/* decode: the right values from a valid record, -EBADMSG from an invalid value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "record_case.h"

static void good_record(void **state)
{
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.id, "0000abcd-000017");
	assert_int_equal(incident.outcome, EV_OUTCOME_KILLED);
	assert_int_equal(incident.process.pid, 812);
	assert_string_equal(incident.process.comm, "server");
	assert_string_equal(incident.process.thread, "worker-3");
	assert_string_equal(incident.process.exe.text, "/srv/app/server");
	assert_string_equal(incident.process.cgroup.text, "/system.slice/server.service");
	assert_int_equal(incident.process.cmdline.count, 3);
	assert_string_equal(incident.process.cmdline.args[2], "8088");
	assert_string_equal(incident.syscall.name, "write");
	assert_int_equal(incident.syscall.fd, 7);
	assert_int_equal(incident.process.start.tv_sec, 1700000800);
}

static void numbers_of_a_namespace(void **state)
{
	struct ev_numbers numbers = {
		.pid_ns = 4026532201u,
		.number = { [EV_NUMBER_PID] = 7, [EV_NUMBER_TID] = 9, [EV_NUMBER_PEER] = 5 },
	};
	struct ev_exit reader = { .pid = 4000, .pid_here = 6 };
	char text[INCIDENT_NUMBER_SIZE];

	/* Without the block they are those of the host. */
	assert_int_equal(decode(), 0);
	assert_false(incident.process.pid_here.differs);
	assert_string_equal(incident_number_text(812, incident.process.pid_here, text), "812");

	builder.fixed.evidence.peer = (struct ev_closer){ .pid = 4321, .tid = 4321 };
	builder_have(&builder, EV_BLOCK_EVIDENCE, true);
	builder_set_bytes(&builder, EV_BLOCK_NUMBERS, &numbers, sizeof(numbers));
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.process.pid, 812);
	assert_int_equal(incident_number_here(812, incident.process.pid_here), 7);
	assert_int_equal(incident_number_here(815, incident.process.tid_here), 9);
	assert_string_equal(incident_number_text(812, incident.process.pid_here, text),
			    "7 (host:812)");
	/* The parent has none there. */
	assert_int_equal(incident_number_here(800, incident.process.ppid_here), 0);
	assert_string_equal(incident_number_text(800, incident.process.ppid_here, text),
			    "host:800");
	assert_int_equal(incident.candidates[0].pid_here.number, 5);
	assert_int_equal(incident.candidates[0].tid_here.number, 0);
	decode_reader(&reader, &incident);
	assert_int_equal(incident.candidates[1].pid_here.number, 6);
}

static void numbers_of_repeats(void **state)
{
	struct ev_repeat record = {
		.header = { .kind = EV_KIND_REPEAT, .version = EV_VERSION, .size = sizeof(record) },
		.outcome = EV_OUTCOME_IGNORED,
		.named = { .pid = 812, .pid_here = 7, .comm = "server" },
	};
	struct ev_session inside = session;
	struct repeat repeat;

	/* An older writer had 0 in its place. */
	assert_int_equal(decode_repeat(&session, &record, sizeof(record), &repeat), 0);
	assert_int_equal(incident_number_here(812, repeat.process.pid_here), 812);
	inside.pid_ns = 4026532201u;
	assert_int_equal(decode_repeat(&inside, &record, sizeof(record), &repeat), 0);
	assert_int_equal(incident_number_here(812, repeat.process.pid_here), 7);
}

static void times_before_1970(void **state)
{
	struct ev_session old = session;

	old.realtime_offset_ns = -2000000000000000000;
	builder.fixed.head.header.size = builder.size;
	assert_int_equal(decode_incident(&old, 1, builder.bytes, builder.size, &incident), 0);
	assert_true(incident.time.tv_sec < 0);
	assert_in_range(incident.time.tv_nsec, 0, 999999999);
}

static void system_calls_by_abi(void **state)
{
	static const struct {
		enum ev_abi abi;
		uint32_t number;
		const char *name;
	} calls[] = {
		{ EV_ABI_X86_64, 44, "sendto" },   { EV_ABI_I386, 4, "write" },
		{ EV_ABI_I386, 369, "sendto" },	   { EV_ABI_AARCH64, 64, "write" },
		{ EV_ABI_ARM, 296, "sendmsg" },	   { EV_ABI_X32, 1, "write" },
		{ EV_ABI_RISCV64, 206, "sendto" }, { EV_ABI_RISCV32, 64, NULL },
		{ EV_ABI_X86_64, 1000, NULL },	   { EV_ABI_X86_64, 0xffffffff, NULL },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		builder.fixed.call.abi = calls[i].abi;
		builder.fixed.call.number = calls[i].number;
		assert_int_equal(decode(), 0);
		if (calls[i].name)
			assert_string_equal(incident.syscall.name, calls[i].name);
		else
			assert_null(incident.syscall.name);
	}
	assert_int_equal(incident_why_missing(&incident, MISSING_SYSCALL_NAME),
			 WHY_NO_NAME_FOR_NUMBER);
}

static void paths(void **state)
{
	builder_set_path(&builder, EV_BLOCK_EXE, "/");
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.process.exe.text, "/");

	builder.fixed.head.block[EV_BLOCK_EXE].length = 0;
	builder.fixed.head.block[EV_BLOCK_EXE].flags = EV_SPAN_UNREAD;
	assert_int_equal(decode(), 0);
	assert_false(incident.process.exe.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_EXE), WHY_NO_MEMORY);

	builder_set_path(&builder, EV_BLOCK_EXE, "/b/c");
	builder.fixed.head.block[EV_BLOCK_EXE].flags = EV_SPAN_TRUNCATED;
	assert_int_equal(decode(), 0);
	assert_true(incident.process.exe.truncated);
	assert_string_equal(incident.process.exe.text, "b/c");
}

static void path_longer_than_kept(void **state)
{
	char path[4 * EV_PATH_MAX];

	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 100 ? 'a' : '/';
	path[sizeof(path) - 1] = '\0';
	builder_set_path(&builder, EV_BLOCK_EXE, path);
	assert_int_equal(decode(), 0);
	assert_true(incident.process.exe.truncated);
	/* The part with the leaf is kept. */
	assert_string_equal(incident.process.exe.text,
			    path + sizeof(path) - 1 - strlen(incident.process.exe.text));
}

static void command_lines(void **state)
{
	char many[2 * (INCIDENT_ARGS_MAX + 10)];

	for (size_t i = 0; i < sizeof(many); i += 2)
		memcpy(many + i, "x", 2);
	builder_set_cmdline(&builder, many, sizeof(many));
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.process.cmdline.count, INCIDENT_ARGS_MAX);
	assert_true(incident.process.cmdline.truncated);

	/*
	 * A title that a program wrote over its arguments: without a NUL at the end, or with many.
	 */
	builder_set_cmdline(&builder, "nginx: worker\0\0\0\0", 17);
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.process.cmdline.count, 1);
	builder_set_cmdline(&builder, "sshd", 4);
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.process.cmdline.args[0], "sshd");
	builder_set_cmdline(&builder, "", 0);
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.process.cmdline.count, 0);
	/* An empty argument in the middle counts. */
	builder_set_cmdline(&builder, "a\0\0b", 5);
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.process.cmdline.count, 3);
}

static void tcp_ages(void **state)
{
	struct ev_object *object = &builder.fixed.object;

	*object = (struct ev_object){ .type = EV_OBJECT_TCP, .family = AF_INET, .state = 7 };
	object->tcp.jiffies_now = UINT64_C(0x100000005);
	object->tcp.lsndtime = 0xfffffffe; /* jiffies wrap */
	object->tcp.bytes_sent = 13;
	object->tcp.bytes_received = 1;
	object->tcp.lrcvtime = 1;
	object->tcp.write_seq = 5;
	object->tcp.snd_una = 0xfffffffb; /* sequence numbers wrap */
	object->socket_flags = EV_SOCKET_DONE;
	assert_int_equal(decode(), 0);
	assert_true(incident.object.tcp.have_last_send);
	assert_int_equal(incident.object.tcp.last_send_ago_ns, 7 * 4000000);
	assert_int_equal(incident.object.tcp.unacked_bytes, 10);
	/* The one byte received is the FIN. */
	assert_false(incident.object.tcp.have_last_receive);
	/* A packet from the future is ignored. */
	object->tcp.mstamp_us = UINT64_MAX / 2000;
	assert_int_equal(decode(), 0);
	assert_false(incident.object.tcp.have_last_packet);
}

/* A process that calls abort(): its thread and its stack are its own. */
static void link_local_addresses(void **state)
{
	struct ev_object *object = &builder.fixed.object;

	*object = (struct ev_object){ .type = EV_OBJECT_TCP, .family = AF_INET6, .interface = 3 };
	object->local_address[0] = 0xfe;
	object->local_address[1] = 0x80;
	object->peer_address[0] = 0x20;
	memcpy(object->interface_name, "eth0", 5);
	builder_have(&builder, EV_BLOCK_OBJECT, true);
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.object.local_scope, "eth0");
	assert_string_equal(incident.object.peer_scope, "");
	/* Not a name that the kernel allows, a name without an end, and no name. */
	memcpy(object->interface_name, "a] b", 5);
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.object.local_scope, "3");
	memset(object->interface_name, 'x', sizeof(object->interface_name));
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.object.local_scope, "3");
	object->interface_name[0] = '\0';
	object->interface = UINT32_MAX;
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.object.local_scope, "4294967295");
	object->family = AF_INET;
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.object.local_scope, "");
}

static void stack_of_a_sent_signal(void **state)
{
	static const unsigned char stack[64] = { 1, 2, 3 };

	builder.fixed.head.subject = EV_SUBJECT_SENT;
	builder.fixed.signal.origin = EV_ORIGIN_PROCESS;
	builder.fixed.signal.number = 6;
	builder.fixed.call.abi = EV_ABI_I386; /* by int 0x80, from 64-bit code */
	builder_set_bytes(&builder, EV_BLOCK_STACK, stack, sizeof(stack));
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.syscall.abi, EV_ABI_I386);
	assert_int_equal(decode_snapshot(builder.bytes, builder.size, &snapshot), 0);
	assert_true(snapshot.have);
	assert_int_equal(snapshot.abi, EV_ABI_X86_64);
	assert_int_equal(snapshot.pc, 0x7f393f38138f);
	assert_int_equal(snapshot.sp, 0x7ffc00000f00);
	assert_int_equal(snapshot.registers[7], snapshot.sp);
	assert_int_equal(snapshot.stack_size, sizeof(stack));
	assert_memory_equal(snapshot.stack, stack, sizeof(stack));
}

static void bad_threads(void **state)
{
	builder_set_bytes(&builder, EV_BLOCK_STACK, "", 1);
	builder.fixed.head.header.size = builder.size;
	builder.fixed.thread.register_count = EV_REGISTERS_MAX + 1;
	assert_int_equal(decode_snapshot(builder.bytes, builder.size, &snapshot), -EBADMSG);
	builder.fixed.thread.register_count = 17;
	builder.fixed.thread.abi = EV_ABI_LAST + 1;
	assert_int_equal(decode_snapshot(builder.bytes, builder.size, &snapshot), -EBADMSG);
}

#define HEAD(member) offsetof(struct builder_fixed, head.member)
#define FIXED(member) offsetof(struct builder_fixed, member)

static void bad_values(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
	} bytes[] = {
		{ FIXED(signal.number), 0 },
		{ FIXED(signal.number), 65 },
		{ FIXED(signal.origin), 0 },
		{ FIXED(signal.disposition), 4 },
		{ FIXED(signal.result), 6 },
		{ FIXED(signal.outcome), 0 },
		{ FIXED(signal.outcome), 200 },
		{ FIXED(call.abi), 0 },
		{ FIXED(call.abi), 99 },
		{ FIXED(call.fd_status), 99 },
		{ FIXED(call.flags_kind), 99 },
		{ FIXED(object.type), 99 },
		{ FIXED(object.status), 99 },
		{ HEAD(header.version), 1 },
		{ HEAD(header.version), 99 },
		{ HEAD(header.kind), 2 },
		{ HEAD(subject), 0 },
		{ HEAD(subject), EV_SUBJECT_LAST + 1 },
		/* It needs the outcome that goes with it. */
		{ HEAD(subject), EV_SUBJECT_EXIT },
	};

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		builder_begin(&builder);
		builder.bytes[bytes[i].offset] = bytes[i].value;
		assert_int_equal(decode(), -EBADMSG);
	}
	builder_begin(&builder);
	builder.fixed.object.type = EV_OBJECT_UNIX;
	builder.fixed.object.unix_.path_length = EV_UNIX_PATH_MAX + 1;
	assert_int_equal(decode(), -EBADMSG);
}

static void lost_records(void **state)
{
	struct ev_lost lost = {
		.header = { .kind = EV_KIND_LOST, .size = sizeof(lost), .time_ns = 1000000000 },
		.count = 42,
	};
	struct timespec time;
	uint64_t count;

	assert_int_equal(decode_lost(&session, &lost, sizeof(lost), &count, &time), 0);
	assert_int_equal(count, 42);
	assert_int_equal(time.tv_sec, 1700000001);
	lost.header.size--;
	assert_int_equal(decode_lost(&session, &lost, sizeof(lost) - 1, &count, &time), -EBADMSG);
}

/* The time is set: later records are told by the new clock. */
static void clock_is_set(void **state)
{
	struct ev_session set = session;
	struct ev_clock clock = {
		.header = { .kind = EV_KIND_CLOCK, .size = sizeof(clock) },
		.realtime_offset_ns = session.realtime_offset_ns - 3600 * 1000000000LL,
		.boottime_offset_ns = session.boottime_offset_ns - 3600 * 1000000000LL,
	};

	assert_int_equal(decode_time(&set, 1000000000).tv_sec, 1700000001);
	assert_int_equal(decode_clock(&set, &clock, sizeof(clock)), 0);
	assert_int_equal(decode_time(&set, 1000000000).tv_sec, 1700000001 - 3600);
	assert_int_equal(set.boottime_offset_ns, clock.boottime_offset_ns);
	assert_int_equal(decode_event_count(&clock, sizeof(clock)), 0);
	clock.header.size--;
	assert_int_equal(decode_clock(&set, &clock, sizeof(clock) - 1), -EBADMSG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(good_record, begin),
		cmocka_unit_test_setup(times_before_1970, begin),
		cmocka_unit_test_setup(system_calls_by_abi, begin),
		cmocka_unit_test_setup(paths, begin),
		cmocka_unit_test_setup(path_longer_than_kept, begin),
		cmocka_unit_test_setup(command_lines, begin),
		cmocka_unit_test_setup(tcp_ages, begin),
		cmocka_unit_test_setup(link_local_addresses, begin),
		cmocka_unit_test_setup(stack_of_a_sent_signal, begin),
		cmocka_unit_test_setup(bad_threads, begin),
		cmocka_unit_test_setup(numbers_of_a_namespace, begin),
		cmocka_unit_test_setup(numbers_of_repeats, begin),
		cmocka_unit_test_setup(bad_values, begin),
		cmocka_unit_test_setup(lost_records, begin),
		cmocka_unit_test_setup(clock_is_set, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
