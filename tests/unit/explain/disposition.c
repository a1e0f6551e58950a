// SPDX-License-Identifier: GPL-2.0-or-later
/* The sentence about what the disposition meant, for every outcome and for the kinds of signal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "explain.h"
#include "stack_frames.h"
#include "text.h"

static struct incident incident;
static struct explanation explanation;

static void reset(enum ev_outcome outcome)
{
	memset(&incident, 0, sizeof(incident));
	incident.subject = EV_SUBJECT_WRITE;
	incident.outcome = outcome;
	incident.signal.number = SIGPIPE;
	incident.signal.origin = EV_ORIGIN_KERNEL;
	incident.signal.disposition = EV_DISPOSITION_DEFAULT;
	incident.process.pid = 812;
	incident.object.type = EV_OBJECT_TCP;
}

static void assert_sentence(const char *expected)
{
	explain(&incident, &explanation);
	assert_string_equal(explanation.disposition, expected);
}

static void test_killed(void **state)
{
	reset(EV_OUTCOME_KILLED);
	assert_sentence("default: the process is terminated, no core is written "
			"(a shell shows 141)");
}

static void test_ignored(void **state)
{
	reset(EV_OUTCOME_IGNORED);
	incident.signal.disposition = EV_DISPOSITION_IGNORE;
	assert_sentence("ignored: the call failed with EPIPE, the process continues");
	/* Some of it had gone out when the rest met the broken pipe. */
	incident.syscall.name = "sendfile";
	assert_sentence("ignored: the call failed with EPIPE or wrote only a part, the process "
			"continues");
	incident.syscall.name = "write";
	incident.object.type = EV_OBJECT_PIPE;
	assert_sentence("ignored: the call failed with EPIPE or wrote only a part, the process "
			"continues");
	incident.subject = EV_SUBJECT_SENT;
	assert_sentence("ignored: nothing happens, the process continues");
	incident.signal.number = SIGCHLD;
	incident.signal.disposition = EV_DISPOSITION_DEFAULT;
	assert_sentence("default: nothing happens, the process continues");
	reset(EV_OUTCOME_IGNORED);
	incident.subject = EV_SUBJECT_LIMIT;
	incident.signal.number = SIGXFSZ;
	incident.signal.disposition = EV_DISPOSITION_IGNORE;
	assert_sentence("ignored: the call failed with EFBIG, the process continues");
	reset(EV_OUTCOME_IGNORED);
	incident.subject = EV_SUBJECT_SENT;
	incident.signal.number = SIGKILL;
	incident.signal.dying = true;
	assert_sentence("the process was ending already: nothing happens");
	incident.signal.dying = false;
	incident.signal.result = EV_RESULT_OVERFLOW_FAIL;
	assert_sentence("the queue of pending signals is full (ulimit -i): the signal is lost");
}

static void test_handled(void **state)
{
	reset(EV_OUTCOME_HANDLED);
	incident.signal.handler = 0x55ead59555faull;
	assert_sentence("the handler at 0x55ead59555fa runs; the call failed with EPIPE");
	incident.subject = EV_SUBJECT_SENT;
	incident.signal.number = SIGUSR1;
	assert_sentence("the handler at 0x55ead59555fa runs");
}

/* The handler runs, and the default action kills in the end. */
static void test_raised(void **state)
{
	reset(EV_OUTCOME_KILLED);
	incident.signal.disposition = EV_DISPOSITION_HANDLER;
	incident.signal.handler = 0x55ead59555faull;
	incident.end.raised = true;
	assert_sentence("the handler at 0x55ead59555fa runs; the call failed with EPIPE; the "
			"process raised the signal again, default: the process is terminated, no "
			"core is written (a shell shows 141)");
}

static void assert_handler(enum incident_runtime runtime, const char *symbol, const char *module,
			   const char *what)
{
	struct stack_frame handler = { .symbol = symbol, .module = module };
	char expected[192];

	reset(EV_OUTCOME_HANDLED);
	incident.signal.disposition = EV_DISPOSITION_HANDLER;
	incident.signal.handler = 0x7f2cd95c1b30ull;
	incident.handler_frame = &handler;
	incident.process.runtime = runtime;
	incident.process.exe.have = true;
	strcpy(incident.process.exe.text, "/srv/server");
	snprintf(expected, sizeof(expected), "the handler %s runs; the call failed with EPIPE",
		 what);
	assert_sentence(expected);
}

