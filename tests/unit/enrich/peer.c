// SPDX-License-Identifier: GPL-2.0-or-later
/* Which process is named as the peer, how certain, and why none is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/tcp.h>
#include <time.h>

#include "enrich.h"
#include "fake_proc.h"
#include "procdir.h"
#include "units.h"

#define PEER 4321
#define START_NS UINT64_C(900000000000)

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

/* sk_peer_pid made the connection, and may have passed the socket on since then. */
static void test_who_connected_is_not_accused(void **state)
{
	prepare(EV_OBJECT_UNIX);
	incident.object.unix_.flags = EV_UNIX_PEER_HAVE | EV_UNIX_PEER_DEAD;
	incident.object.unix_.peer_pid = PEER;
	incident.object.history.watched_since_ns = 1;
	enrich_peer(&incident);
	assert_false(incident.peer.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_CLOSE_NOT_SEEN);
}

static void add_candidate(enum peer_how how, uint32_t pid)
{
	incident.candidates[incident.candidate_count++] = (struct peer_candidate){
		.how = how,
		.pid = pid,
		.tid = pid,
		.comm = "nc",
		.time_ns = incident.monotonic_ns - 5,
		.start_boot_ns = START_NS,
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

/* A seen close is certain and decides, whatever the order of arrival. */
static void test_order_and_confidence(void **state)
{
	static const enum peer_how seen[] = { PEER_HOW_CLOSED, PEER_HOW_CLOSED_BY_EXIT,
					      PEER_HOW_CLOSED_LISTENER, PEER_HOW_DISCONNECTED,
					      PEER_HOW_SHUT_DOWN };

	prepare(EV_OBJECT_PIPE);
	add_candidate(PEER_HOW_STARTED_WITH, 100);
	assert_decided(100, PEER_HOW_STARTED_WITH, CONFIDENCE_LIKELY);
	for (uint32_t i = 0; i < ARRAY_SIZE(seen); i++) {
		incident.candidate_count = 1;
		add_candidate(seen[i], 200 + i);
		assert_decided(200 + i, seen[i], CONFIDENCE_CERTAIN);
	}
	prepare(EV_OBJECT_PIPE);
	add_candidate(PEER_HOW_CLOSED, 7);
	add_candidate(PEER_HOW_STARTED_WITH, 8);
	assert_decided(7, PEER_HOW_CLOSED, CONFIDENCE_CERTAIN);
}

static void test_the_close_is_told(void **state)
{
	prepare(EV_OBJECT_PIPE);
	add_candidate(PEER_HOW_CLOSED_BY_EXIT, 7);
	incident.candidates[0].tid = 8;
	incident.candidates[0].have_exit = true;
	incident.candidates[0].exit_status = 9;
	assert_decided(7, PEER_HOW_CLOSED_BY_EXIT, CONFIDENCE_CERTAIN);
	assert_int_equal(incident.peer.tid, 8);
	assert_string_equal(incident.peer.comm, "nc");
	assert_int_equal(incident.peer.ago_ns, 5);
	assert_true(incident.peer.have_exit);
	assert_int_equal(incident.peer.exit_status, 9);
}

/* The incident's own process was started at 1000.000000000 s, 2 s after the clock of boots began. */
static void test_the_start_is_on_the_same_clocks(void **state)
{
	prepare(EV_OBJECT_PIPE);
	incident.process.start = (struct timespec){ .tv_sec = 1000, .tv_nsec = 100 };
	incident.process.start_boot_ns = 2000000000;
	add_candidate(PEER_HOW_CLOSED, 7);
	incident.candidates[0].start_boot_ns = 1999999800;
	enrich_peer(&incident);
	assert_int_equal(incident.peer.start.tv_sec, 999);
	assert_int_equal(incident.peer.start.tv_nsec, 999999900);
}

/* It went on reading, so somebody else made the write fail. */
static void test_a_half_close_accuses_nobody(void **state)
{
	prepare(EV_OBJECT_TCP);
	incident.object.history.watched_since_ns = 1;
	incident.object.history.peer_shutdown.time_ns = 1;
	add_candidate(PEER_HOW_SHUT_DOWN, 7);
	incident.candidates[0].flags = EV_CLOSER_SHUTDOWN | EV_CLOSER_HALF;
	enrich_peer(&incident);
	assert_false(incident.peer.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_ONLY_HALF_CLOSED);
	add_candidate(PEER_HOW_CLOSED, 8);
	assert_int_equal(incident.candidate_count, 2);
	incident_set_missing(&incident, MISSING_PEER, WHY_NONE);
	assert_decided(8, PEER_HOW_CLOSED, CONFIDENCE_CERTAIN);
}

/* Nobody at the other end can help it. */
static void test_own_ends(void **state)
{
	prepare(EV_OBJECT_TCP);
	incident.object.state = TCP_FIN_WAIT2;
	incident.object.shutdown = EV_SHUTDOWN_SEND;
	add_candidate(PEER_HOW_CLOSED, 7);
	enrich_peer(&incident);
	assert_false(incident.peer.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_OWN_SHUTDOWN);

	prepare(EV_OBJECT_TCP);
	incident.object.state = TCP_CLOSE;
	enrich_peer(&incident);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_NOT_CONNECTED);

	prepare(EV_OBJECT_TCP);
	incident.object.state = TCP_LISTEN;
	enrich_peer(&incident);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_LISTENING);

	/* A unix socket: whoever came first. */
	prepare(EV_OBJECT_UNIX);
	incident.object.unix_.flags = EV_UNIX_PEER_HAVE;
	incident.object.history.local.time_ns = 5;
	incident.object.history.peer_shutdown.time_ns = 6;
	add_candidate(PEER_HOW_SHUT_DOWN, 7);
	enrich_peer(&incident);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_OWN_SHUTDOWN);
	incident_set_missing(&incident, MISSING_PEER, WHY_NONE);
	incident.object.history.peer_shutdown.time_ns = 4;
	assert_decided(7, PEER_HOW_SHUT_DOWN, CONFIDENCE_CERTAIN);
}

