// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault_case.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

/* A frame of its own. clang does not know noclone, and makes no clones. */
#ifdef __clang__
#define SEPARATE __attribute__((noinline))
#else
#define SEPARATE __attribute__((noinline, noclone))
#endif

#if defined(__x86_64__)
#define PROGRAM_COUNTER "rip"
#else
#define PROGRAM_COUNTER "pc"
#endif

volatile sig_atomic_t fault_sink;
size_t fault_page;

/* Not inlined: a fact has more than 16 KiB, and the stack of the caller must fit into the default
 * --stack-size. */
__attribute__((noinline)) void fault_emit(const struct fault_expected *expected)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_signal(&fact, &(struct signal_fact){ .number = expected->number,
						  .disposition = "default",
						  .result = "delivered",
						  .outcome = "killed",
						  .subject = "fault",
						  .code_name = expected->code_name });
	fact_open(&fact, "cause");
	fact_text(&fact, "code", expected->cause);
	if (!expected->is_likely)
		fact_text(&fact, "confidence", "certain");
	fact_json(&fact, "text", "{\"$contains\":\"%s\"}", expected->text);
	fact_close(&fact);
	fact_json(&fact, "object", "null");
	fact_json(&fact, "abort", "null");
	if (expected->disposition) {
		fact_open(&fact, "signal");
		fact_json(&fact, "disposition_text", "{\"$contains\":\"%s\"}",
			  expected->disposition);
		fact_close(&fact);
	}
	fact_open(&fact, "fault");
	fact_text(&fact, "code_name", expected->code_name);
	if (expected->address == NO_ADDRESS)
		fact_json(&fact, "address", "null");
	else if (!expected->address)
		fact_text(&fact, "address", "0x0");
	else if (expected->address != ANY_ADDRESS)
		fact_json(&fact, "address", "\"%p\"", expected->address);
	if (expected->access && expected->access[0])
		fact_text(&fact, "access", expected->access);
	else if (expected->access)
		fact_json(&fact, "access", "null");
	if (expected->mapping)
		fact_json(&fact, "mapping", "%s", expected->mapping);
	if (expected->below)
		fact_json(&fact, "below", "%s", expected->below);
	fact_json(&fact, "registers", "{\"" PROGRAM_COUNTER "\":{\"$any\":true}}");
	fact_close(&fact);
	fact_emit(&fact, NULL);
}

void fault_die(int number, void (*die)(void))
{
	pid_t child;

	fault_page = sysconf(_SC_PAGESIZE);
	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		die();
		scenario_die("the instruction did not fail");
	}
	scenario_reap_expect(child, number);
}

char *fault_map(size_t pages, int protection)
{
	void *at = mmap(NULL, pages * fault_page, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		scenario_die("mmap");
	return at;
}

SEPARATE void fault_store(void *address)
{
	*(volatile char *)address = 1;
}

SEPARATE void fault_load(const void *address)
{
	fault_sink = *(const volatile char *)address;
}

SEPARATE void fault_jump(void *address)
{
	void (*function)(void);

	memcpy(&function, &address, sizeof(function));
	function();
}

char *fault_map_file(size_t size, int protection, char path[64])
{
	void *at;
	int fd;

	strcpy(path, "/tmp/sigpath-fault.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || ftruncate(fd, size) < 0)
		scenario_die("%s", path);
	at = mmap(NULL, 4 * fault_page, protection, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		scenario_die("mmap of %s", path);
	close(fd);
	return at;
}

static jmp_buf after_fault;

static void leave_fault(int number)
{
	(void)number;
	longjmp(after_fault, 1);
}

static __attribute__((noinline)) void emit_handled(const void *address)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_signal(&fact, &(struct signal_fact){ .number = SIGSEGV,
						  .disposition = "handler",
						  .result = "delivered",
						  .outcome = "handled",
						  .handler = (uintptr_t)leave_fault,
						  .subject = "fault",
						  .code_name = "SEGV_ACCERR" });
	fact_cause(&fact, "not_writable");
	fact_open(&fact, "fault");
	fact_json(&fact, "address", "\"%p\"", address);
	fact_text(&fact, "access", "write");
	fact_close(&fact);
	fact_emit(&fact, NULL);
}

/* The kernel keeps what the processor says of a fault with the thread, and never clears it. */
void fault_leave_old(void)
{
	struct sigaction action = { .sa_handler = leave_fault, .sa_flags = SA_NODEFER };
	char *at = fault_map(1, PROT_READ);

	emit_handled(at);
	sigaction(SIGSEGV, &action, NULL);
	if (!setjmp(after_fault))
		fault_store(at);
	action.sa_handler = SIG_DFL;
	action.sa_flags = 0;
	sigaction(SIGSEGV, &action, NULL);
}

/* An emulated processor may take what a real one refuses. */
void fault_need_trap(int number, void (*die)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		die();
		_exit(0);
	}
	if (waitpid(child, &status, 0) < 0 || !WIFSIGNALED(status) || WTERMSIG(status) != number)
		scenario_skip("this processor does not raise it");
}
