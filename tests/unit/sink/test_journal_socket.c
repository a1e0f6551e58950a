// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does each entry reach journald, or is it counted, if journald is not there, stops, comes back or
 * does not read? The test is journald, on a /run of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "journal.h"
#include "log.h"
#include "samples.h"

#define DIRECTORY "/run/systemd/journal"
#define MANY 3000 /* more than the queue of a sink and the socket take */
#define WAIT_MS 20000

static const struct ev_session session;
static struct sample sample;
static char bytes[1 << 20];

/* --- journald --- */

static int listen_as_journald(void)
{
	const struct sockaddr_un address = { AF_UNIX, DIRECTORY "/socket" };
	const struct timeval patience = { .tv_sec = WAIT_MS / 1000 };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	unlink(address.sun_path);
	assert_return_code(bind(fd, (const struct sockaddr *)&address, sizeof(address)), errno);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void stop_journald(int fd)
{
	close(fd);
	unlink(DIRECTORY "/socket");
}

/* An entry, and the memfd that it came in; -1: in the datagram. */
static size_t take_entry(int fd, int *ret_memfd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { bytes, sizeof(bytes) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);

	assert_return_code(size, errno);
	*ret_memfd = -1;
	if (!CMSG_FIRSTHDR(&message))
		return (size_t)size;
	assert_int_equal(size, 0);
	memcpy(ret_memfd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	return (size_t)pread(*ret_memfd, bytes, sizeof(bytes), 0);
}

static void expect_entry(int fd, const char *text)
{
	int memfd;
	size_t size = take_entry(fd, &memfd);

	assert_int_equal(memfd, -1);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(bytes, text, size);
}

static void send_entry(struct journal *journal, const char *text)
{
	assert_int_equal(journal_send(journal, text, strlen(text)), 0);
}

/* --- one entry --- */

static void test_absent(void **state)
{
	struct journal *journal = NULL;
	int fd;

	assert_int_equal(journal_open(&journal), -ENOENT);
	fd = listen_as_journald();
	close(fd);
	assert_int_equal(journal_open(&journal), -ECONNREFUSED);
	unlink(DIRECTORY "/socket");
}

static void test_small_and_large(void **state)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	cleanup(cleanup_free) char *large = malloc(sizeof(bytes) - 1);
	struct journal *journal;
	int fd = listen_as_journald(), memfd;

	memset(large, 'x', sizeof(bytes) - 1);
	assert_int_equal(journal_open(&journal), 0);
	send_entry(journal, "MESSAGE=a\n");
	expect_entry(fd, "MESSAGE=a\n");
	assert_int_equal(journal_send(journal, large, sizeof(bytes) - 1), 0);
	assert_int_equal(take_entry(fd, &memfd), sizeof(bytes) - 1);
	assert_memory_equal(bytes, large, sizeof(bytes) - 1);
	/* journald would refuse it otherwise. */
	assert_int_equal(fcntl(memfd, F_GET_SEALS) & seals, seals);
	assert_int_equal(ftruncate(memfd, 0), -1);
	close(memfd);
	journal_free(journal);
	stop_journald(fd);
}

/* It is root's, but sigpath may have another root directory by then. */
static void test_without_the_path(void **state)
{
	struct journal *journal;
	int fd = listen_as_journald();

	assert_int_equal(journal_open(&journal), 0);
	assert_return_code(rename("/run/systemd", "/run/elsewhere"), errno);
	send_entry(journal, "MESSAGE=a\n");
	assert_return_code(rename("/run/elsewhere", "/run/systemd"), errno);
	expect_entry(fd, "MESSAGE=a\n");
	journal_free(journal);
	stop_journald(fd);
}

struct two_large {
	struct journal *journal;
	int errors[2];
};

static void *send_two_large(void *context)
{
	static const char large[sizeof(bytes)];
	struct two_large *two = context;

	for (int i = 0; i < 2; i++)
		two->errors[i] = journal_send(two->journal, large, sizeof(large));
	return NULL;
}

/* They are memory of sigpath, so one waits at a time, however many datagrams the socket takes. */
static void test_one_memfd_at_a_time(void **state)
{
	struct two_large two = { .errors = { 1, 1 } };
	int fd = listen_as_journald(), memfd, waiting;
	pthread_t thread;

	assert_int_equal(journal_open(&two.journal), 0);
	assert_int_equal(pthread_create(&thread, NULL, send_two_large, &two), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(take_entry(fd, &memfd), sizeof(bytes));
		close(memfd);
		if (i == 0)
			continue;
		pthread_join(thread, NULL);
		assert_int_equal(two.errors[0], 0);
		assert_int_equal(two.errors[1], 0);
	}
	/* Without a reader the second one does not get into the socket. */
	assert_int_equal(pthread_create(&thread, NULL, send_two_large, &two), 0);
	usleep(300000);
	assert_int_equal(take_entry(fd, &memfd), sizeof(bytes));
	close(memfd);
	assert_int_equal(recv(fd, &waiting, sizeof(waiting), MSG_DONTWAIT), -1);
	assert_int_equal(take_entry(fd, &memfd), sizeof(bytes));
	close(memfd);
	pthread_join(thread, NULL);
	journal_free(two.journal);
	stop_journald(fd);
}

/* An error that waiting does not help against is one of this entry alone. */
static void test_no_memfd(void **state)
{
	struct journal *journal;
	int fd = listen_as_journald();
	struct rlimit before, none;

	assert_int_equal(journal_open(&journal), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 3, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(journal_send(journal, bytes, sizeof(bytes)), -EMFILE);
	send_entry(journal, "MESSAGE=a\n");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	expect_entry(fd, "MESSAGE=a\n");
	journal_free(journal);
	stop_journald(fd);
}

/* --- the sink --- */

static void note_readers_gone(void *context)
{
	fail();
}

static struct sinks *start_sink(void)
{
	const struct sinks_options options = { .session = &session,
					       .readers_gone = note_readers_gone };
	struct journal *journal;
	struct sinks *sinks;

	assert_int_equal(journal_open(&journal), 0);
	assert_int_equal(sinks_new(&options, &sinks), 0);
	assert_int_equal(sinks_add_journal(sinks, journal, true), 0);
	return sinks;
}

static void put(struct sinks *sinks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sinks_incident(sinks, &sample.incident, &sample.explanation);
	sinks_flush(sinks);
}

static struct sink_counts counts_of(struct sinks *sinks)
{
	struct sink_summary summary = { 0 };

	sinks_count(sinks, &summary);
	assert_int_equal(summary.output_count, 1);
	assert_string_equal(summary.outputs[0].name, "journal");
	return summary.outputs[0];
}

static void expect_incident(int fd)
{
	int memfd;
	size_t size = take_entry(fd, &memfd);

	assert_int_equal(memfd, -1);
	assert_non_null(memmem(bytes, size, "\nSIGPATH_COMM=server\n", 21));
}

static void test_restart(void **state)
{
	int fd = listen_as_journald();
	struct sinks *sinks = start_sink();

	put(sinks, 1);
	assert_true(sinks_wait(sinks, WAIT_MS));
	expect_incident(fd);
	stop_journald(fd);
	put(sinks, 3);
	assert_false(sinks_wait(sinks, 300));
	assert_int_equal(counts_of(sinks).delivered, 1);
	fd = listen_as_journald();
	for (int i = 0; i < 3; i++)
		expect_incident(fd);
	assert_true(sinks_wait(sinks, WAIT_MS));
	assert_int_equal(counts_of(sinks).delivered, 4);
	assert_int_equal(counts_of(sinks).dropped, 0);
	sinks_free(sinks);
	stop_journald(fd);
}

/* What is counted as delivered is what the socket holds. */
static void test_stuck(void **state)
{
	int fd = listen_as_journald(), memfd;
	struct sinks *sinks = start_sink();
	struct sink_counts counts;

	put(sinks, MANY);
	assert_false(sinks_wait(sinks, 300));
	counts = counts_of(sinks);
	assert_in_range(counts.delivered, 1, MANY / 2);
	assert_int_equal(counts.delivered + counts.dropped, MANY);
	assert_int_equal(counts.failed, 0);
	/* Items wait in the queue, and others were refused at once. */
	assert_in_range(counts.waiting, 100, MANY - 100);
	assert_in_range(counts.dropped - counts.waiting, 100, MANY);
	/* The thread hangs. It is left behind with the journal. */
	sinks_free(sinks);
	for (uint64_t i = 0; i < counts.delivered; i++)
		take_entry(fd, &memfd);
	stop_journald(fd);
}

static void test_slow(void **state)
{
	int fd = listen_as_journald();
	struct sinks *sinks = start_sink();

	put(sinks, 200);
	for (int i = 0; i < 200; i++)
		expect_incident(fd);
	assert_true(sinks_wait(sinks, WAIT_MS));
	assert_int_equal(counts_of(sinks).delivered, 200);
	sinks_free(sinks);
	stop_journald(fd);
}

/* --- what is told about journald itself --- */

static char logged[4096];

static int redirect_stderr(int *ret_saved)
{
	int file = memfd_create("stderr", MFD_CLOEXEC);

	*ret_saved = dup(STDERR_FILENO);
	dup2(file, STDERR_FILENO);
	return file;
}

static void restore_stderr(int file, int saved)
{
	ssize_t size = pread(file, logged, sizeof(logged) - 1, 0);

	logged[size < 0 ? 0 : size] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(file);
}

static void expect_told(bool is_told)
{
	int fd = listen_as_journald(), saved, file;
	struct sinks *sinks = start_sink();

	file = redirect_stderr(&saved);
	put(sinks, 3);
	restore_stderr(file, saved);
	/* Once, and the entries go to the journal too. */
	assert_string_equal(logged, is_told ? "sigpath: about the journal itself: SIGPIPE killed "
					      "systemd-journal[812]: it closed\n"
					    : "");
	for (int i = 0; i < 3; i++)
		take_entry(fd, &file);
	sinks_free(sinks);
	stop_journald(fd);
}

static void test_journald_itself(void **state)
{
	strcpy(sample.explanation.text, "it closed");
	expect_told(false);
	strcpy(sample.incident.process.comm, "systemd-journal");
	expect_told(true);
	strcpy(sample.incident.process.comm, "server");
	sample.incident.peer.have = true;
	expect_told(false);
	strcpy(sample.incident.peer.names.unit, "systemd-journald.service");
	strcpy(sample.incident.process.comm, "systemd-journal");
	expect_told(true);
}

/* --- a /run of its own --- */

static bool write_text(const char *path, const char *text)
{
	cleanup(cleanup_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool enter_namespace(void)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", getuid());
	if (unshare(CLONE_NEWNS) &&
	    (unshare(CLONE_NEWUSER | CLONE_NEWNS) || !write_text("/proc/self/uid_map", map)))
		return false;
	return !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", "/run", "tmpfs", 0, NULL) && !mkdir("/run/systemd", 0755) &&
	       !mkdir(DIRECTORY, 0755);
}

static int set_up(void **state)
{
	memset(&sample, 0, sizeof(sample));
	sample_tcp(&sample);
	sample.incident.peer = (struct incident_peer_process){ 0 };
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_small_and_large),
		cmocka_unit_test(test_without_the_path),
		cmocka_unit_test(test_no_memfd),
		cmocka_unit_test(test_one_memfd_at_a_time),
		cmocka_unit_test_setup(test_restart, set_up),
		cmocka_unit_test_setup(test_slow, set_up),
		cmocka_unit_test_setup(test_journald_itself, set_up),
		cmocka_unit_test_setup(test_stuck, set_up), /* leaves a thread behind */
	};

	if (!enter_namespace()) {
		puts("no mount namespace: there is no /run for this test");
		return 77;
	}
	/* An entry that never arrives is waited for without end. */
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