/* The last reference was dropped by a thread of the kernel. */
static void test_a_kernel_thread_is_not_accused(void **state)
{
	prepare(EV_OBJECT_PIPE);
	incident.object.history.watched_since_ns = 1;
	incident.object.history.peer.flags = EV_CLOSER_KERNEL;
	enrich_peer(&incident);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_CLOSED_BY_KERNEL);
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

static void test_reasons(void **state)
{
	static const struct {
		enum ev_object_type type;
		enum missing_reason reason;
	} reasons[] = {
		{ EV_OBJECT_NONE, WHY_OBJECT_UNKNOWN },
		{ EV_OBJECT_PIPE, WHY_CLOSE_NOT_SEEN },
		{ EV_OBJECT_FIFO, WHY_CLOSE_NOT_SEEN },
		{ EV_OBJECT_TCP, WHY_REMOTE },
		{ EV_OBJECT_MPTCP, WHY_TYPE_NOT_WATCHED },
		{ EV_OBJECT_SCTP, WHY_TYPE_NOT_WATCHED },
		{ EV_OBJECT_VSOCK, WHY_TYPE_NOT_WATCHED },
		{ EV_OBJECT_SOCKET, WHY_TYPE_NOT_WATCHED },
		{ EV_OBJECT_UNIX, WHY_NOT_CONNECTED },
		{ EV_OBJECT_FILE, WHY_NO_OTHER_END },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		prepare(reasons[i].type);
		incident.object.peer_port = 80;
		incident.object.history.watched_since_ns = 1;
		enrich_peer(&incident);
		assert_false(incident.peer.have);
		assert_int_equal(incident_why_missing(&incident, MISSING_PEER), reasons[i].reason);
	}
}

/* With the hooks on releases a close is unseen only if it was before them. */
static void test_reasons_of_closes(void **state)
{
	prepare(EV_OBJECT_PIPE);
	incident.object.history.watched_since_ns = 1;
	incident.object.history.watched = EV_WATCHED_RELEASES;
	enrich_peer(&incident);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_CLOSED_BEFORE_START);

	prepare(EV_OBJECT_PIPE);
	enrich_peer(&incident);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_NOT_WATCHED_ENDS);
}

