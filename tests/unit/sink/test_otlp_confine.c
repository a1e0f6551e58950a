// SPDX-License-Identifier: GPL-2.0-or-later
/* What can somebody do who has taken over the process that sends? */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "landlock.h"
#include "otlp_confine.h"

static char directory[] = "/tmp/sigpath-otlp-XXXXXX";

/* A child within the walls; true if ATTEMPT returns true in it. */
static bool succeeds(bool (*attempt)(void))
{
	const struct otlp_settings settings = { 0 };
	int status, fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = fork();

	if (!pid) {
		if (otlp_confine_files(&settings, NULL, fd) || otlp_confine_calls())
			_exit(2);
		_exit(attempt() ? 0 : 1);
	}
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 2);
	return WEXITSTATUS(status) == 0;
}

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd >= 0;
}

static bool make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 && socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
}

static bool find_a_name(void)
{
	struct addrinfo *found;

	return !getaddrinfo("localhost", "4318", NULL, &found);
}

static bool read_certificates(void)
{
	return opens("/etc/hosts", O_RDONLY) && opens("/etc/ssl", O_RDONLY | O_DIRECTORY);
}

static bool write_to_the_spool(void)
{
	char path[sizeof(directory) + 8];

	snprintf(path, sizeof(path), "%s/file", directory);
	return opens(path, O_WRONLY | O_CREAT);
}

/* Docker, D-Bus and others obey uid 0 there. */
static bool make_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_PACKET, SOCK_RAW, 0) >= 0 ||
	       socket(AF_VSOCK, SOCK_STREAM, 0) >= 0;
}

static bool execute(void)
{
	execl("/bin/true", "true", NULL);
	return false;
}

static bool start_a_process(void)
{
	return fork() >= 0;
}

static bool signal_the_parent(void)
{
	return !kill(getppid(), 0);
}

static bool trace_the_parent(void)
{
	return !ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static bool listen_for_others(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && !listen(fd, 1);
}

static bool read_memory_of_others(void)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/mem", getppid());
	return opens(path, O_RDONLY) || opens("/proc/self/environ", O_RDONLY);
}

static bool read_other_files(void)
{
	return opens("/root", O_RDONLY | O_DIRECTORY) || opens("/var/log", O_RDONLY | O_DIRECTORY);
}

static bool write_other_files(void)
{
	return opens("/etc/hosts", O_WRONLY) || opens("/tmp/sigpath-other", O_WRONLY | O_CREAT) ||
	       opens("/usr/sigpath-other", O_WRONLY | O_CREAT);
}

static void test_what_it_needs(void **state)
{
	assert_true(succeeds(make_socket));
	assert_true(succeeds(find_a_name));
	assert_true(succeeds(read_certificates));
	assert_true(succeeds(write_to_the_spool));
}

static void test_calls(void **state)
{
	assert_false(succeeds(make_unix_socket));
	assert_false(succeeds(execute));
	assert_false(succeeds(start_a_process));
	assert_false(succeeds(signal_the_parent));
	assert_false(succeeds(trace_the_parent));
	assert_false(succeeds(listen_for_others));
}

static void test_files(void **state)
{
	if (!landlock_version())
		skip();
	assert_false(succeeds(read_memory_of_others));
	assert_false(succeeds(read_other_files));
	assert_false(succeeds(write_other_files));
}

static int make_directory(void **state)
{
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char path[sizeof(directory) + 8];

	snprintf(path, sizeof(path), "%s/file", directory);
	unlink(path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_needs),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