/* A sentence cannot be continued by a name. */
static void test_hostile_handler(void **state)
{
	assert_handler(RUNTIME_NATIVE, "f runs; the call succeeded", "/tmp/x\" y",
		       "\"f runs; the call succeeded\" of \"/tmp/x\\\" y\"");
}

static void test_handler_owner(void **state)
{
	static const char exe[] = "/srv/server";

	assert_handler(RUNTIME_NATIVE, "on_pipe", exe, "on_pipe of /srv/server");
	assert_handler(RUNTIME_NATIVE, NULL, exe, "at 0x7f2cd95c1b30 of /srv/server");
	assert_handler(RUNTIME_NATIVE, "on_pipe", "/lib/libx.so", "on_pipe of /lib/libx.so");
	assert_handler(RUNTIME_NATIVE, NULL, NULL, "at 0x7f2cd95c1b30");
	assert_handler(RUNTIME_GO, "runtime.sigtramp.abi0", exe,
		       "runtime.sigtramp.abi0, the Go runtime's,");
	/* Of a library in Go. */
	assert_handler(RUNTIME_NATIVE, "runtime.cgoSigtramp", "/lib/libx.so",
		       "runtime.cgoSigtramp, the Go runtime's,");
	assert_handler(RUNTIME_JVM, "javaSignalHandler", "/opt/lib/server/libjvm.so",
		       "javaSignalHandler, the Java virtual machine's,");
	assert_handler(RUNTIME_NODE, "uv__signal_handler", exe, "uv__signal_handler, libuv's,");
	assert_handler(RUNTIME_NODE, NULL, exe, "at 0x7f2cd95c1b30, Node's,");
	assert_handler(RUNTIME_NODE, NULL, "/lib/libuv.so.1.0.0", "at 0x7f2cd95c1b30, libuv's,");
	assert_handler(RUNTIME_PYTHON, NULL, exe, "at 0x7f2cd95c1b30, Python's,");
	assert_handler(RUNTIME_PYTHON, "signal_handler", "/lib/libpython3.11.so.1.0",
		       "signal_handler, Python's,");
	assert_handler(RUNTIME_PYTHON, "on_pipe", "/lib/_fast.so", "on_pipe of /lib/_fast.so");
	assert_handler(RUNTIME_PERL, "Perl_csighandler3", exe, "Perl_csighandler3, Perl's,");
}

static void test_pending(void **state)
{
	reset(EV_OUTCOME_PENDING);
	incident.signal.blocked = true;
	assert_sentence("blocked: it stays pending on the thread; the call failed with EPIPE");
	incident.signal.result = EV_RESULT_ALREADY_PENDING;
	assert_sentence("blocked: it stays pending on the thread, where one was pending already; "
			"the call failed with EPIPE");
	incident.subject = EV_SUBJECT_SENT;
	incident.signal.result = EV_RESULT_DELIVERED;
	incident.signal.group = true;
	assert_sentence("blocked: it stays pending on the process");
	incident.signal.blocked = false;
	assert_sentence("another signal comes first: it stays pending on the process");
	incident.signal.stopped = true;
	assert_sentence("the process is stopped: it stays pending on the process");
	incident.process.flags = EV_PROCESS_IO_WORKER;
	assert_sentence(
		"blocked: an io_uring worker never takes a signal; the request completes with "
		"-EPIPE");
}

