// SPDX-License-Identifier: GPL-2.0-or-later
/* What a service manager gets, and that a hostile or silent one harms nothing. */
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "landlock.h"
#include "notify.h"
#include "units.h"

static char directory[] = "/tmp/sigpath-notify-XXXXXX";
static char place[sizeof(directory) + 8];
static char logged[1024];

static int make_directory(void **state)
{
	snprintf(place, sizeof(place), "%s/socket", mkdtemp(directory));
	return 0;
}

static int remove_directory(void **state)
{
	return rmdir(directory);
}

/* The socket of the manager. NAME begins with '/', or with '@' for an abstract one. */
static int listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		unlink(name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
			 0);
	return fd;
}

/* notify_open() with this environment, and what it logs. NULL: the variable is not set. */
static void open_with(const char *socket, const char *usec, const char *pid)
{
	int log_file = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO);

	if (socket)
		setenv("NOTIFY_SOCKET", socket, 1);
	if (usec)
		setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	dup2(log_file, STDERR_FILENO);
	notify_open();
	dup2(saved, STDERR_FILENO);
	close(saved);
	memset(logged, 0, sizeof(logged));
	assert_true(pread(log_file, logged, sizeof(logged) - 1, 0) >= 0);
	close(log_file);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
}

static void expect_message(int manager, const char *expected)
{
	char message[4097] = "";

	assert_true(recv(manager, message, sizeof(message) - 1, 0) > 0);
	assert_string_equal(message, expected);
}

static void say_everything(void)
{
	notify_ready("0 incidents");
	notify_status("1 incident");
	notify_alive();
	notify_reloading();
	notify_reloaded();
	notify_stopping();
}

static void expect_everything(int manager)
{
	uint64_t before = clock_ns(CLOCK_MONOTONIC), usec;
	char message[256] = "";

	expect_message(manager, "READY=1\nSTATUS=0 incidents");
	expect_message(manager, "STATUS=1 incident");
	expect_message(manager, "WATCHDOG=1");
	assert_true(recv(manager, message, sizeof(message) - 1, 0) > 0);
	assert_int_equal(sscanf(message, "RELOADING=1\nMONOTONIC_USEC=%" SCNu64, &usec), 1);
	assert_true(usec <= before / NSEC_PER_USEC && usec > before / NSEC_PER_USEC - 60000000);
	expect_message(manager, "READY=1");
	expect_message(manager, "STOPPING=1");
	assert_int_equal(recv(manager, message, sizeof(message), 0), -1);
}

static void by_a_path(void **state)
{
	int manager = listen_at(place);

	open_with(place, NULL, NULL);
	assert_string_equal(logged, "");
	assert_true(notify_is_open());
	assert_int_equal(notify_watchdog_ns(), 0);
	say_everything();
	expect_everything(manager);
	notify_close();
	assert_false(notify_is_open());
	close(manager);
	unlink(place);
}

static void by_an_abstract_name(void **state)
{
	char name[64];
	int manager;

	snprintf(name, sizeof(name), "@sigpath-notify-%d", getpid());
	manager = listen_at(name);
	open_with(name, NULL, NULL);
	assert_true(notify_is_open());
	say_everything();
	expect_everything(manager);
	notify_close();
	close(manager);
}

static void without_a_manager(void **state)
{
	open_with(NULL, "1000000", NULL);
	assert_string_equal(logged, "");
	assert_false(notify_is_open());
	assert_int_equal(notify_watchdog_ns(), 0);
	say_everything();
	notify_close();
}

static void wrong_addresses(void **state)
{
	static const char *const wrong[] = {
		"", "@", "/", "socket", "vsock:2:1", "\nsocket", "/nonexistent/socket"
	};
	char long_one[256];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		open_with(wrong[i], "1000000", NULL);
		assert_false(notify_is_open());
		assert_int_equal(notify_watchdog_ns(), 0);
		assert_non_null(strstr(logged, "NOTIFY_SOCKET is ignored: "));
		say_everything();
	}
	memset(long_one, 'x', sizeof(long_one));
	for (size_t length = sizeof(((struct sockaddr_un *)0)->sun_path); length < 255; length++) {
		long_one[0] = '/';
		long_one[length] = '\0';
		open_with(long_one, NULL, NULL);
		assert_non_null(strstr(logged, "File name too long"));
		long_one[length] = 'x';
	}
}

