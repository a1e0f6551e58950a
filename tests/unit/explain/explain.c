// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What explain() adds around the cause: times, advice by call and outcome. And no input, however
 * odd, overruns an explanation or leaves it half filled.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cases.h"
#include "rule.h"

static struct incident incident;
static struct explanation explanation;

static void test_timeline_values(void **state)
{
	memset(&incident, 0, sizeof(incident));
	tcp_fin_then_reset(&incident);
	explain(&incident, &explanation);
	assert_int_equal(explanation.timeline[0].ago_ns, 6 * SEC);
	assert_false(explanation.timeline[0].have_bytes);
	assert_int_equal(explanation.timeline[1].ago_ns, 1004 * MSEC);
	assert_true(explanation.timeline[1].have_bytes);
	assert_int_equal(explanation.timeline[1].bytes, 13);
	assert_int_equal(explanation.timeline[2].ago_ns, 1001234567);
}

static void assert_reset_text(uint64_t send_ns, uint64_t packet_ns, const char *expected)
{
	memset(&incident, 0, sizeof(incident));
	tcp_fin_then_reset(&incident);
	incident.object.tcp.last_send_ago_ns = send_ns;
	incident.object.tcp.last_packet_ago_ns = packet_ns;
	explain(&incident, &explanation);
	if (!strstr(explanation.text, expected))
		fail_msg("%s", explanation.text);
}

static void test_durations(void **state)
{
	assert_reset_text(0, 400000,
			  "13 bytes less than 10 ms before, it answered RST 400 us before");
	assert_reset_text(40 * MSEC, 40 * MSEC, "40 ms before, it answered RST 40.0 ms before");
	/* An answer is no older than what it answers. */
	assert_reset_text(2000 * MSEC, 2004 * MSEC,
			  "2.004 s before, it answered RST 2.004 s before");
	assert_reset_text(599 * SEC, 600 * SEC,
			  "9 min 59 s before, it answered RST 10 min 0 s before");
	assert_reset_text(7140 * SEC, 7200 * SEC,
			  "1 h 59 min before, it answered RST 2 h 0 min before");
	assert_reset_text(UINT64_MAX, UINT64_MAX, " h 35 min before");
}

static void test_advice_by_call_and_outcome(void **state)
{
	static const struct {
		enum ev_outcome outcome;
		enum ev_flags_kind flags;
		bool pipe, io_worker;
		const char *advice;
	} advice[] = {
		{ EV_OUTCOME_KILLED, EV_FLAGS_NONE, false, false, "ignore SIGPIPE at start-up" },
		{ EV_OUTCOME_KILLED, EV_FLAGS_SPLICE, false, false, "ignore SIGPIPE at start-up" },
		{ EV_OUTCOME_KILLED, EV_FLAGS_MSG, false, false, "pass MSG_NOSIGNAL to send()" },
		{ EV_OUTCOME_IGNORED, EV_FLAGS_MSG, false, false, "the end of this connection" },
		{ EV_OUTCOME_HANDLED, EV_FLAGS_NONE, false, false, "the end of this connection" },
		{ EV_OUTCOME_SUPPRESSED, EV_FLAGS_MSG, false, false, "the end of this connection" },
		{ EV_OUTCOME_PROTECTED, EV_FLAGS_NONE, false, false, "the end of this connection" },
		{ EV_OUTCOME_PENDING, EV_FLAGS_NONE, false, false, "sigtimedwait()" },
		{ EV_OUTCOME_PENDING, EV_FLAGS_NONE, false, true, NULL },
		{ EV_OUTCOME_TRACED, EV_FLAGS_NONE, false, false, NULL },
		{ EV_OUTCOME_KILLED, EV_FLAGS_NONE, true, false, "benign in a pipeline" },
		{ EV_OUTCOME_IGNORED, EV_FLAGS_NONE, true, false, "the end of this pipe" },
	};

	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++) {
		memset(&incident, 0, sizeof(incident));
		prepare_tcp(&incident);
		if (advice[i].pipe)
			pipe_unread(&incident);
		if (advice[i].io_worker)
			incident.process.flags = EV_PROCESS_IO_WORKER;
		incident.outcome = advice[i].outcome;
		incident.signal.blocked = advice[i].outcome == EV_OUTCOME_PENDING;
		incident.syscall.flags_kind = advice[i].flags;
		explain(&incident, &explanation);
		assert_int_equal(explanation.advice_count, advice[i].advice ? 1 : 0);
		if (advice[i].advice && !strstr(explanation.advice[0].text, advice[i].advice))
			fail_msg("%zu: %s", i, explanation.advice[0].text);
	}
}

