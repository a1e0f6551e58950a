// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every row of the table of classes is reached by the incident that it stands for, and by none that
 * lacks a part of its evidence. docs/classes.md has the same rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "class_case.h"

static void test_service_died(void **state)
{
	prepare(pipe_unread);
	is_run_by_systemd();
	assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
	assert_string_equal(explanation.class_text,
			    "the main process of a service or container died");
	/* Whatever the other end did. */
	peer_is(PEER_HOW_CLOSED, 0);
	assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
	prepare(tcp_listening);
	is_run_by_user_manager();
	assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
	prepare(unix_killed);
	is_run_in_nspawn();
	assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
	/* By the kernel, or by its own will. */
	prepare(segv);
	is_run_by_shim();
	incident.outcome = EV_OUTCOME_KILLED;
	assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
	prepare(sent_by_itself);
	is_run_by_systemd();
	assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
	/* A handler ran, and then the process raised the signal again. */
	prepare(pipe_unread);
	is_run_by_systemd();
	incident.outcome = EV_OUTCOME_HANDLED;
	incident.end.state = EV_END_ENDED;
	incident.end.status = SIGPIPE;
	assert_class(CLASS_SERVICE_DIED, SEVERITY_ERROR);
}

static void test_service_lives(void **state)
{
	prepare(pipe_unread);
	is_run_by_systemd();
	survives();
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	/* Somebody else decided that it dies. */
	prepare(sent_by_process);
	is_run_by_systemd();
	assert_class(CLASS_SENT_SIGNAL, SEVERITY_WARNING);
}

static void test_signals(void **state)
{
	prepare(sent_by_process);
	assert_class(CLASS_SENT_SIGNAL, SEVERITY_WARNING);
	prepare(sent_by_somebody);
	assert_class(CLASS_SENT_SIGNAL, SEVERITY_WARNING);
	/* By whoever has to stop it: that is no trouble, unless it does not end. */
	prepare(by_systemd);
	assert_class(CLASS_SENT_SIGNAL, SEVERITY_INFO);
	incident.signal.number = SIGKILL;
	assert_class(CLASS_SENT_SIGNAL, SEVERITY_WARNING);
	prepare(by_systemd_after_term);
	assert_class(CLASS_SENT_SIGNAL, SEVERITY_ERROR);
	prepare(stopped_by_another);
	assert_class(CLASS_SENT_SIGNAL, SEVERITY_WARNING);
	prepare(sent_by_somebody);
	incident.outcome = EV_OUTCOME_HANDLED;
	assert_class(CLASS_SENT_SIGNAL, SEVERITY_INFO);
	prepare(sent_by_itself);
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	incident.outcome = EV_OUTCOME_HANDLED;
	assert_class(CLASS_SENT_SIGNAL, SEVERITY_INFO);
	prepare(segv);
	assert_class(CLASS_KERNEL_SIGNAL, SEVERITY_NOTICE);
	incident.outcome = EV_OUTCOME_KILLED;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	prepare(exit_3);
	assert_class(CLASS_PROCESS_EXITED, SEVERITY_NOTICE);
	prepare(unexplained);
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	prepare(thread_alone);
	assert_class(CLASS_KERNEL_SIGNAL, SEVERITY_NOTICE);
	prepare(file_size_limit);
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	incident.outcome = EV_OUTCOME_IGNORED;
	assert_class(CLASS_KERNEL_SIGNAL, SEVERITY_NOTICE);
}

static void test_own_fault(void **state)
{
	static void (*const misuses[])(struct incident *) = {
		tcp_listening,	  tcp_never_connected, tcp_connect_refused,
		tcp_disconnected, sctp_listening,
	};
	static void (*const shutdowns[])(struct incident *) = {
		tcp_fin_wait1,
		unix_shut_down_here,
		unix_datagram_local,
		mptcp_local,
	};

	for (size_t i = 0; i < ARRAY_SIZE(misuses); i++) {
		prepare(misuses[i]);
		assert_class(CLASS_MISUSE, SEVERITY_WARNING);
		survives();
		assert_class(CLASS_MISUSE, SEVERITY_WARNING);
	}
	for (size_t i = 0; i < ARRAY_SIZE(shutdowns); i++) {
		prepare(shutdowns[i]);
		assert_class(CLASS_OWN_SHUTDOWN, SEVERITY_WARNING);
		survives();
		assert_class(CLASS_OWN_SHUTDOWN, SEVERITY_NOTICE);
	}
	/* Nobody else ends a UDP socket. */
	prepare(udp_shut_down);
	incident.object.family = AF_INET;
	assert_class(CLASS_OWN_SHUTDOWN, SEVERITY_NOTICE);
	incident.object.family = 0;
	assert_class(CLASS_WRITE_FAILED, SEVERITY_NOTICE);
	/* This side or the peer. */
	prepare(unix_half_down);
	survives();
	assert_class(CLASS_WRITE_FAILED, SEVERITY_NOTICE);
}

