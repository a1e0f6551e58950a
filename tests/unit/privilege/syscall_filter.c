/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "syscall_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "in_child.h"
#include "units.h"

/* Enough to print a failure and to end, for sanitizers too. */
static const int plain[] = {
	SCMP_SYS(write),	  SCMP_SYS(exit_group),	 SCMP_SYS(exit),	SCMP_SYS(futex),
	SCMP_SYS(munmap),	  SCMP_SYS(mmap),	 SCMP_SYS(madvise),	SCMP_SYS(getppid),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(sched_yield), SCMP_SYS(sigaltstack),
};
/* The parent may be asked whether it exists, and another file may only be opened for reading. */
static const struct syscall_rule chosen[] = {
	{ SCMP_SYS(kill), .argument = 1, .mask = UINT32_MAX, .value = 0 },
	{ SCMP_SYS(openat), .argument = 2, .mask = O_ACCMODE | O_CREAT, .value = O_RDONLY },
};

static void apply(void)
{
	const struct syscall_list lists[] = {
		{ .calls = plain, .call_count = ARRAY_SIZE(plain) },
		{ .rules = chosen, .rule_count = ARRAY_SIZE(chosen) },
	};

	expect(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	expect(!syscall_filter_apply(lists, ARRAY_SIZE(lists)));
}

static void try_calls(void)
{
	apply();
	expect(getppid() > 0);
	expect(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM);
	expect(syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS);
}

static void try_arguments(void)
{
	apply();
	expect(!kill(getppid(), 0));
	expect(kill(getppid(), SIGCONT) && errno == EPERM);
	expect(openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC) >= 0);
	expect(openat(AT_FDCWD, "/dev/null", O_WRONLY) < 0 && errno == EPERM);
}

static atomic_bool started, applied, tried, refused;

static void wait_for(atomic_bool *flag)
{
	while (!atomic_load(flag))
		sched_yield();
}

/* It does not end: for that, a sanitizer needs more calls. */
static void *other_thread(void *context)
{
	atomic_store(&started, true);
	wait_for(&applied);
	atomic_store(&refused, socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM);
	atomic_store(&tried, true);
	for (;;)
		sched_yield();
	return NULL;
}

static void try_threads(void)
{
	pthread_t thread;

	expect(!pthread_create(&thread, NULL, other_thread, NULL));
	wait_for(&started);
	apply();
	atomic_store(&applied, true);
	wait_for(&tried);
	expect(atomic_load(&refused));
}

static void calls_are_refused(void **state)
{
	in_child(try_calls);
}

static void arguments_decide(void **state)
{
	in_child(try_arguments);
}

static void all_threads(void **state)
{
	in_child(try_threads);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_refused),
		cmocka_unit_test(arguments_decide),
		cmocka_unit_test(all_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
