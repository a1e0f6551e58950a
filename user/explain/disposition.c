// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What did the signal's disposition mean in this incident, and, for a signal of the kernel's that
 * no write caused, what made the kernel send it?
 */
#include "rules.h"

#include <inttypes.h>
#include <string.h>

#include "stack_frames.h"
#include "traps.h"

enum action { ACTION_TERMINATE, ACTION_CORE, ACTION_STOP, ACTION_CONTINUE, ACTION_IGNORE };

/* signal(7), and SIG_KERNEL_*_MASK of include/linux/signal.h; real-time signals terminate. */
static enum action default_action(uint32_t number)
{
	switch (number) {
	case SIGQUIT:
	case SIGILL:
	case SIGTRAP:
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
	case SIGXCPU:
	case SIGXFSZ:
	case SIGSYS:
		return ACTION_CORE;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return ACTION_STOP;
	case SIGCONT:
		return ACTION_CONTINUE;
	case SIGCHLD:
	case SIGURG:
	case SIGWINCH:
		return ACTION_IGNORE;
	default:
		return ACTION_TERMINATE;
	}
}

static void tell_default(const struct incident *incident, struct text *text)
{
	uint32_t number = incident->signal.number;

	switch (default_action(number)) {
	case ACTION_TERMINATE:
		text_add(text,
			 "default: the process is terminated, no core is written "
			 "(a shell shows %" PRIu32 ")",
			 128 + number);
		break;
	case ACTION_CORE:
		text_add(text,
			 "default: the process is terminated, with a core where its limits allow "
			 "one (a shell shows %" PRIu32 ")",
			 128 + number);
		break;
	case ACTION_STOP:
		text_add(text, "default: the process is stopped");
		break;
	case ACTION_CONTINUE:
		text_add(text, "default: a stopped process goes on");
		break;
	case ACTION_IGNORE:
		text_add(text, "default: nothing happens");
		break;
	}
}

/* Calls that write in more than one step, and return what the steps before the broken one have
 * done. */
static bool has_steps(const struct incident_syscall *call)
{
	static const char *const names[] = { "sendfile", "sendfile64",	    "splice",  "vmsplice",
					     "tee",	 "copy_file_range", "sendmmsg" };

	if (call->name)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (!strcmp(call->name, names[i]))
				return true;
	return false;
}

/* pipe_write() that had copied a part raises SIGPIPE and returns that part's size. */
static const char *how_the_call_fails(const struct incident *incident)
{
	if (incident->object.type == EV_OBJECT_PIPE || incident->object.type == EV_OBJECT_FIFO ||
	    has_steps(&incident->syscall))
		return "the call failed with EPIPE or came back short";
	return "the call failed with EPIPE";
}

static void tell_pending(const struct incident *incident, struct text *text)
{
	/* create_io_thread() blocks all but SIGKILL and SIGSTOP. */
	if (incident->process.flags & EV_PROCESS_IO_WORKER) {
		text_add(text, "blocked: an io_uring worker never takes it, "
			       "the request completes with -EPIPE");
		return;
	}
	text_add(text, "blocked: it stays pending on the %s",
		 incident->signal.group ? "process" : "thread");
	if (incident->signal.result == EV_RESULT_ALREADY_PENDING)
		text_add(text, ", where one was pending already");
	if (is_failed_write(incident))
		text_add(text, "; %s", how_the_call_fails(incident));
}

static void tell_protected(const struct incident *incident, struct text *text)
{
	/* SIGNAL_UNKILLABLE: the host's init has it as well. */
	text_add(text, "%s: the default action is not taken",
		 incident->process.pid == 1 ? "init of the host" : "init of a pid namespace");
	if (is_failed_write(incident))
		text_add(text, ", %s", how_the_call_fails(incident));
}

static void tell_survivor(const struct incident *incident, const char *what, const char *else_what,
			  struct text *text)
{
	text_add(text, "%s: %s, the process lives on", what,
		 is_failed_write(incident) ? how_the_call_fails(incident) : else_what);
}