static void watchdog(void **state)
{
	static const char *const wrong[] = { "",
					     "0",
					     "-1",
					     "+5",
					     " 7",
					     "5s",
					     "1x",
					     "1.5",
					     "99999999999999999999",
					     "18446744073709551615" };
	int manager = listen_at(place);
	char own[16], other[16];

	snprintf(own, sizeof(own), "%d", getpid());
	snprintf(other, sizeof(other), "%d", getppid());
	open_with(place, "3000000", NULL);
	assert_int_equal(notify_watchdog_ns(), 3 * NSEC_PER_SEC);
	notify_close();
	open_with(place, "3000000", own);
	assert_int_equal(notify_watchdog_ns(), 3 * NSEC_PER_SEC);
	notify_close();
	assert_int_equal(notify_watchdog_ns(), 0);
	open_with(place, "3000000", other);
	assert_int_equal(notify_watchdog_ns(), 0);
	assert_string_equal(logged, "");
	notify_close();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		open_with(place, wrong[i], own);
		assert_true(notify_is_open());
		assert_int_equal(notify_watchdog_ns(), 0);
		assert_non_null(strstr(logged, "WATCHDOG_USEC is ignored"));
		notify_close();
	}
	close(manager);
	unlink(place);
}

/* A file of -o can have any name, and it must not become an assignment. */
static void hostile_status(void **state)
{
	int manager = listen_at(place);
	char text[3 * NOTIFY_STATUS_MAX], message[4097] = "";

	open_with(place, NULL, NULL);
	notify_status("a\nSTOPPING=1\x1b[2J\xff");
	expect_message(manager, "STATUS=a\\nSTOPPING=1\\x1b[2J\\xff");
	memset(text, '\n', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	notify_ready(text);
	assert_int_equal(recv(manager, message, sizeof(message), 0),
			 strlen("READY=1\nSTATUS=") + 2 * NOTIFY_STATUS_MAX);
	memset(text, '\xff', sizeof(text) - 1);
	notify_ready(text);
	assert_int_equal(recv(manager, message, sizeof(message), 0),
			 strlen("READY=1\nSTATUS=") + 4 * NOTIFY_STATUS_MAX);
	assert_true(4 * NOTIFY_STATUS_MAX + 64 < 4096);
	notify_close();
	close(manager);
	unlink(place);
}

/* It neither waits nor dies. */
static void manager_that_does_not_read(void **state)
{
	int manager = listen_at(place);

	open_with(place, NULL, NULL);
	alarm(10);
	for (int i = 0; i < 10000; i++)
		say_everything();
	close(manager);
	say_everything();
	alarm(0);
	notify_close();
	unlink(place);
}

/* The socket was connected before, so landlock lets it be used; it refuses a new one. */
static int speak_behind_walls(const char *name)
{
	const struct landlock_rules nothing = { .count = 0 };

	open_with(name, NULL, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || landlock_restrict(&nothing))
		return 1;
	say_everything();
	return 0;
}

static void behind_walls(void **state)
{
	char name[64];
	int manager, status;
	pid_t child;

	if (!landlock_version()) {
		print_message("skip: no landlock\n");
		skip();
	}
	snprintf(name, sizeof(name), "@sigpath-notify-%d", getpid());
	manager = listen_at(name);
	child = fork();
	if (!child)
		_exit(speak_behind_walls(name));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	expect_everything(manager);
	close(manager);
}

/* Nothing that sigpath executes has the socket. */
static void descriptor_ends_at_exec(void **state)
{
	int manager = listen_at(place), next;

	open_with(place, NULL, NULL);
	next = dup(STDIN_FILENO);
	/* The one before it. */
	assert_true(fcntl(next - 1, F_GETFD) & FD_CLOEXEC);
	close(next);
	notify_close();
	close(manager);
	unlink(place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_a_path),
		cmocka_unit_test(by_an_abstract_name),
		cmocka_unit_test(without_a_manager),
		cmocka_unit_test(wrong_addresses),
		cmocka_unit_test(watchdog),
		cmocka_unit_test(hostile_status),
		cmocka_unit_test(manager_that_does_not_read),
		cmocka_unit_test(behind_walls),
		cmocka_unit_test(descriptor_ends_at_exec),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