static void test_suppressed(void **state)
{
	static const struct {
		enum ev_object_type type;
		uint16_t sock_type;
		enum ev_flags_kind kind;
		uint64_t flags;
		const char *why;
	} cases[] = {
		{ EV_OBJECT_TCP, SOCK_STREAM, EV_FLAGS_MSG, MSG_NOSIGNAL, " (MSG_NOSIGNAL)" },
		{ EV_OBJECT_UNIX, SOCK_STREAM, EV_FLAGS_MSG, MSG_NOSIGNAL, " (MSG_NOSIGNAL)" },
		{ EV_OBJECT_TCP, SOCK_STREAM, EV_FLAGS_MSG, MSG_NOSIGNAL | MSG_OOB,
		  " (MSG_NOSIGNAL)" },
		{ EV_OBJECT_TCP, SOCK_STREAM, EV_FLAGS_RWF, 0x100, " (RWF_NOSIGNAL)" },
		/* These never raise one, with the flag or without. */
		{ EV_OBJECT_UNIX, SOCK_SEQPACKET, EV_FLAGS_MSG, 0,
		  " (this kind of socket never raises one)" },
		{ EV_OBJECT_UNIX, SOCK_DGRAM, EV_FLAGS_MSG, MSG_NOSIGNAL,
		  " (this kind of socket never raises one)" },
		{ EV_OBJECT_UNIX, SOCK_DGRAM, EV_FLAGS_NONE, 0,
		  " (this kind of socket never raises one)" },
		{ EV_OBJECT_SOCKET, SOCK_DGRAM, EV_FLAGS_MSG, MSG_NOSIGNAL,
		  " (this kind of socket never raises one)" },
		{ EV_OBJECT_SOCKET, SOCK_RAW, EV_FLAGS_MSG, 0,
		  " (this kind of socket never raises one)" },
		{ EV_OBJECT_VSOCK, SOCK_SEQPACKET, EV_FLAGS_MSG, 0,
		  " (this kind of socket never raises one)" },
		{ EV_OBJECT_UNIX, SOCK_STREAM, EV_FLAGS_MSG, MSG_OOB,
		  " (a unix socket raises none when it queues MSG_OOB)" },
		/* Shut down in the middle of the call, for example. */
		{ EV_OBJECT_UNIX, SOCK_STREAM, EV_FLAGS_MSG, 0, "" },
		{ EV_OBJECT_VSOCK, SOCK_STREAM, EV_FLAGS_NONE, 0, "" },
	};
	char expected[160];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reset(EV_OUTCOME_SUPPRESSED);
		incident.object.type = cases[i].type;
		incident.object.sock_type = cases[i].sock_type;
		incident.syscall.flags_kind = cases[i].kind;
		incident.syscall.flags = cases[i].flags;
		snprintf(expected, sizeof(expected),
			 "no signal was raised%s: the call failed with EPIPE, the process "
			 "continues",
			 cases[i].why);
		assert_sentence(expected);
	}
	incident.syscall.have_uring = true;
	assert_sentence("no signal was raised (io_uring sends with MSG_NOSIGNAL): the call failed "
			"with EPIPE, the process continues");
}

static void test_protected(void **state)
{
	reset(EV_OUTCOME_PROTECTED);
	assert_sentence("init of a pid namespace: the default action is not taken, "
			"the call failed with EPIPE");
	incident.process.pid = 1;
	incident.subject = EV_SUBJECT_SENT;
	assert_sentence("init of the host: the default action is not taken");
}

static void test_traced(void **state)
{
	reset(EV_OUTCOME_TRACED);
	incident.process.tracer_pid = 99;
	assert_sentence("the tracer (PID 99) decides what happens");
}

static void test_no_outcome(void **state)
{
	reset(0);
	assert_sentence("not known");
}

static void test_default_actions(void **state)
{
	static const struct {
		uint32_t number;
		const char *sentence;
	} actions[] = {
		{ SIGSEGV, "default: the process is terminated, with a core where its limits allow "
			   "one (a shell shows 139)" },
		{ SIGABRT, "default: the process is terminated, with a core where its limits allow "
			   "one (a shell shows 134)" },
		{ SIGTERM, "default: the process is terminated, no core is written "
			   "(a shell shows 143)" },
		{ 64,
		  "default: the process is terminated, no core is written (a shell shows 192)" },
		{ SIGSTOP, "default: the process is stopped" },
		{ SIGCONT, "default: a stopped process continues" },
		{ SIGWINCH, "default: nothing happens" },
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		reset(EV_OUTCOME_DELIVERED);
		incident.signal.number = actions[i].number;
		assert_sentence(actions[i].sentence);
	}
}

