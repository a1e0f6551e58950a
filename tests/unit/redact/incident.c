// SPDX-License-Identifier: GPL-2.0-or-later
/* The command lines of an incident, and those in its record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "capture_builder.h"
#include "decode.h"
#include "redact.h"

static const struct ev_session session = { .hz = 250 };
static struct builder builder;
static struct incident incident;

static void decode(void)
{
	assert_int_equal(decode_incident(&session, 1, builder.bytes, builder.size, &incident), 0);
}

static void begin(const char *args, size_t size)
{
	static const char peer_args[] = "shipper\0--token\0tiger";
	static const char sender_args[] = "pkill\0--password\0panther";
	struct ev_peer peer = { .pid = 5, .cmdline_length = sizeof(peer_args) };
	struct ev_peer sender = { .pid = 6, .cmdline_length = sizeof(sender_args) };

	memcpy(peer.cmdline, peer_args, sizeof(peer_args));
	memcpy(sender.cmdline, sender_args, sizeof(sender_args));
	builder_begin(&builder);
	builder_set_cmdline(&builder, args, size);
	builder_set_bytes(&builder, EV_BLOCK_PEER, &peer, sizeof(peer));
	builder_set_bytes(&builder, EV_BLOCK_SENDER_PEER, &sender, sizeof(sender));
	builder.fixed.head.header.size = builder.size;
	decode();
}

static void redact(enum redact how)
{
	redact_incident(how, &incident, builder.bytes, &builder.size, sizeof(builder.bytes));
}

static bool record_has(const char *text)
{
	return memmem(builder.bytes, builder.size, text, strlen(text));
}

static void check_auth(const char *shown)
{
	const struct ev_peer *peer = &incident.peer_detail;
	const struct ev_peer *sender = &incident.sender_detail;

	assert_true(incident.process.cmdline.redacted);
	assert_string_equal(incident.process.cmdline.args[1], shown);
	assert_true(peer->flags & EV_PEER_CMDLINE_REDACTED);
	assert_memory_equal(peer->cmdline, "shipper\0--token\0[redacted]", peer->cmdline_length);
	assert_true(sender->flags & EV_PEER_CMDLINE_REDACTED);
	assert_memory_equal(sender->cmdline, "pkill\0--password\0[redacted]",
			    sender->cmdline_length);
	assert_false(record_has("panther"));
}

static void record_and_incident_agree(void **state)
{
	static const char longer[] = "app\0--password=hunter2\0-v";
	static const char shorter[] = "app\0--password=hunter2-hunter2-hunter2";
	static const char mark[] = "--password=[redacted]";

	begin(longer, sizeof(longer));
	assert_true(record_has("hunter2") && record_has("tiger"));
	redact(REDACT_AUTH);
	check_auth(mark);
	assert_false(record_has("hunter2") || record_has("tiger"));
	decode();
	check_auth(mark);
	assert_int_equal(incident.process.cmdline.count, 3);
	begin(shorter, sizeof(shorter));
	redact(REDACT_AUTH);
	decode();
	check_auth(mark);
	assert_false(record_has("hunter2"));
}

static void without_room(void **state)
{
	static const char args[] = "app\0--password=hunter2\0";

	begin(args, sizeof(args));
	redact_incident(REDACT_AUTH, &incident, builder.bytes, &builder.size, builder.size);
	check_auth("--password=[redacted]");
	decode();
	assert_false(incident.process.cmdline.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_CMDLINE), WHY_REDACTED);
	assert_false(record_has("hunter2"));
}

static void nothing_and_all(void **state)
{
	static const char args[] = "tigerapp\0--password=hunter2";

	begin(args, sizeof(args));
	redact(REDACT_NONE);
	assert_true(record_has("hunter2") && record_has("tiger"));
	redact(REDACT_ALL);
	for (int again = 0; again < 2; again++) {
		assert_false(incident.process.cmdline.have);
		assert_true(incident.process.cmdline.redacted);
		assert_int_equal(incident_why_missing(&incident, MISSING_CMDLINE), WHY_REDACTED);
		assert_int_equal(incident.peer_detail.cmdline_length, 0);
		assert_true(incident.peer_detail.flags & EV_PEER_CMDLINE_REDACTED);
		decode();
	}
	assert_int_equal(incident.sender_detail.cmdline_length, 0);
	assert_false(record_has("tigerapp") || record_has("shipper") || record_has("pkill"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_and_incident_agree),
		cmocka_unit_test(without_room),
		cmocka_unit_test(nothing_and_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