/* Whose handler it is, where it is not the program's own; NULL: nothing tells. */
static const char *handler_owner(const struct incident *incident)
{
	static const struct {
		enum incident_runtime runtime;
		const char *library, *owner;
	} runtimes[] = {
		{ RUNTIME_PYTHON, "libpython", "Python's" },
		{ RUNTIME_NODE, "libnode", "Node's" },
		{ RUNTIME_PERL, "libperl", "Perl's" },
	};
	const struct stack_frame *handler = incident->handler_frame;
	const struct incident_path *exe = &incident->process.exe;
	const char *leaf;
	bool is_exe;

	if (trap_is_go_handler(incident))
		return "the Go runtime's";
	if (trap_is_jvm_handler(incident))
		return "the Java virtual machine's";
	if (!handler || !handler->module || handler->module[0] != '/')
		return NULL;
	if (handler->symbol && !strcmp(handler->symbol, "uv__signal_handler"))
		return "libuv's";
	leaf = trap_leaf(handler->module);
	is_exe = exe->have && !strcmp(handler->module, exe->text);
	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
		if (incident->process.runtime == runtimes[i].runtime &&
		    (is_exe || !strncmp(leaf, runtimes[i].library, strlen(runtimes[i].library))))
			return runtimes[i].owner;
	return NULL;
}

static void tell_handler(const struct incident *incident, struct text *text)
{
	const char *owner = handler_owner(incident);
	const struct stack_frame *frame = incident->handler_frame;

	if (frame && frame->symbol)
		text_add(text, "the handler %s", frame->symbol);
	else
		text_add(text, "the handler at 0x%" PRIx64, incident->signal.handler);
	if (owner)
		text_add(text, ", %s,", owner);
	else if (frame && frame->module)
		text_add(text, " of %s", frame->module);
	text_add(text, " runs");
}

void disposition_tell(const struct incident *incident, struct text *text)
{
	switch (incident->outcome) {
	case EV_OUTCOME_KILLED:
	case EV_OUTCOME_DELIVERED:
		tell_default(incident, text);
		return;
	case EV_OUTCOME_IGNORED:
		tell_survivor(incident,
			      incident->signal.disposition == EV_DISPOSITION_DEFAULT ? "default"
										     : "ignored",
			      "nothing happens", text);
		return;
	case EV_OUTCOME_HANDLED:
		tell_handler(incident, text);
		if (is_failed_write(incident))
			text_add(text, "; %s", how_the_call_fails(incident));
		return;
	case EV_OUTCOME_PENDING:
		tell_pending(incident, text);
		return;
	case EV_OUTCOME_SUPPRESSED:
		tell_survivor(incident,
			      incident->syscall.flags_kind == EV_FLAGS_RWF
				      ? "no signal was raised (RWF_NOSIGNAL)"
				      : "no signal was raised (MSG_NOSIGNAL)",
			      "nothing happens", text);
		return;
	case EV_OUTCOME_PROTECTED:
		tell_protected(incident, text);
		return;
	case EV_OUTCOME_TRACED:
		text_add(text, "a tracer (pid %" PRIu32 ") decides", incident->process.tracer_pid);
		return;
	}
	text_add(text, "not known");
}

#define ANY_CODE INT32_MIN
#define SI_CODE_KERNEL 0x80

/* First match wins: the codes of one signal, then what a bare kernel signal of that number means,
 * then the codes that every signal can have. include/uapi/asm-generic/siginfo.h */