static void assert_reason(uint32_t number, int code, const char *expected)
{
	static const char start[] = "the kernel sent the signal: ";

	reset(EV_OUTCOME_DELIVERED);
	incident.subject = EV_SUBJECT_KERNEL;
	incident.signal.number = number;
	incident.signal.code = code;
	explain(&incident, &explanation);
	assert_memory_equal(explanation.text, start, strlen(start));
	assert_string_equal(explanation.text + strlen(start), expected);
}

static void test_kernel_reasons(void **state)
{
	assert_reason(SIGSEGV, 2, "the mapping does not permit the access (SEGV_ACCERR)");
	assert_reason(SIGSEGV, 0x80, "the address is invalid (a general protection fault)");
	assert_reason(SIGINT, 0x80, "a key was pressed at its terminal (normally Ctrl-C)");
	assert_reason(SIGALRM, -2, "a POSIX timer expired (SI_TIMER)");
	assert_reason(SIGALRM, 0x80, "an interval timer expired");
	assert_reason(SIGUSR1, -1000, "si_code -1000");
}

static void assert_unknown(enum ev_placed placed, const char *expected)
{
	reset(EV_OUTCOME_KILLED);
	incident.subject = EV_SUBJECT_KERNEL;
	incident.signal.number = SIGALRM;
	incident.signal.placed = placed;
	explain(&incident, &explanation);
	assert_string_equal(explanation.code, "unknown");
	assert_int_equal(explanation.confidence, CONFIDENCE_UNKNOWN);
	assert_string_equal(explanation.text, expected);
}

/* A number alone is no reason where the kernel stack was looked at. */
static void test_unknown_function(void **state)
{
	memset(&incident.kernel_stack, 0, sizeof(incident.kernel_stack));
	assert_unknown(EV_PLACED_HIDDEN,
		       "the kernel sent the signal; which of its functions did is not known, "
		       "because it hides their addresses (CAP_SYSLOG, kptr_restrict)");
	assert_unknown(EV_PLACED_COMPARED, "the kernel sent the signal; which of its functions did "
					   "was not recorded");
	incident.signal.number = SIGUSR1;
	incident.signal.placed = EV_PLACED_NOT;
	explain(&incident, &explanation);
	assert_string_equal(explanation.code, "unknown");
	incident.kernel_stack.count = 6;
	for (size_t i = 0; i < 6; i++)
		incident.kernel_stack.frames[i].name = i == 1 ? NULL : "do_it";
	explain(&incident, &explanation);
	assert_string_equal(explanation.text,
			    "the kernel sent the signal from do_it < do_it < do_it < do_it; "
			    "sigpath does not know why");
	memset(&incident.kernel_stack, 0, sizeof(incident.kernel_stack));
}

static void assert_size(uint64_t size, const char *expected)
{
	char bytes[32];
	struct text text = text_in(bytes, sizeof(bytes));

	text_add_size(&text, size);
	assert_string_equal(bytes, expected);
}

static void test_sizes(void **state)
{
	assert_size(1, "1 byte");
	assert_size(1023, "1023 bytes");
	assert_size(1024, "1.0 KiB");
	assert_size(20 * 1024 * 1024, "20.0 MiB");
	assert_size(UINT64_C(3584) << 20, "3.5 GiB");
	assert_size(UINT64_MAX, "16.0 EiB");
}

static void test_text_is_cut(void **state)
{
	char bytes[8];
	struct text text = text_in(bytes, sizeof(bytes));

	text_add(&text, "12345");
	text_add(&text, "6789");
	assert_string_equal(bytes, "1234567");
	text_add(&text, "x");
	assert_string_equal(bytes, "1234567");
	assert_int_equal(text.length, 7);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_handled),		cmocka_unit_test(test_raised),
		cmocka_unit_test(test_hostile_handler), cmocka_unit_test(test_handler_owner),
		cmocka_unit_test(test_pending),		cmocka_unit_test(test_suppressed),
		cmocka_unit_test(test_protected),	cmocka_unit_test(test_traced),
		cmocka_unit_test(test_no_outcome),	cmocka_unit_test(test_default_actions),
		cmocka_unit_test(test_kernel_reasons),	cmocka_unit_test(test_unknown_function),
		cmocka_unit_test(test_sizes),		cmocka_unit_test(test_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
