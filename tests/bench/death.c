// SPDX-License-Identifier: GPL-2.0-or-later
/* Dies in the way that its first argument says, for tests/bench/deaths.py. */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <assert.h>

#include "units.h"

static int write_to_nobody(void)
{
	int ends[2];

	if (pipe(ends))
		return 1;
	close(ends[0]);
	return write(ends[1], "x", 1) != 1;
}

static int read_null(void)
{
	const volatile int *volatile nothing = NULL;

	return *nothing;
}

/* Not a tail call: each level needs its own part of the stack. */
__attribute__((noinline)) static int descend(int depth)
{
	volatile char part[4096];

	part[0] = (char)depth;
	if (depth == INT32_MAX)
		return 0;
	return descend(depth + 1) + part[0];
}

static int overflow_stack(void)
{
	return descend(0);
}

static int read_beyond_end(void)
{
	char path[] = "/tmp/sigpath-bench-XXXXXX";
	int fd = mkstemp(path);
	const volatile char *bytes;

	if (fd < 0 || ftruncate(fd, 8192))
		return 1;
	unlink(path);
	bytes = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED || ftruncate(fd, 0))
		return 1;
	return bytes[4096];
}

static int divide_by_zero(void)
{
	volatile int one = 1, zero = 0;

	return one / zero;
}

static int meet_illegal_instruction(void)
{
	__builtin_trap();
}

static int meet_breakpoint(void)
{
#if defined(__x86_64__)
	asm volatile("int3");
#elif defined(__aarch64__)
	asm volatile("brk #0");
#else
	asm volatile("ebreak");
#endif
	return 1;
}

static int fail_assertion(void)
{
	int count = 3;

	assert(count == 4 && "the count is wrong");
	return 0;
}

/* Somebody else does the rest. */
_Noreturn static void wait_for_ever(void)
{
	for (;;)
		pause();
}

static int wait_for_end(void)
{
	wait_for_ever();
}

static int let_timer_expire(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 1000 };

	setitimer(ITIMER_REAL, &soon, NULL);
	wait_for_ever();
}

static int use_memory(void)
{
	for (size_t parts = 0; parts < SIZE_MAX; parts++) {
		char *bytes = malloc(1 << 20);

		if (bytes)
			memset(bytes, 1, 1 << 20);
	}
	return 1;
}

static int use_cpu_until(rlim_t hard)
{
	const struct rlimit limit = { 1, hard };

	if (setrlimit(RLIMIT_CPU, &limit))
		return 1;
	for (volatile uint64_t turns = 1; turns; turns++)
		;
	return 1;
}

static int use_cpu(void)
{
	return use_cpu_until(1);
}

static int use_cpu_a_bit(void)
{
	return use_cpu_until(2);
}

static int write_too_much(void)
{
	const struct rlimit limit = { 4096, 4096 };
	static const char part[1024];
	char path[] = "/tmp/sigpath-bench-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || setrlimit(RLIMIT_FSIZE, &limit))
		return 1;
	unlink(path);
	for (int parts = 0; parts < 8; parts++)
		if (write(fd, part, sizeof(part)) < 0)
			return 1;
	return 1;
}

static int call_what_is_forbidden(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { ARRAY_SIZE(rules), rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return 1;
	return getppid() < 0;
}

static const struct {
	const char *name;
	int (*die)(void);
} deaths[] = {
	{ "write", write_to_nobody },
	{ "null", read_null },
	{ "stack", overflow_stack },
	{ "truncated", read_beyond_end },
	{ "divide", divide_by_zero },
	{ "illegal", meet_illegal_instruction },
	{ "breakpoint", meet_breakpoint },
	{ "assertion", fail_assertion },
	{ "wait", wait_for_end },
	{ "timer", let_timer_expire },
	{ "memory", use_memory },
	{ "cpu", use_cpu },
	{ "cpu-soft", use_cpu_a_bit },
	{ "file", write_too_much },
	{ "forbidden", call_what_is_forbidden },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(deaths); i++)
		if (argc == 2 && !strcmp(argv[1], deaths[i].name))
			return deaths[i].die();
	fprintf(stderr, "bench-death: unknown death\n");
	return 2;
}
