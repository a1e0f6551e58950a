// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library to preload into sigpath: it makes calls fail that do not fail on the machine of the
 * tests. FAULT_ATTACH: the name of a BPF program that does not attach. FAULT_MEMBARRIER: set,
 * membarrier(2) fails as on kernels with nohz_full. FAULT_AFTER_PIDFD: a command that runs as soon
 * as the first process is opened, by when it may have ended and its number may be used again.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

struct bpf_link;
struct bpf_program;

const char *bpf_program__name(const struct bpf_program *program);
struct bpf_link *bpf_program__attach(const struct bpf_program *program);

struct bpf_link *bpf_program__attach(const struct bpf_program *program)
{
	struct bpf_link *(*next)(const struct bpf_program *) =
		dlsym(RTLD_NEXT, "bpf_program__attach");
	const char *name = getenv("FAULT_ATTACH");

	if (!name || strcmp(bpf_program__name(program), name) != 0)
		return next(program);
	errno = EINVAL;
	return NULL;
}

static void run_once(const char *command)
{
	static bool has_run;

	if (command && !has_run) {
		has_run = true;
		if (system(command))
			abort();
	}
}

long syscall(long number, ...)
{
	long (*next)(long, ...) = dlsym(RTLD_NEXT, "syscall");
	long values[6], result;
	va_list args;

	if (number == SYS_membarrier && getenv("FAULT_MEMBARRIER")) {
		errno = EINVAL;
		return -1;
	}
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		values[i] = va_arg(args, long);
	va_end(args);
	result = next(number, values[0], values[1], values[2], values[3], values[4], values[5]);
	if (number == SYS_pidfd_open)
		run_once(getenv("FAULT_AFTER_PIDFD"));
	return result;
}
