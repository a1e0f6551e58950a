/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode: right values from a good record, -EBADMSG from a bad one, and never a byte out of bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "capture_builder.h"
#include "decode.h"

static const struct ev_session session = {
	.magic = EV_SESSION_MAGIC,
	.size = sizeof(session),
	.version = EV_VERSION,
	.id = 0xabcd,
	.hz = 250,
	.realtime_offset_ns = 1700000000000000000,
	.boottime_offset_ns = 1700000000000000000,
};

static struct builder builder;
static struct incident incident;

static int decode(void)
{
	builder.fixed.header.size = builder.size;
	return decode_incident(&session, 17, builder.bytes, builder.size, &incident);
}

static int begin(void **state)
{
	builder_begin(&builder);
	return 0;
}

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

static void times_before_1970(void **state)
{
	struct ev_session old = session;

	old.realtime_offset_ns = -2000000000000000000;
	builder.fixed.header.size = builder.size;
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
		{ EV_ABI_X86_64, 44, "sendto" }, { EV_ABI_I386, 4, "write" },
		{ EV_ABI_I386, 369, "sendto" },	 { EV_ABI_AARCH64, 64, "write" },
		{ EV_ABI_ARM, 296, "sendmsg" },	 { EV_ABI_X32, 1, "write" },
		{ EV_ABI_X86_64, 1000, NULL },	 { EV_ABI_X86_64, 0xffffffff, NULL },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		builder.fixed.syscall.abi = calls[i].abi;
		builder.fixed.syscall.number = calls[i].number;
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
	builder_set_path(&builder, &builder.fixed.exe, "/");
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.process.exe.text, "/");

	builder.fixed.exe.length = 0;
	builder.fixed.exe.flags = EV_SPAN_UNREAD;
	assert_int_equal(decode(), 0);
	assert_false(incident.process.exe.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_EXE), WHY_NO_MEMORY);

	builder_set_path(&builder, &builder.fixed.exe, "/b/c");
	builder.fixed.exe.flags = EV_SPAN_TRUNCATED;
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
	builder_set_path(&builder, &builder.fixed.exe, path);
	assert_int_equal(decode(), 0);
	assert_true(incident.process.exe.truncated);
	/* The leaf end is what is kept. */
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

	/* A title that a program wrote over its arguments: no NUL at the end, or many. */
	builder_set_cmdline(&builder, "nginx: worker\0\0\0\0", 17);
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.process.cmdline.count, 1);
	builder_set_cmdline(&builder, "sshd", 4);
	assert_int_equal(decode(), 0);
	assert_string_equal(incident.process.cmdline.args[0], "sshd");
	builder_set_cmdline(&builder, "", 0);
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.process.cmdline.count, 0);
	/* An empty argument in the middle is one. */
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
	/* A packet from the future is none. */
	object->tcp.mstamp_us = UINT64_MAX / 2000;
	assert_int_equal(decode(), 0);
	assert_false(incident.object.tcp.have_last_packet);
}

static void bad_spans(void **state)
{
	struct ev_span *spans[] = { &builder.fixed.exe, &builder.fixed.cmdline,
				    &builder.fixed.cgroup };

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		struct ev_span good = *spans[i];

		spans[i]->offset = 0;
		assert_int_equal(decode(), -EBADMSG);
		spans[i]->offset = sizeof(struct ev_incident) - 1;
		assert_int_equal(decode(), -EBADMSG);
		spans[i]->offset = builder.size + 1;
		assert_int_equal(decode(), -EBADMSG);
		*spans[i] = good;
		spans[i]->length = UINT32_MAX;
		assert_int_equal(decode(), -EBADMSG);
		*spans[i] = good;
		spans[i]->length = builder.size - good.offset + 1;
		assert_int_equal(decode(), -EBADMSG);
		*spans[i] = good;
	}
	/* A component without its NUL. */
	builder.fixed.exe.length--;
	assert_int_equal(decode(), -EBADMSG);
}

static void bad_values(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
	} bytes[] = {
		{ offsetof(struct ev_incident, signal.number), 0 },
		{ offsetof(struct ev_incident, signal.number), 65 },
		{ offsetof(struct ev_incident, signal.origin), 0 },
		{ offsetof(struct ev_incident, signal.disposition), 4 },
		{ offsetof(struct ev_incident, signal.result), 6 },
		{ offsetof(struct ev_incident, signal.outcome), 0 },
		{ offsetof(struct ev_incident, signal.outcome), 200 },
		{ offsetof(struct ev_incident, syscall.abi), 0 },
		{ offsetof(struct ev_incident, syscall.abi), 6 },
		{ offsetof(struct ev_incident, syscall.fd_status), 99 },
		{ offsetof(struct ev_incident, syscall.flags_kind), 99 },
		{ offsetof(struct ev_incident, object.type), 99 },
		{ offsetof(struct ev_incident, object.status), 99 },
		{ offsetof(struct ev_incident, header.version), 99 },
		{ offsetof(struct ev_incident, header.kind), 2 },
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

static void short_records(void **state)
{
	for (size_t size = 0; size < builder.size; size++) {
		/* A copy of exactly that size, so that a read behind it is seen. */
		unsigned char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, builder.bytes, size);
		if (size >= sizeof(struct ev_header))
			((struct ev_header *)copy)->size = size;
		if (size < sizeof(struct ev_incident))
			assert_int_equal(decode_incident(&session, 1, copy, size, &incident),
					 -EBADMSG);
		else
			decode_incident(&session, 1, copy, size, &incident);
		free(copy);
	}
	assert_int_equal(decode_kind(builder.bytes, builder.size + 1), 0);
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

/* Every byte of the fixed part set to telling values, and random damage: the sanitizers watch. */
static void damaged_records(void **state)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	unsigned char *copy;

	srandom(4711);
	for (size_t at = 0; at < 200000; at++) {
		builder_begin(&builder);
		builder.fixed.object.type = at % (EV_OBJECT_VSOCK + 1);
		builder.fixed.header.size = builder.size;
		copy = malloc(builder.size);
		assert_non_null(copy);
		memcpy(copy, builder.bytes, builder.size);
		if (at < sizeof(struct ev_incident) * sizeof(values))
			copy[at / sizeof(values)] = values[at % sizeof(values)];
		else
			for (int i = 0; i < 8; i++)
				copy[random() % builder.size] = random();
		decode_incident(&session, at, copy, builder.size, &incident);
		free(copy);
	}
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
		cmocka_unit_test_setup(bad_spans, begin),
		cmocka_unit_test_setup(bad_values, begin),
		cmocka_unit_test_setup(short_records, begin),
		cmocka_unit_test_setup(lost_records, begin),
		cmocka_unit_test_setup(damaged_records, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
