// SPDX-License-Identifier: GPL-2.0-or-later
/* Which process is named as the peer, how certain, and why none is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "enrich.h"
#include "fake_proc.h"
#include "units.h"

#define PEER 4321

static const struct snapshot no_snapshot;
static struct incident incident;

static void prepare(enum ev_object_type type)
{
	struct timespec now;

	memset(&incident, 0, sizeof(incident));
	incident.signal.origin = EV_ORIGIN_KERNEL;
	incident.subject = EV_SUBJECT_WRITE;
	incident.process.pid = 812;
	incident.object.type = type;
	clock_gettime(CLOCK_MONOTONIC, &now);
	incident.monotonic_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void prepare_unix(uint32_t pid)
{
	prepare(EV_OBJECT_UNIX);
	incident.object.unix_.peer_pid = pid;
}

static void enrich_from(const struct fake_proc *proc, bool live)
{
	struct enrich_options options = { .live = live, .proc_root = proc->root };

	enrich(&incident, &no_snapshot, &options);
	enrich_peer(&incident);
}

static void assert_peer_without_comm(enum missing_reason reason)
{
	assert_true(incident.peer.have);
	assert_int_equal(incident.peer.pid, PEER);
	assert_false(incident.peer.have_comm);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER_COMM), reason);
}

static void test_unix(void **state)
{
	fake_proc_write_stat(*state, PEER, "nc", 'S', 1);
	prepare_unix(PEER);
	enrich_from(*state, true);
	assert_true(incident.peer.have);
	assert_int_equal(incident.peer.pid, PEER);
	assert_true(incident.peer.have_comm);
	assert_string_equal(incident.peer.comm, "nc");
	assert_int_equal(incident.peer.how, PEER_HOW_RECORDED);
	assert_int_equal(incident.peer.confidence, CONFIDENCE_LIKELY);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_NONE);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER_COMM), WHY_NONE);
}

static void test_unix_long_name(void **state)
{
	fake_proc_write_stat(*state, PEER, "0123456789abcdef0123456789abcdef", 'S', 1);
	prepare_unix(PEER);
	enrich_from(*state, true);
	assert_string_equal(incident.peer.comm, "0123456789abcde");
}

static void test_unix_gone(void **state)
{
	prepare_unix(PEER);
	enrich_from(*state, true);
	assert_peer_without_comm(WHY_PROCESS_GONE);

	/* The kernel knows that it has exited, so the PID now belongs to another process. */
	fake_proc_write_stat(*state, PEER, "other", 'S', 1);
	prepare_unix(PEER);
	incident.object.unix_.flags = EV_UNIX_PEER_PID_GONE;
	enrich_from(*state, true);
	assert_peer_without_comm(WHY_PROCESS_GONE);
}

static void test_unix_reused_pid(void **state)
{
	struct timespec now;
	unsigned long long tick = 1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK);

	clock_gettime(CLOCK_BOOTTIME, &now);
	fake_proc_write_stat(*state, PEER, "other", 'S',
			     ((unsigned long long)now.tv_sec + 2) * 1000000000ull / tick);
	prepare_unix(PEER);
	enrich_from(*state, true);
	assert_peer_without_comm(WHY_PROCESS_GONE);
}

static void test_unix_malformed_stat(void **state)
{
	fake_proc_write(*state, PEER, "stat", "4321 (nc", 8);
	prepare_unix(PEER);
	enrich_from(*state, true);
	assert_peer_without_comm(WHY_PROCESS_GONE);
}

static void test_unix_replay(void **state)
{
	fake_proc_write_stat(*state, PEER, "nc", 'S', 1);
	prepare_unix(PEER);
	enrich_from(*state, false);
	assert_peer_without_comm(WHY_NOT_RECORDED);
}

static void test_unix_own_pair(void **state)
{
	prepare_unix(812);
	enrich_from(*state, true);
	assert_false(incident.peer.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_SOCKETPAIR_OF_OWN);
}

/* Whom a hook saw closing the end is better than who made the connection. */
static void test_a_seen_close_is_better(void **state)
{
	prepare_unix(PEER);
	incident.candidate_count = 1;
	incident.candidates[0] = (struct peer_candidate){
		.how = PEER_HOW_CLOSED_BY_EXIT,
		.pid = 7,
		.tid = 8,
		.comm = "nc",
		.time_ns = incident.monotonic_ns - 5,
		.have_exit = true,
		.exit_status = 9,
	};
	enrich_from(*state, true);
	assert_int_equal(incident.peer.pid, 7);
	assert_int_equal(incident.peer.tid, 8);
	assert_string_equal(incident.peer.comm, "nc");
	assert_int_equal(incident.peer.confidence, CONFIDENCE_CERTAIN);
	assert_int_equal(incident.peer.ago_ns, 5);
	assert_int_equal(incident.peer.exit_status, 9);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER_COMM), WHY_NONE);
	assert_int_equal(incident.candidate_count, 2);
}

static void add_candidate(enum peer_how how, uint32_t pid)
{
	incident.candidates[incident.candidate_count++] = (struct peer_candidate){
		.how = how, .pid = pid, .tid = pid, .time_ns = incident.monotonic_ns - 5
	};
}

static void assert_decided(uint32_t pid, enum peer_how how, enum confidence confidence)
{
	enrich_peer(&incident);
	assert_true(incident.peer.have);
	assert_int_equal(incident.peer.pid, pid);
	assert_int_equal(incident.peer.how, how);
	assert_int_equal(incident.peer.confidence, confidence);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_NONE);
}