static const struct {
	uint32_t number; /* 0: any */
	int code;
	const char *reason;
} kernel_reasons[] = {
	{ SIGSEGV, 1, "nothing is mapped at the address (SEGV_MAPERR)" },
	{ SIGSEGV, 2, "the mapping does not permit the access (SEGV_ACCERR)" },
	{ SIGSEGV, 3, "an MPX bound was violated (SEGV_BNDERR)" },
	{ SIGSEGV, 4, "a protection key forbids the access (SEGV_PKUERR)" },
	{ SIGSEGV, ANY_CODE, "an address that cannot be used (a general protection fault)" },
	{ SIGBUS, 1, "a misaligned address (BUS_ADRALN)" },
	{ SIGBUS, 2, "no memory behind the address, as in a truncated file (BUS_ADRERR)" },
	{ SIGBUS, 4, "a memory error of the hardware was consumed (BUS_MCEERR_AR)" },
	{ SIGBUS, 5, "a memory error of the hardware was found (BUS_MCEERR_AO)" },
	{ SIGFPE, 1, "an integer was divided by zero (FPE_INTDIV)" },
	{ SIGFPE, 2, "an integer overflow (FPE_INTOVF)" },
	{ SIGFPE, ANY_CODE, "a floating-point exception" },
	{ SIGILL, ANY_CODE, "an instruction that cannot be executed" },
	{ SIGTRAP, ANY_CODE, "a breakpoint or a single step" },
	{ SIGSYS, 1, "a seccomp filter refused a system call (SYS_SECCOMP)" },
	{ SIGCHLD, 1, "a child exited (CLD_EXITED)" },
	{ SIGCHLD, 2, "a child was killed (CLD_KILLED)" },
	{ SIGCHLD, 3, "a child was killed with a core (CLD_DUMPED)" },
	{ SIGCHLD, 4, "a traced child stopped (CLD_TRAPPED)" },
	{ SIGCHLD, 5, "a child stopped (CLD_STOPPED)" },
	{ SIGCHLD, 6, "a child continued (CLD_CONTINUED)" },
	{ 0, -2, "a POSIX timer expired (SI_TIMER)" },
	{ 0, -3, "a message queue has a message (SI_MESGQ)" },
	{ 0, -4, "an asynchronous I/O completed (SI_ASYNCIO)" },
	{ 0, -5, "a descriptor became ready (SI_SIGIO)" },
	{ SIGPOLL, ANY_CODE, "a descriptor became ready" },
	{ SIGKILL, ANY_CODE,
	  "out of memory, the end of a pid namespace, a seccomp filter or a "
	  "cgroup.kill" },
	{ SIGALRM, ANY_CODE, "an interval timer expired" },
	{ SIGVTALRM, ANY_CODE, "an interval timer expired" },
	{ SIGPROF, ANY_CODE, "an interval timer expired" },
	{ SIGXCPU, ANY_CODE, "the limit of CPU time was reached (RLIMIT_CPU)" },
	{ SIGXFSZ, ANY_CODE, "the limit of a file's size was reached (RLIMIT_FSIZE)" },
	{ SIGHUP, ANY_CODE, "its terminal went away, or its process group was orphaned" },
	{ SIGINT, ANY_CODE, "a key at its terminal (normally Ctrl-C)" },
	{ SIGQUIT, ANY_CODE, "a key at its terminal (normally Ctrl-\\)" },
	{ SIGTSTP, ANY_CODE, "a key at its terminal (normally Ctrl-Z)" },
	{ SIGTTIN, ANY_CODE, "it read from its terminal in the background" },
	{ SIGTTOU, ANY_CODE, "it wrote to its terminal in the background" },
	{ SIGWINCH, ANY_CODE, "its terminal changed its size" },
	{ SIGCONT, ANY_CODE, "its process group was orphaned while stopped" },
	{ SIGURG, ANY_CODE, "urgent data came in on a socket" },
	{ 0, 0, "without details, as at the death of a parent (PR_SET_PDEATHSIG)" },
	{ 0, SI_CODE_KERNEL, "without details (SI_KERNEL)" },
};

void disposition_tell_kernel_reason(const struct incident_signal *signal, struct text *text)
{
	for (size_t i = 0; i < sizeof(kernel_reasons) / sizeof(kernel_reasons[0]); i++) {
		if (kernel_reasons[i].number != 0 && kernel_reasons[i].number != signal->number)
			continue;
		if (kernel_reasons[i].code != ANY_CODE && kernel_reasons[i].code != signal->code)
			continue;
		text_add(text, "%s", kernel_reasons[i].reason);
		return;
	}
	text_add(text, "with si_code %d", signal->code);
}
