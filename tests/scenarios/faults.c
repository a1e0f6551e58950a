// SPDX-License-Identifier: GPL-2.0-or-later
/* Wrong addresses and full stacks: what was accessed, and what was there? */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fact.h"
#include "fault_case.h"
#include "scenario.h"

#define GUARD_INSTALL 102 /* MADV_GUARD_INSTALL, 6.13 */

/* --- addresses --- */

static void null_store(void)
{
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_MAPERR", "null_pointer",
					     "write to 0x10: a null pointer with an offset",
					     (void *)0x10, "write", "null", NULL });
	fault_store((void *)0x10);
}

static void null_ignored(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGSEGV);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGSEGV, SIG_IGN);
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_MAPERR", "null_pointer",
					     "write to 0x20", (void *)0x20, "write", "null", NULL,
					     "was ignored or blocked" });
	fault_store((void *)0x20);
}

static __attribute__((noinline)) void emit_own_handler(uintptr_t handler)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_signal(&fact, &(struct signal_fact){ .number = SIGSEGV,
						  .disposition = "handler",
						  .result = "delivered",
						  .outcome = "handled",
						  .handler = handler,
						  .subject = "fault",
						  .code_name = "SEGV_MAPERR" });
	fact_cause(&fact, "null_pointer");
	fact_open(&fact, "fault");
	fact_text(&fact, "address", "0x30");
	fact_close(&fact);
	fact_emit(&fact, NULL);
}

static void fail_again(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	fault_store((void *)0x40);
}

static void in_handler(void)
{
	struct sigaction action = { .sa_sigaction = fail_again, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, NULL);
	emit_own_handler((uintptr_t)fail_again);
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_MAPERR", "null_pointer",
					     "write to 0x40", (void *)0x40, "write", "null", NULL,
					     "there was a handler before" });
	fault_store((void *)0x30);
}

static void null_jump(void)
{
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_MAPERR", "null_pointer", "jump to 0x0",
					     NULL, "execute", "null", NULL });
	fault_jump(NULL);
}

/* Between two mappings that are not merged. */
static void hole(void)
{
	char *at = fault_map(3, PROT_READ), below[128];

	mprotect(at + 2 * fault_page, fault_page, PROT_READ | PROT_WRITE);
	munmap(at + fault_page, fault_page);
	snprintf(below, sizeof(below), "{\"end\":\"%p\",\"permissions\":\"r--p\"}",
		 (void *)(at + fault_page));
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_MAPERR", "not_mapped",
					     "a mapping ends 16 bytes below; the next one begins",
					     at + fault_page + 16, "read", "null", below });
	fault_load(at + fault_page + 16);
}

static void kernel(void)
{
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_MAPERR", "not_mapped",
					     "an address of the kernel", (void *)-65536L, "read",
					     "null", NULL });
	fault_load((void *)-65536L);
}

static void constant(void)
{
	char path[64], mapping[256], *at = fault_map_file(100, PROT_READ, path);

	snprintf(mapping, sizeof(mapping),
		 "{\"start\":\"%p\",\"permissions\":\"r--s\",\"path\":\"%s\",\"file_offset\":50,"
		 "\"file_size\":100}",
		 (void *)at, path);
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_ACCERR", "not_writable",
					     "(r--s) of /tmp/sigpath-", at + 50, "write", mapping,
					     NULL });
	unlink(path);
	fault_store(at + 50);
}

static void data(void)
{
	char *at = fault_map(1, PROT_READ | PROT_WRITE);

	fault_store(at);
	fault_emit(&(struct fault_expected){
		SIGSEGV, "SEGV_ACCERR", "not_executable", "(rw-p) of anonymous memory", at,
		"execute", "{\"permissions\":\"rw-p\",\"path\":null,\"file_size\":null}", NULL });
	fault_jump(at);
}

static void nothing(void)
{
	char *at = fault_map(1, PROT_NONE);

	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_ACCERR", "no_access",
					     "is not permitted", at, "read",
					     "{\"permissions\":\"---p\"}", NULL });
	fault_load(at);
}

/* Skips if this kernel has no such guards. */
static char *map_with_guard(void)
{
	char *at = fault_map(64, PROT_READ | PROT_WRITE);

	memset(at, 1, 64 * fault_page);
	if (madvise(at, fault_page, GUARD_INSTALL))
		scenario_skip("MADV_GUARD_INSTALL: %s", strerror(errno));
	return at;
}