/* --- what it was --- */

static void set_detail(uint32_t pid, uint64_t start_boot_ns, uint32_t flags)
{
	struct ev_peer *detail = &incident.peer_detail;

	*detail = (struct ev_peer){ .pid = pid,
				    .start_boot_ns = start_boot_ns,
				    .uid = 1000,
				    .flags = flags,
				    .status = 11,
				    .exe_length = 8,
				    .cmdline_length = 11,
				    .cgroup_length = 22 };
	memcpy(detail->exe, "nc\0bin\0", 7);
	detail->exe_length = 7;
	memcpy(detail->cmdline, "nc\0-l\08088", 11);
	memcpy(detail->cgroup, "a.service\0system.slice\0", 23);
	detail->cgroup_length = 23;
}

static void test_details(void **state)
{
	prepare(EV_OBJECT_PIPE);
	set_detail(7, START_NS, EV_PEER_ENDED);
	add_candidate(PEER_HOW_CLOSED, 7);
	enrich_peer(&incident);
	assert_string_equal(incident.peer.exe.text, "/bin/nc");
	assert_int_equal(incident.peer.cmdline.count, 3);
	assert_string_equal(incident.peer.cmdline.args[2], "8088");
	assert_string_equal(incident.peer.names.unit, "a.service");
	assert_int_equal(incident.peer.uid, 1000);
	assert_int_equal(incident.peer.exit_status, 11);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER_EXIT), WHY_NONE);
}

/* The unit may be in the part that is missing. */
static void test_details_with_a_long_cgroup(void **state)
{
	prepare(EV_OBJECT_PIPE);
	set_detail(7, START_NS, EV_PEER_LIVES | EV_PEER_CGROUP_TRUNCATED);
	memcpy(incident.peer_detail.cgroup, "x\0y\0", 4);
	incident.peer_detail.cgroup_length = 4;
	add_candidate(PEER_HOW_CLOSED, 7);
	enrich_peer(&incident);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER_UNIT), WHY_CGROUP_CUT_OFF);
}

/* The same number, another process. */
static void test_details_of_another_process(void **state)
{
	prepare(EV_OBJECT_PIPE);
	set_detail(7, START_NS + 1, EV_PEER_ENDED);
	add_candidate(PEER_HOW_CLOSED, 7);
	enrich_peer(&incident);
	assert_true(incident.peer.have);
	assert_false(incident.peer.exe.have || incident.peer.cmdline.have ||
		     incident.peer.have_uid);
	assert_false(incident.peer.have_exit);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER_EXE), WHY_NOT_KEPT);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER_EXIT), WHY_NOT_KEPT);
}

/* A hostile file: lengths beyond the arrays, components without an end. */
static void test_hostile_details(void **state)
{
	prepare(EV_OBJECT_PIPE);
	set_detail(7, START_NS, EV_PEER_LIVES);
	incident.peer_detail.cmdline_length = UINT32_MAX;
	incident.peer_detail.cgroup_length = EV_PEER_TEXT_MAX + 1;
	memset(incident.peer_detail.exe, 'x', EV_PEER_TEXT_MAX);
	incident.peer_detail.exe_length = EV_PEER_TEXT_MAX;
	add_candidate(PEER_HOW_CLOSED, 7);
	enrich_peer(&incident);
	assert_false(incident.peer.exe.have || incident.peer.cmdline.have ||
		     incident.peer.cgroup.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER_EXIT), WHY_STILL_RUNS);
}

static void write_living(const struct fake_proc *proc, unsigned long long start_ticks)
{
	fake_proc_write_stat(proc, PEER, "nc", 'S', start_ticks);
	fake_proc_write(proc, PEER, "status", "Name:\tnc\nUid:\t1000\t0\t0\t0\n", 26);
	fake_proc_write(proc, PEER, "cmdline", "nc\0-l\0", 6);
	fake_proc_write(proc, PEER, "cgroup", "1:cpu:/x\n0::/system.slice/a.service\n", 37);
}