static void journal(void)
{
	static const char path[] = "/run/systemd/journal/stdout";

	prepare(unix_closed);
	survives();
	incident.object.unix_.flags |= EV_UNIX_PATH_IS_PEER;
	incident.object.unix_.path_length = sizeof(path);
	memcpy(incident.object.unix_.path, path, sizeof(path));
}

static void test_log_pipe(void **state)
{
	journal();
	assert_class(CLASS_LOG_PIPE_GONE, SEVERITY_WARNING);
	incident.outcome = EV_OUTCOME_KILLED;
	assert_class(CLASS_LOG_PIPE_GONE, SEVERITY_WARNING);
	incident.object.unix_.path[1] = 'x';
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	/* It is open. */
	journal();
	incident.object.unix_.flags &= ~EV_UNIX_PEER_DEAD;
	incident.object.unix_.peer_shutdown = 0;
	assert_class(CLASS_WRITE_FAILED, SEVERITY_NOTICE);

	/* The standard output of a service. */
	prepare(pipe_unread);
	is_run_by_systemd();
	survives();
	writes_to(1);
	assert_class(CLASS_LOG_PIPE_GONE, SEVERITY_WARNING);
	peer_lives(PEER_HOW_CLOSED);
	assert_class(CLASS_LOG_PIPE_GONE, SEVERITY_WARNING);
	writes_to(2);
	assert_class(CLASS_LOG_PIPE_GONE, SEVERITY_WARNING);
	writes_to(3);
	assert_class(CLASS_PIPELINE_DONE, SEVERITY_INFO);

	/* A child of the first process of a container. */
	prepare(fifo_read);
	writes_to(1);
	peer_lives(PEER_HOW_CLOSED);
	strcpy(incident.peer.comm, "containerd-shim");
	assert_class(CLASS_LOG_PIPE_GONE, SEVERITY_WARNING);
	incident.peer.confidence = CONFIDENCE_LIKELY;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
}

static void test_peer_death(void **state)
{
	static const int crashes[] = { SIGILL,	SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
				       SIGSEGV, SIGSYS,	 SIGXCPU, SIGXFSZ };
	static const int kills[] = { SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM };

	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++) {
		prepare(pipe_unread);
		peer_is(PEER_HOW_CLOSED_BY_EXIT, crashes[i] | 0x80);
		assert_class(CLASS_PEER_CRASHED, SEVERITY_ERROR);
	}
	for (size_t i = 0; i < ARRAY_SIZE(kills); i++) {
		server_of(seen_fin_then_reset);
		peer_is(PEER_HOW_CLOSED_BY_EXIT, kills[i]);
		assert_class(CLASS_PEER_KILLED, SEVERITY_WARNING);
	}
	/* yes | cat | head -1 */
	prepare(pipe_unread);
	peer_is(PEER_HOW_CLOSED_BY_EXIT, SIGPIPE);
	assert_class(CLASS_PIPELINE_BROKEN, SEVERITY_NOTICE);
	incident.object.type = EV_OBJECT_UNIX;
	incident.object.unix_.flags = EV_UNIX_PEER_HAVE | EV_UNIX_PEER_DEAD;
	assert_class(CLASS_PEER_KILLED, SEVERITY_WARNING);
}

static void test_peer_death_evidence(void **state)
{
	/* It closed the end first, and died later. */
	prepare(pipe_unread);
	peer_is(PEER_HOW_CLOSED, SIGSEGV);
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	/* Only likely. */
	peer_is(PEER_HOW_STARTED_WITH, SIGSEGV);
	incident.peer.confidence = CONFIDENCE_LIKELY;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	peer_is(PEER_HOW_CLOSED_BY_EXIT, SIGSEGV);
	incident.peer.have_exit = false;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	/* An exit is no crash. */
	peer_is(PEER_HOW_CLOSED_BY_EXIT, EXITED(139));
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
}