/* Each kind of evidence alone, then all weaker ones added before it: the strongest decides. */
static void test_order_and_confidence(void **state)
{
	static const struct {
		enum peer_how how;
		enum confidence confidence;
	} order[] = {
		{ PEER_HOW_RECORDED, CONFIDENCE_LIKELY },
		{ PEER_HOW_SAME_JOB, CONFIDENCE_LIKELY },
		{ PEER_HOW_HELD_AT_EXIT, CONFIDENCE_LIKELY },
	};
	static const enum peer_how seen[] = { PEER_HOW_CLOSED, PEER_HOW_CLOSED_BY_EXIT,
					      PEER_HOW_SHUT_DOWN };

	prepare(EV_OBJECT_PIPE);
	for (uint32_t i = 0; i < ARRAY_SIZE(order); i++) {
		add_candidate(order[i].how, 100 + i);
		assert_decided(100 + i, order[i].how, order[i].confidence);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(seen); i++) {
		incident.candidate_count = ARRAY_SIZE(order);
		add_candidate(seen[i], 200 + i);
		assert_decided(200 + i, seen[i], CONFIDENCE_CERTAIN);
	}
	/* The order of arrival does not matter. */
	prepare(EV_OBJECT_PIPE);
	add_candidate(PEER_HOW_CLOSED, 7);
	add_candidate(PEER_HOW_SAME_JOB, 8);
	assert_decided(7, PEER_HOW_CLOSED, CONFIDENCE_CERTAIN);
}

/* Of an earlier connection between the same addresses. */
static void test_closes_before_the_connection_are_refused(void **state)
{
	prepare(EV_OBJECT_TCP);
	incident.object.history.connected_ns = incident.monotonic_ns - 1000;
	add_candidate(PEER_HOW_CLOSED, 7);
	incident.candidates[0].time_ns = incident.object.history.connected_ns - 1;
	enrich_peer(&incident);
	assert_false(incident.peer.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_REMOTE);

	prepare(EV_OBJECT_TCP);
	incident.object.history.connected_ns = incident.monotonic_ns - 1000;
	add_candidate(PEER_HOW_CLOSED, 7);
	incident.candidates[0].time_ns = incident.object.history.connected_ns - 1;
	add_candidate(PEER_HOW_SHUT_DOWN, 8);
	assert_decided(8, PEER_HOW_SHUT_DOWN, CONFIDENCE_CERTAIN);
}

/* As a hostile file may have it: after the incident. */
static void test_a_close_in_the_future_has_no_age(void **state)
{
	prepare(EV_OBJECT_TCP);
	add_candidate(PEER_HOW_CLOSED, 7);
	incident.candidates[0].time_ns = incident.monotonic_ns + 1;
	assert_decided(7, PEER_HOW_CLOSED, CONFIDENCE_CERTAIN);
	assert_false(incident.peer.have_ago);
}

static void test_candidates_are_bounded(void **state)
{
	prepare_unix(PEER);
	incident.candidate_count = INCIDENT_CANDIDATES_MAX;
	for (size_t i = 0; i < INCIDENT_CANDIDATES_MAX; i++)
		incident.candidates[i] =
			(struct peer_candidate){ .how = PEER_HOW_SAME_JOB, .pid = 7 + i };
	enrich_from(*state, true);
	assert_int_equal(incident.candidate_count, INCIDENT_CANDIDATES_MAX);
	assert_int_equal(incident.peer.pid, 7);
	assert_int_equal(incident.peer.confidence, CONFIDENCE_LIKELY);
}

static void test_reasons(void **state)
{
	static const struct {
		enum ev_object_type type;
		enum missing_reason reason;
	} reasons[] = {
		{ EV_OBJECT_NONE, WHY_OBJECT_UNKNOWN },
		{ EV_OBJECT_PIPE, WHY_PIPE_KEEPS_NO_READER },
		{ EV_OBJECT_FIFO, WHY_PIPE_KEEPS_NO_READER },
		{ EV_OBJECT_TCP, WHY_REMOTE },
		{ EV_OBJECT_MPTCP, WHY_REMOTE },
		{ EV_OBJECT_SCTP, WHY_REMOTE },
		{ EV_OBJECT_VSOCK, WHY_REMOTE },
		{ EV_OBJECT_SOCKET, WHY_REMOTE },
		{ EV_OBJECT_UNIX, WHY_NO_PEER_RECORDED },
		{ EV_OBJECT_FILE, WHY_NO_OTHER_END },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		prepare(reasons[i].type);
		enrich_from(*state, true);
		assert_false(incident.peer.have);
		assert_int_equal(incident_why_missing(&incident, MISSING_PEER), reasons[i].reason);
	}
}

static void test_sent_signals_have_no_peer(void **state)
{
	prepare(EV_OBJECT_NONE);
	incident.signal.origin = EV_ORIGIN_PROCESS;
	incident.subject = EV_SUBJECT_SENT;
	enrich_from(*state, true);
	assert_false(incident.peer.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_NONE);

	prepare(EV_OBJECT_NONE);
	incident.subject = EV_SUBJECT_KERNEL;
	enrich_from(*state, true);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_NONE);
}

#define with_proc(test) cmocka_unit_test_setup_teardown(test, fake_proc_setup, fake_proc_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_proc(test_unix),
		with_proc(test_unix_long_name),
		with_proc(test_unix_gone),
		with_proc(test_unix_reused_pid),
		with_proc(test_unix_malformed_stat),
		with_proc(test_unix_replay),
		with_proc(test_unix_own_pair),
		with_proc(test_a_seen_close_is_better),
		with_proc(test_order_and_confidence),
		with_proc(test_closes_before_the_connection_are_refused),
		with_proc(test_a_close_in_the_future_has_no_age),
		with_proc(test_candidates_are_bounded),
		with_proc(test_reasons),
		with_proc(test_sent_signals_have_no_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
