// SPDX-License-Identifier: GPL-2.0-or-later
/* What the signal's disposition meant in this incident. */
#include "disposition.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "duration.h"
#include "path.h"
#include "stack_frames.h"
#include "traps.h"
#include "units.h"

/* The kernel's values, the same on all machines that sigpath knows. */
#define SIGINFO 4u
#define RESETHAND 0x80000000u

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

/*
 * force_sig_info_to_task(): a signal that is ignored or blocked gets the default action before it
 * is sent. What else the process had set for it stays. A program that sets the default itself
 * rarely asks for a siginfo.
 */
static void tell_forced(const struct incident *incident, struct text *text)
{
	uint64_t flags = incident->signal.handler_flags;

	if (flags & SIGINFO && !(flags & RESETHAND))
		text_add(text, "; there was a handler before: it has set the default again, or the "
			       "kernel has, because the fault came while the signal was blocked "
			       "(inside of the handler)");
	else
		text_add(text, "; a fault kills even if the signal was ignored or blocked");
}

static void tell_default_action(const struct incident *incident, struct text *text)
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
		text_add(text, "default: a stopped process continues");
		break;
	case ACTION_IGNORE:
		text_add(text, "default: nothing happens");
		break;
	}
}

static void tell_default(const struct incident *incident, struct text *text)
{
	tell_default_action(incident, text);
	if (incident->subject == EV_SUBJECT_FAULT && incident->outcome == EV_OUTCOME_KILLED &&
	    incident->signal.disposition == EV_DISPOSITION_DEFAULT)
		tell_forced(incident, text);
}

/*
 * Calls that write in more than one step. They return what the steps before the failed one wrote.
 */
static bool has_steps(const struct incident_syscall *call)
{
	static const char *const names[] = { "sendfile", "sendfile64",	    "splice",  "vmsplice",
					     "tee",	 "copy_file_range", "sendmmsg" };

	if (call->name)
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (!strcmp(call->name, names[i]))
				return true;
	return false;
}

/* How the call that caused the signal failed. NULL: no call caused it. */
static const char *how_the_call_failed(const struct incident *incident)
{
	/* generic_write_check_limits(), inode_newsize_ok() */
	if (incident->subject == EV_SUBJECT_LIMIT && incident->signal.number == SIGXFSZ)
		return "the call failed with EFBIG";
	if (incident->subject != EV_SUBJECT_WRITE)
		return NULL;
	/*
	 * pipe_write() raises SIGPIPE even after it has copied some bytes. It then returns their
	 * number.
	 */
	if (incident->object.type == EV_OBJECT_PIPE || incident->object.type == EV_OBJECT_FIFO ||
	    has_steps(&incident->syscall))
		return "the call failed with EPIPE or wrote only a part";
	return "the call failed with EPIPE";
}

static void add_call(const struct incident *incident, const char *separator, struct text *text)
{
	const char *call = how_the_call_failed(incident);

	if (call)
		text_add(text, "%s%s", separator, call);
}

/* -s fatal: the signal has decided, and nothing has followed (enum ev_stage). */
static void tell_stuck(const struct incident *incident, struct text *text)
{
	char after[DURATION_SIZE];

	text_add(text, "default: the process is marked to die, and has not died %s later: ",
		 duration_text(incident->death.after_ns, DURATION_FINE, after));
	text_add(text, "it waits in the kernel, where no signal reaches it (state D in ps)");
}

/* Why the signal stays pending. */
static const char *what_holds(const struct incident_signal *signal)
{
	if (signal->blocked)
		return "blocked";
	return signal->stopped ? "the process is stopped" : "another signal comes first";
}

static void tell_pending(const struct incident *incident, struct text *text)
{
	if (incident->death.stage == EV_STAGE_PENDING) {
		tell_stuck(incident, text);
		return;
	}
	/* create_io_thread() blocks all signals except SIGKILL and SIGSTOP. */
	if (incident->process.flags & EV_PROCESS_IO_WORKER) {
		text_add(text, "blocked: an io_uring worker never takes a signal; "
			       "the request completes with -EPIPE");
		return;
	}
	text_add(text, "%s: it stays pending on the %s", what_holds(&incident->signal),
		 incident->signal.group ? "process" : "thread");
	if (incident->signal.result == EV_RESULT_ALREADY_PENDING)
		text_add(text, ", where one was pending already");
	add_call(incident, "; ", text);
}

static void tell_protected(const struct incident *incident, struct text *text)
{
	/* SIGNAL_UNKILLABLE: the init of the host has it too. */
	text_add(text, "%s: the default action is not taken",
		 incident->process.pid == 1 ? "init of the host" : "init of a pid namespace");
	add_call(incident, ", ", text);
}

static void tell_survivor(const struct incident *incident, const char *why, struct text *text)
{
	text_add(text, "%s: %s, the process continues", why,
		 how_the_call_failed(incident) ?: "nothing happens");
}

/*
 * These sockets return EPIPE from sock_alloc_send_pskb() and from the send functions of datagrams,
 * which raise no signal, whatever the flags of the call.
 */