static void test_pipeline_done(void **state)
{
	prepare(pipe_unread);
	peer_is(PEER_HOW_CLOSED, EXITED(0));
	assert_class(CLASS_PIPELINE_DONE, SEVERITY_INFO);
	assert_string_equal(explanation.class_text, "the reader had seen enough");
	peer_is(PEER_HOW_CLOSED_BY_EXIT, EXITED(0));
	assert_class(CLASS_PIPELINE_DONE, SEVERITY_INFO);
	peer_lives(PEER_HOW_CLOSED);
	assert_class(CLASS_PIPELINE_DONE, SEVERITY_INFO);
	prepare(fifo_read);
	peer_is(PEER_HOW_CLOSED, EXITED(0));
	assert_class(CLASS_PIPELINE_DONE, SEVERITY_INFO);
	/* The writer got EPIPE, and exits for that reason. */
	ends_later(EXITED(1));
	assert_class(CLASS_PIPELINE_DONE, SEVERITY_INFO);
}

/* An unknown peer is never benign. */
static void test_pipeline_evidence(void **state)
{
	prepare(pipe_unread);
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	peer_is(PEER_HOW_STARTED_WITH, EXITED(0));
	incident.peer.confidence = CONFIDENCE_LIKELY;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	peer_is(PEER_HOW_CLOSED_BY_EXIT, EXITED(1));
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	/* How it ended was not kept. */
	peer_is(PEER_HOW_CLOSED, EXITED(0));
	incident.peer.have_exit = false;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	incident.missing[MISSING_PEER_EXIT] = WHY_NOT_KEPT;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	incident.missing[MISSING_PEER_EXIT] = WHY_NONE;
	/* The writer closed the read end itself. */
	peer_is(PEER_HOW_CLOSED, EXITED(0));
	incident.peer.pid = incident.process.pid;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	/* Not a pipe, or one that has readers. */
	prepare(unix_closed);
	peer_is(PEER_HOW_CLOSED, EXITED(0));
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
	prepare(pipe_with_readers);
	peer_is(PEER_HOW_CLOSED, EXITED(0));
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
}

static void test_exit_of_the_writer(void **state)
{
	prepare(pipe_unread);
	ends_later(EXITED(101));
	assert_class(CLASS_PROCESS_EXITED, SEVERITY_WARNING);
	ends_later(SIGTERM);
	assert_class(CLASS_PROCESS_EXITED, SEVERITY_WARNING);
	ends_later(EXITED(0));
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
}

static void test_connections(void **state)
{
	server_of(tcp_timeout);
	assert_class(CLASS_CONNECTION_LOST, SEVERITY_WARNING);
	server_of(tcp_keepalive);
	assert_class(CLASS_CONNECTION_LOST, SEVERITY_WARNING);
	server_of(seen_destroyed);
	assert_class(CLASS_CONNECTION_LOST, SEVERITY_WARNING);

	/* A client of another host, and one of this host. */
	server_of(tcp_fin_then_reset);
	assert_class(CLASS_CLIENT_GONE, SEVERITY_NOTICE);
	peer_lives(PEER_HOW_CLOSED);
	assert_class(CLASS_CLIENT_GONE, SEVERITY_INFO);
	peer_is(PEER_HOW_CLOSED_BY_EXIT, EXITED(0));
	assert_class(CLASS_CLIENT_GONE, SEVERITY_INFO);
	peer_is(PEER_HOW_CLOSED_BY_EXIT, EXITED(1));
	assert_class(CLASS_CLIENT_GONE, SEVERITY_NOTICE);
	/* MSG_NOSIGNAL: nobody waits for its end. */
	incident.outcome = EV_OUTCOME_SUPPRESSED;
	incident.end.state = EV_END_NOT_ASKED;
	assert_class(CLASS_CLIENT_GONE, SEVERITY_NOTICE);

	incident.outcome = EV_OUTCOME_HANDLED;
	incident.end.state = EV_END_ALIVE;
	assert_class(CLASS_CLIENT_GONE, SEVERITY_NOTICE);

	/* It is the client, or one cannot tell. */
	server_of(tcp_fin_then_reset);
	incident.object.local_port = 32768;
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	server_of(tcp_fin_then_reset);
	incident.object.peer_port = 32767;
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	incident.object.local_port = 0;
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	/* A handler ran, or the signal still waits, and nobody knows what became of it. */
	server_of(tcp_fin_then_reset);
	incident.outcome = EV_OUTCOME_HANDLED;
	incident.end.state = EV_END_UNKNOWN;
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	incident.outcome = EV_OUTCOME_PENDING;
	incident.end.state = EV_END_NOT_ASKED;
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	/* It does not live on. */
	server_of(tcp_fin_then_reset);
	ends_later(EXITED(0));
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	incident.outcome = EV_OUTCOME_KILLED;
	assert_class(CLASS_PROCESS_DIED, SEVERITY_WARNING);
}

