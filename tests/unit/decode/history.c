// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which events of a connection are reported as unknown: exactly those that happened and no hook
 * saw.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "capture_builder.h"
#include "decode.h"

#define CONNECTED MISSING_CONNECTED
#define FIN MISSING_FIN_RECEIVED
#define SHUTDOWN MISSING_LOCAL_SHUTDOWN
#define CLOSED MISSING_CLOSED
#define ERROR MISSING_ERROR

static const struct ev_session session = {
	.magic = EV_SESSION_MAGIC, .size = sizeof(session), .version = EV_VERSION, .hz = 250
};

static struct builder builder;
static struct incident incident;
static struct ev_object *const object = &builder.fixed.object;
static struct ev_history *const history = &builder.fixed.evidence;

/* It was established and then reset or timed out, and the hooks watched all of it. */
static int begin(void **state)
{
	builder_begin(&builder);
	builder_have(&builder, EV_BLOCK_EVIDENCE, true);
	*object = (struct ev_object){ .type = EV_OBJECT_TCP,
				      .state = TCP_CLOSE,
				      .shutdown = 3,
				      .family = AF_INET,
				      .sock_type = SOCK_STREAM };
	object->tcp.lrcvtime = 1;
	*history = (struct ev_history){ .watched_since_ns = 1, .connected_ns = 2, .closed_ns = 4 };
	return 0;
}

/* FIELDS end with MISSING_FIELDS. */
static void assert_missing(const enum missing_field fields[])
{
	static const enum missing_field all[] = { CONNECTED, FIN, SHUTDOWN, CLOSED, ERROR };

	builder.fixed.head.header.size = builder.size;
	assert_int_equal(decode_incident(&session, 1, builder.bytes, builder.size, &incident), 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool wanted = false;

		for (size_t j = 0; fields[j] != MISSING_FIELDS; j++)
			wanted |= fields[j] == all[i];
		if (wanted != !!incident_why_missing(&incident, all[i]))
			fail_msg("%s is %smissing", missing_path(all[i]), wanted ? "not " : "");
	}
}

#define assert_missing_all(...) \
	assert_missing((const enum missing_field[]){ __VA_ARGS__, MISSING_FIELDS })
#define assert_none_missing() assert_missing((const enum missing_field[]){ MISSING_FIELDS })

static void nothing_is_missing_of_a_reset(void **state)
{
	history->reset_received_ns = 3;
	assert_none_missing();
}

static void nothing_is_missing_of_an_error(void **state)
{
	history->error = ETIMEDOUT;
	history->error_ns = 3;
	assert_none_missing();
}

static void an_end_without_its_error(void **state)
{
	assert_missing_all(ERROR);
	/* A completion in the error queue. */
	history->error_ns = 3;
	assert_missing_all(ERROR);
}

static void an_own_shutdown_needs_no_error(void **state)
{
	history->local = (struct ev_closer){ .pid = 812, .time_ns = 3 };
	assert_none_missing();
	object->socket_flags = EV_SOCKET_DONE;
	assert_missing_all(FIN);
	assert_int_equal(incident_why_missing(&incident, FIN), WHY_FIN_AFTER_SHUTDOWN);
}

static void nothing_was_seen(void **state)
{
	*history = (struct ev_history){ .watched_since_ns = 1 };
	object->socket_flags = EV_SOCKET_DONE;
	assert_missing_all(CONNECTED, FIN, CLOSED);
	assert_int_equal(incident_why_missing(&incident, FIN), WHY_BEFORE_START);
	builder_have(&builder, EV_BLOCK_EVIDENCE, false);
	assert_missing_all(CONNECTED, FIN, CLOSED);
	assert_int_equal(incident_why_missing(&incident, FIN), WHY_NOT_WATCHED);
}

static void a_close_that_the_hook_missed(void **state)
{
	history->closed_ns = 0;
	assert_missing_all(CLOSED);
	assert_int_equal(incident_why_missing(&incident, CLOSED), WHY_HOOK_MISSED);
	history->connected_ns = 0;
	assert_missing_all(CONNECTED, CLOSED);
	assert_int_equal(incident_why_missing(&incident, CLOSED), WHY_BEFORE_START);
}

static void a_shutdown_before_the_watch(void **state)
{
	*history = (struct ev_history){ .watched_since_ns = 1, .connected_ns = 2 };
	object->state = TCP_FIN_WAIT2;
	object->shutdown = 2;
	assert_missing_all(SHUTDOWN);
	history->local = (struct ev_closer){ .pid = 812, .time_ns = 3 };
	assert_none_missing();
}

static void never_established(void **state)
{
	*history = (struct ev_history){ .watched_since_ns = 1 };
	object->tcp.lrcvtime = 0;
	object->shutdown = 0;
	assert_none_missing();
}

/* Also one of an earlier connection: enrich refuses it. */
static void a_closer_is_a_candidate(void **state)
{
	history->peer = (struct ev_closer){ .pid = 4321, .time_ns = 1 };
	assert_missing_all(ERROR);
	assert_int_equal(incident.candidate_count, 1);
	assert_int_equal(incident.candidates[0].pid, 4321);
	assert_int_equal(incident.candidates[0].time_ns, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_is_missing_of_a_reset, begin),
		cmocka_unit_test_setup(nothing_is_missing_of_an_error, begin),
		cmocka_unit_test_setup(an_end_without_its_error, begin),
		cmocka_unit_test_setup(an_own_shutdown_needs_no_error, begin),
		cmocka_unit_test_setup(nothing_was_seen, begin),
		cmocka_unit_test_setup(a_close_that_the_hook_missed, begin),
		cmocka_unit_test_setup(a_shutdown_before_the_watch, begin),
		cmocka_unit_test_setup(never_established, begin),
		cmocka_unit_test_setup(a_closer_is_a_candidate, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