static bool read_peer(void **state, uint64_t start_boot_ns, struct ev_peer *ret_detail)
{
	const struct peer_candidate peer = { .pid = PEER, .start_boot_ns = start_boot_ns };
	const struct enrich_options options = { .proc_root = ((struct fake_proc *)*state)->root };

	return peer_detail_read(&options, &peer, ret_detail);
}

static void test_a_living_process_is_read(void **state)
{
	uint64_t tick = 1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK);
	struct ev_peer detail;

	write_living(*state, 77);
	assert_true(read_peer(state, 77 * tick + 3, &detail));
	assert_int_equal(detail.uid, 1000);
	assert_int_equal(detail.flags, EV_PEER_LIVES);
	assert_int_equal(detail.cmdline_length, 6);
	assert_int_equal(detail.cgroup_length, 23);
	assert_memory_equal(detail.cgroup, "a.service\0system.slice\0", 23);
	/* The number belongs to another process now, or to a zombie. */
	assert_false(read_peer(state, 76 * tick, &detail));
	assert_false(read_peer(state, 78 * tick, &detail));
	fake_proc_write_stat(*state, PEER, "nc", 'Z', 77);
	assert_false(read_peer(state, 77 * tick + 3, &detail));
}

/* What /proc has by the number is looked up by the number that is valid there, or not at all. */
static void test_a_process_of_another_namespace(void **state)
{
	uint64_t start_ns = 77 * 1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK);
	struct peer_candidate peer = { .pid = PEER + 1,
				       .pid_here = { true, PEER },
				       .start_boot_ns = start_ns };
	const struct enrich_options options = { .proc_root = ((struct fake_proc *)*state)->root };
	struct ev_peer detail;

	write_living(*state, 77);
	procdir_numbers = PROCDIR_NUMBERS_HERE;
	assert_true(peer_detail_read(&options, &peer, &detail));
	assert_int_equal(detail.pid, PEER + 1);
	/* A process of the host whose number another one has here. */
	peer.pid = PEER;
	peer.pid_here.number = 0;
	assert_false(peer_detail_read(&options, &peer, &detail));
	procdir_numbers = PROCDIR_NUMBERS_HOST;
	assert_true(peer_detail_read(&options, &peer, &detail));
	procdir_numbers = PROCDIR_NUMBERS_NONE;
	assert_false(peer_detail_read(&options, &peer, &detail));
	procdir_numbers = PROCDIR_NUMBERS_HOST;
}

static void test_sent_signals_have_no_peer(void **state)
{
	prepare(EV_OBJECT_NONE);
	incident.signal.origin = EV_ORIGIN_PROCESS;
	incident.subject = EV_SUBJECT_SENT;
	enrich_peer(&incident);
	assert_false(incident.peer.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_NONE);

	prepare(EV_OBJECT_NONE);
	incident.subject = EV_SUBJECT_KERNEL;
	enrich_peer(&incident);
	assert_int_equal(incident_why_missing(&incident, MISSING_PEER), WHY_NONE);
}

#define with_proc(test) cmocka_unit_test_setup_teardown(test, fake_proc_setup, fake_proc_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_proc(test_who_connected_is_not_accused),
		with_proc(test_order_and_confidence),
		with_proc(test_the_close_is_told),
		with_proc(test_the_start_is_on_the_same_clocks),
		with_proc(test_a_half_close_accuses_nobody),
		with_proc(test_own_ends),
		with_proc(test_a_kernel_thread_is_not_accused),
		with_proc(test_a_close_in_the_future_has_no_age),
		with_proc(test_reasons),
		with_proc(test_reasons_of_closes),
		with_proc(test_details),
		with_proc(test_details_with_a_long_cgroup),
		with_proc(test_details_of_another_process),
		with_proc(test_hostile_details),
		with_proc(test_a_living_process_is_read),
		with_proc(test_a_process_of_another_namespace),
		with_proc(test_sent_signals_have_no_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