static void test_unix_connections(void **state)
{
	unix_server();
	assert_class(CLASS_CLIENT_GONE, SEVERITY_NOTICE);
	peer_lives(PEER_HOW_CLOSED);
	assert_class(CLASS_CLIENT_GONE, SEVERITY_INFO);
	unix_server();
	incident.object.unix_.flags |= EV_UNIX_PATH_IS_PEER;
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	unix_server();
	incident.object.unix_.path_length = 0;
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	/* Any datagram socket may have a name. */
	unix_server();
	incident.object.sock_type = SOCK_DGRAM;
	incident.object.shutdown = 0;
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	/* SCTP and vsock: the state shows that the peer did it. */
	prepare(vsock_peer);
	survives();
	assert_class(CLASS_PEER_GONE, SEVERITY_NOTICE);
	prepare(sctp_no_association);
	survives();
	assert_class(CLASS_WRITE_FAILED, SEVERITY_NOTICE);
	prepare(no_object);
	survives();
	assert_class(CLASS_WRITE_FAILED, SEVERITY_NOTICE);
}

/* --- the table --- */

/* After all of the tests above. */
static void test_every_row_is_reached(void **state)
{
	assert_true(class_rules_count <= ARRAY_SIZE(reached));
	for (size_t i = 0; i < class_rules_count; i++)
		if (!reached[i])
			fail_msg("no test reaches row %zu, %s", i,
				 class_name(class_rules[i].class));
	assert_null(class_rules[class_rules_count - 1].matches);
}

static void assert_causes_exist(const char *const *codes)
{
	for (; *codes; codes++) {
		bool known = false;

		for (size_t i = 0; i < CASES; i++)
			known |= !strcmp(case_at(i)->code, *codes);
		if (!known)
			fail_msg("there is no cause %s", *codes);
	}
}

/* The conditions name causes by their codes. */
static void test_causes_exist(void **state)
{
	assert_causes_exist(class_misuses);
	assert_causes_exist(class_losses);
	assert_causes_exist(class_ends);
}

/* The lines "| `class` | severity | ..." of docs/classes.md are the rows, in their order. */
static void test_docs_have_the_rows(void **state)
{
	FILE *file = fopen(CLASSES_MD, "re");
	char line[2048], expected[128];
	size_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		const struct class_rule *rule = &class_rules[count];

		if (strncmp(line, "| `", 3) != 0)
			continue;
		if (count == class_rules_count)
			fail_msg("docs/classes.md has another row: %s", line);
		snprintf(expected, sizeof(expected), "| `%s` | %s | ", class_name(rule->class),
			 severity_name(rule->severity));
		if (strncmp(line, expected, strlen(expected)) != 0)
			fail_msg("row %zu of docs/classes.md is not \"%s\": %s", count, expected,
				 line);
		count++;
	}
	fclose(file);
	assert_int_equal(count, class_rules_count);
}

static void test_every_class_has_a_row(void **state)
{
	for (enum incident_class class = 1; class <= CLASS_LAST; class ++) {
		bool known = false;

		for (size_t i = 0; i < class_rules_count; i++)
			known |= class_rules[i].class == class;
		if (!known)
			fail_msg("no row has the class %s", class_name(class));
	}
	assert_null(class_name(0));
	assert_null(class_name(CLASS_LAST + 1));
	assert_null(severity_name(SEVERITY_ERROR + 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_service_died),
		cmocka_unit_test(test_service_lives),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_own_fault),
		cmocka_unit_test(test_log_pipe),
		cmocka_unit_test(test_peer_death),
		cmocka_unit_test(test_peer_death_evidence),
		cmocka_unit_test(test_pipeline_done),
		cmocka_unit_test(test_pipeline_evidence),
		cmocka_unit_test(test_exit_of_the_writer),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_unix_connections),
		cmocka_unit_test(test_every_row_is_reached),
		cmocka_unit_test(test_causes_exist),
		cmocka_unit_test(test_docs_have_the_rows),
		cmocka_unit_test(test_every_class_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