static char *guarded;

static void guard_page(void)
{
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_MAPERR", "guard_page",
					     "the page is a guard", guarded + 8, "write",
					     "{\"permissions\":\"rw-p\"}", NULL });
	fault_store(guarded + 8);
}

/* --- stacks --- */

/* Not a tail call: the array is read afterwards. */
static __attribute__((noinline)) int recurse(int depth)
{
	volatile char frame[512];

	frame[0] = (char)depth;
	return depth ? recurse(depth + 1) + frame[0] : 0;
}

static void overflow_main(void)
{
	struct rlimit limit = { 1 << 20, RLIM_INFINITY };

	getrlimit(RLIMIT_STACK, &limit);
	limit.rlim_cur = 1 << 20;
	setrlimit(RLIMIT_STACK, &limit);
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_MAPERR", "stack_overflow",
					     "1048576 bytes (RLIMIT_STACK", ANY_ADDRESS, NULL,
					     "null", NULL });
	fault_sink = recurse(1);
}

static void *overflow(void *unused)
{
	(void)unused;
	fault_sink = recurse(1);
	return NULL;
}

static void *overflow_guard(void *unused)
{
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_ACCERR", "stack_overflow",
					     "into the guard below it", ANY_ADDRESS, NULL,
					     "{\"permissions\":\"---p\"}", NULL });
	return overflow(unused);
}

static void *overflow_mark(void *unused)
{
	fault_emit(&(struct fault_expected){ SIGSEGV, "SEGV_MAPERR", "stack_overflow",
					     "inside of its mapping (MADV_GUARD_INSTALL)",
					     ANY_ADDRESS, NULL, "{\"permissions\":\"rw-p\"}",
					     NULL });
	return overflow(unused);
}

/* With a stack of its own: that of the C library has one or the other guard. */
static void run_thread(char *stack, size_t pages, void *(*run)(void *))
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	if (pthread_attr_setstack(&attributes, stack, pages * fault_page) ||
	    pthread_create(&thread, &attributes, run, NULL))
		scenario_die("pthread_create");
	pthread_join(thread, NULL);
}

static void overflow_thread(void)
{
	char *at = fault_map(65, PROT_READ | PROT_WRITE);

	mprotect(at, fault_page, PROT_NONE);
	run_thread(at + fault_page, 64, overflow_guard);
}

static void overflow_marked(void)
{
	run_thread(guarded, 64, overflow_mark);
}

/* --- the scenarios --- */

#define DEATH(name, signal, die)        \
	static void run_##name(void)    \
	{                               \
		fault_die(signal, die); \
	}

DEATH(null_store, SIGSEGV, null_store)
DEATH(null_jump, SIGSEGV, null_jump)
DEATH(null_ignored, SIGSEGV, null_ignored)
DEATH(in_handler, SIGSEGV, in_handler)
DEATH(hole, SIGSEGV, hole)
DEATH(kernel, SIGSEGV, kernel)
DEATH(constant, SIGSEGV, constant)
DEATH(data, SIGSEGV, data)
DEATH(nothing, SIGSEGV, nothing)
DEATH(overflow_main, SIGSEGV, overflow_main)
DEATH(overflow_thread, SIGSEGV, overflow_thread)

static void run_guard(void)
{
	fault_page = sysconf(_SC_PAGESIZE);
	guarded = map_with_guard();
	fault_die(SIGSEGV, guard_page);
}

static void run_overflow_marked(void)
{
	fault_page = sysconf(_SC_PAGESIZE);
	guarded = map_with_guard();
	fault_die(SIGSEGV, overflow_marked);
}

static const struct scenario scenarios[] = {
	{ "null", run_null_store },
	{ "null-jump", run_null_jump },
	{ "ignored", run_null_ignored },
	{ "in-handler", run_in_handler },
	{ "hole", run_hole },
	{ "kernel", run_kernel },
	{ "constant", run_constant },
	{ "data", run_data },
	{ "nothing", run_nothing },
	{ "guard", run_guard },
	{ "stack-main", run_overflow_main },
	{ "stack-thread", run_overflow_thread },
	{ "stack-marked", run_overflow_marked },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