static void assert_whole(void)
{
	assert_ptr_equal(explanation.code, rules_match(&incident)->code);
	assert_true(explanation.text[0] != '\0' && explanation.disposition[0] != '\0');
	assert_true(memchr(explanation.text, '\0', sizeof(explanation.text)) != NULL);
	assert_true(memchr(explanation.disposition, '\0', sizeof(explanation.disposition)) != NULL);
	for (const char *at = explanation.text; *at; at++)
		assert_in_range(*at, ' ', '~');
	for (size_t entry = 1; entry < explanation.timeline_count; entry++)
		assert_true(explanation.timeline[entry - 1].ago_ns >=
			    explanation.timeline[entry].ago_ns);
	assert_true(explanation.timeline_count <= EXPLANATION_TIMELINE_MAX);
	assert_true(explanation.advice_count <= EXPLANATION_ADVICE_MAX);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Flips bytes of the numbers in a good incident; pointers and enums stay what decode allows. */
static void test_odd_values_are_survived(void **state)
{
	uint64_t seed = 88172645463325252ull;

	for (unsigned int round = 0; round < 20000; round++) {
		struct incident_object *object = &incident.object;

		memset(&incident, 0, sizeof(incident));
		case_at(next_random(&seed) % CASES)->prepare(&incident);
		incident.subject = (enum ev_subject)(next_random(&seed) % 5 + 1);
		incident.outcome = (enum ev_outcome)(next_random(&seed) % 9 + 1);
		incident.signal.number = (uint32_t)(next_random(&seed) % 70);
		incident.signal.code = (int)(next_random(&seed) % 300) - 150;
		if (round % 2) {
			incident.signal.number = SIGPIPE;
			incident.signal.code = 0;
		}
		object->state = (uint8_t)next_random(&seed) % 16;
		object->shutdown = (uint8_t)next_random(&seed) % 4;
		object->error_soft = (uint32_t)next_random(&seed);
		object->tcp.unacked_bytes = (uint32_t)next_random(&seed);
		object->tcp.last_send_ago_ns = next_random(&seed);
		object->tcp.last_packet_ago_ns = next_random(&seed);
		object->tcp.last_receive_ago_ns = next_random(&seed);
		for (size_t byte = 0; byte < sizeof(object->tcp.raw); byte++)
			((uint8_t *)&object->tcp.raw)[byte] = (uint8_t)next_random(&seed);
		explain(&incident, &explanation);
		assert_whole();
	}
}

/* Names and paths of the traced process never reach a sentence. */
static void test_hostile_names_stay_out(void **state)
{
	memset(&incident, 0, sizeof(incident));
	sent_by_process(&incident);
	strcpy(incident.signal.sender.comm, "\x1b[31mEVIL");
	strcpy(incident.process.comm, "\x1b[31mEVIL");
	strcpy(incident.object.path.text, "\x1b[31mEVIL");
	incident.object.have_path = true;
	explain(&incident, &explanation);
	assert_null(strstr(explanation.text, "EVIL"));
	assert_null(strstr(explanation.disposition, "EVIL"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeline_values),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_advice_by_call_and_outcome),
		cmocka_unit_test(test_odd_values_are_survived),
		cmocka_unit_test(test_hostile_names_stay_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