static bool never_signals(const struct incident_object *object)
{
	switch (object->type) {
	case EV_OBJECT_UNIX:
	case EV_OBJECT_SOCKET:
	case EV_OBJECT_VSOCK:
		return object->sock_type && object->sock_type != SOCK_STREAM;
	default:
		return false;
	}
}

/* Why there was no signal. NULL: not known. */
static const char *why_no_signal(const struct incident *incident)
{
	const struct incident_syscall *call = &incident->syscall;
	uint64_t flags = call->flags_kind == EV_FLAGS_MSG ? call->flags : 0;

	if (never_signals(&incident->object))
		return "this kind of socket never raises one";
	if (call->flags_kind == EV_FLAGS_RWF)
		return "RWF_NOSIGNAL";
	if (flags & MSG_NOSIGNAL)
		return "MSG_NOSIGNAL";
	/* queue_oob() of net/unix/af_unix.c */
	if (incident->object.type == EV_OBJECT_UNIX && flags & MSG_OOB)
		return "a unix socket raises none when it queues MSG_OOB";
	/* io_sendmsg_prep() adds MSG_NOSIGNAL. */
	return call->have_uring ? "io_uring sends with MSG_NOSIGNAL" : NULL;
}

static void tell_suppressed(const struct incident *incident, struct text *text)
{
	const char *why = why_no_signal(incident);

	text_add(text, "no signal was raised%s%s%s: %s, the process continues", why ? " (" : "",
		 why ?: "", why ? ")" : "", how_the_call_failed(incident) ?: "nothing happens");
}

/* __asan::AsanOnDeadlySignal(int, void*, void*) */
static bool is_sanitizer(const char *symbol)
{
	static const char *const names[] = { "__asan::", "__tsan::",  "__msan::",     "__hwasan::",
					     "__lsan::", "__ubsan::", "__sanitizer::" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(symbol, names[i], strlen(names[i])))
			return true;
	return false;
}

/* Who owns the handler, if it is not the program's own. NULL: not known. */
static const char *handler_owner(const struct incident *incident)
{
	static const struct {
		enum incident_runtime runtime;
		const char *library, *owner;
	} runtimes[] = {
		{ RUNTIME_PYTHON, "libpython", "Python's" },
		{ RUNTIME_NODE, "libnode", "Node's" },
		{ RUNTIME_NODE, "libuv", "libuv's" },
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
	if (trap_is_ruby_handler(incident))
		return "Ruby's";
	if (!handler || !handler->module || handler->module[0] != '/')
		return NULL;
	if (handler->symbol && !strcmp(handler->symbol, "uv__signal_handler"))
		return "libuv's";
	if (handler->symbol && is_sanitizer(handler->symbol))
		return "the sanitizer's";
	leaf = path_leaf(handler->module);
	is_exe = exe->have && !strcmp(handler->module, exe->text);
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++)
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
		text_add_hostile(text, "the handler ", frame->symbol);
	else
		text_add(text, "the handler at 0x%" PRIx64, incident->signal.handler);
	if (owner)
		text_add(text, ", %s,", owner);
	else if (frame && frame->module)
		text_add_hostile(text, " of ", frame->module);
	text_add(text, " runs");
}

/* The handler ran, and the default action killed the process in the end. */
static void tell_raised(const struct incident *incident, struct text *text)
{
	tell_handler(incident, text);
	add_call(incident, "; ", text);
	text_add(text, "; the process raised the signal again, ");
	tell_default(incident, text);
}

void disposition_tell(const struct incident *incident, struct text *text)
{
	char number[INCIDENT_NUMBER_SIZE];

	switch (incident->outcome) {
	case EV_OUTCOME_KILLED:
	case EV_OUTCOME_DELIVERED:
		if (incident->death.thread_alone)
			text_add(text, "default: this thread alone ended, the process continues");
		else if (incident->end.raised)
			tell_raised(incident, text);
		else
			tell_default(incident, text);
		return;
	case EV_OUTCOME_IGNORED:
		if (incident->signal.dying)
			text_add(text, "the process was ending already: nothing happens");
		else if (incident->signal.result == EV_RESULT_OVERFLOW_FAIL)
			text_add(text, "the queue of pending signals is full (ulimit -i): the "
				       "signal is lost");
		else
			tell_survivor(incident,
				      incident->signal.disposition == EV_DISPOSITION_DEFAULT
					      ? "default"
					      : "ignored",
				      text);
		return;
	case EV_OUTCOME_HANDLED:
		tell_handler(incident, text);
		add_call(incident, "; ", text);
		return;
	case EV_OUTCOME_PENDING:
		tell_pending(incident, text);
		return;
	case EV_OUTCOME_SUPPRESSED:
		tell_suppressed(incident, text);
		return;
	case EV_OUTCOME_PROTECTED:
		tell_protected(incident, text);
		return;
	case EV_OUTCOME_EXITED:
		text_add(text, "no signal: the process ended itself");
		return;
	case EV_OUTCOME_TRACED:
		text_add(text, "the tracer (PID %s) decides what happens",
			 incident_number_text(incident->process.tracer_pid,
					      incident->process.tracer_pid_here, number));
		return;
	}
	text_add(text, "not known");
}
