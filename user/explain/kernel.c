// SPDX-License-Identifier: GPL-2.0-or-later
/* The subject "kernel": the kernel sent the signal, and none of the other subjects is the reason. */
#include <inttypes.h>
#include <signal.h>

#include "rule.h"
#include "words.h"

#define ANY_CODE INT32_MIN
#define SI_CODE_KERNEL 0x80

/*
 * The first match is used: first the codes of one signal, then the codes that every signal can
 * have, then the meaning of a kernel signal with this number and without a code.
 * include/uapi/asm-generic/siginfo.h
 */
static const struct {
	uint32_t number; /* 0: any */
	int code;
	const char *reason;
} kernel_reasons[] = {
	{ SIGSEGV, 1, "nothing is mapped at the address" },
	{ SIGSEGV, 2, "the mapping does not permit the access" },
	{ SIGSEGV, 3, "an MPX bound was violated" },
	{ SIGSEGV, 4, "a protection key forbids the access" },
	{ SIGSEGV, SI_CODE_KERNEL, "the address is invalid (a general protection fault)" },
	{ SIGSEGV, ANY_CODE, "an invalid memory access" },
	{ SIGBUS, 1, "the address is misaligned" },
	{ SIGBUS, 2, "nothing is behind the address, as when a mapped file was truncated" },
	{ SIGBUS, 4, "the process used memory that has a hardware error" },
	{ SIGBUS, 5, "the hardware found an error in memory of the process" },
	{ SIGFPE, 1, "an integer was divided by zero" },
	{ SIGFPE, 2, "an integer overflowed" },
	{ SIGFPE, ANY_CODE, "a floating-point exception" },
	{ SIGILL, ANY_CODE, "an illegal instruction" },
	{ SIGTRAP, ANY_CODE, "a breakpoint or a single step" },
	{ SIGSYS, 1, "a seccomp filter refused a system call" },
	{ SIGCHLD, 1, "a child exited" },
	{ SIGCHLD, 2, "a child was killed" },
	{ SIGCHLD, 3, "a child was killed with a core" },
	{ SIGCHLD, 4, "a traced child stopped" },
	{ SIGCHLD, 5, "a child stopped" },
	{ SIGCHLD, 6, "a child continued" },
	{ 0, -2, "a POSIX timer expired" },
	{ 0, -3, "a message queue has a message" },
	{ 0, -4, "an asynchronous I/O completed" },
	{ 0, -5, "a descriptor became ready" },
	{ SIGPOLL, ANY_CODE, "a descriptor became ready" },
	{ SIGALRM, ANY_CODE, "an interval timer expired" },
	{ SIGVTALRM, ANY_CODE, "an interval timer expired" },
	{ SIGPROF, ANY_CODE, "an interval timer expired" },
	{ SIGHUP, ANY_CODE, "its terminal was closed, or its process group was orphaned" },
	{ SIGINT, ANY_CODE, "a key was pressed at its terminal (normally Ctrl-C)" },
	{ SIGQUIT, ANY_CODE, "a key was pressed at its terminal (normally Ctrl-\\)" },
	{ SIGTSTP, ANY_CODE, "a key was pressed at its terminal (normally Ctrl-Z)" },
	{ SIGTTIN, ANY_CODE, "it read from its terminal in the background" },
	{ SIGTTOU, ANY_CODE, "it wrote to its terminal in the background" },
	{ SIGWINCH, ANY_CODE, "the size of its terminal changed" },
	{ SIGCONT, ANY_CODE, "its process group was orphaned while stopped" },
	{ SIGURG, ANY_CODE, "urgent data arrived on a socket" },
};

/* What only the function of the kernel tells. */
static const char *const place_reasons[EV_PLACES] = {
	[EV_PLACE_CGROUP_KILL] = "somebody wrote to cgroup.kill of its cgroup",
	[EV_PLACE_CGROUP_FORK] = "somebody wrote to cgroup.kill of its cgroup while it was forked",
	[EV_PLACE_TERMINAL] = "its terminal",
	[EV_PLACE_TIMER] = "a timer expired",
	[EV_PLACE_CPU_TIMER] = "a timer of CPU time expired",
	[EV_PLACE_FD] = "a descriptor became ready (F_SETOWN)",
	[EV_PLACE_PARENT_DIED] = "its parent ended (PR_SET_PDEATHSIG)",
	[EV_PLACE_SYSRQ] = "a key of the system console (SysRq), or /proc/sysrq-trigger",
	[EV_PLACE_MEMORY_ERROR] = "the hardware found an error in memory of the process",
	[EV_PLACE_ORPHANED] = "its process group was orphaned while stopped",
};

/* The code is one that only this reason has, or there is none, and NUMBER has one meaning. */
static bool tells(size_t row, const struct incident_signal *signal)
{
	int code = kernel_reasons[row].code;

	if (kernel_reasons[row].number && kernel_reasons[row].number != signal->number)
		return false;
	if (code != ANY_CODE)
		return code == signal->code;
	/* The kernel stack was looked at, and the function is not one that has this reason. */
	return (signal->code > 0 && signal->code != SI_CODE_KERNEL) ||
	       signal->placed == EV_PLACED_NOT;
}

static const char *reason_of(const struct incident_signal *signal)
{
	if (place_reasons[signal->place])
		return place_reasons[signal->place];
	for (size_t i = 0; i < ARRAY_SIZE(kernel_reasons); i++)
		if (tells(i, signal))
			return kernel_reasons[i].reason;
	return NULL;
}

static bool is_told(const struct incident *incident)
{
	const struct incident_signal *signal = &incident->signal;

	return reason_of(signal) || (signal->code && signal->code != SI_CODE_KERNEL);
}

static void tell_sent_by_kernel(const struct incident *incident, struct text *text)
{
	const struct incident_signal *signal = &incident->signal;
	const char *name = word_si_code(signal->number, signal->code);
	const char *reason = reason_of(signal);

	text_add(text, "the kernel sent the signal: ");
	if (!reason) {
		text_add(text, "si_code %d", signal->code);
		return;
	}
	text_add(text, "%s", reason);
	/* SI_USER and SI_KERNEL say no more. */
	if (name && signal->code != 0 && signal->code != SI_CODE_KERNEL)
		text_add(text, " (%s)", name);
}

/* --- one function of the kernel, one reason --- */

static bool is_exec(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_EXEC;
}

static void tell_exec(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "execve() failed when the old program was gone already, so the kernel killed "
		 "the process: the new program cannot be mapped, or has no room for its stack");
}

static bool is_rseq(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_RSEQ;
}

static void tell_rseq(const struct incident *incident, struct text *text)
{
	text_add(text, "the kernel could not use the memory that the thread had registered with "
		       "rseq()");
}

static bool is_signal_frame(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_SIGNAL_FRAME;
}

static void tell_signal_frame(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "a handler of another signal could not be called: the kernel could not write "
		 "its frame to the stack");
}

static bool is_sigreturn(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_SIGRETURN;
}

static void tell_sigreturn(const struct incident *incident, struct text *text)
{
	text_add(text, "rt_sigreturn() found no valid frame on the stack");
}

static void tell_tracer(const struct incident *incident, struct text *text)
{
	const struct incident_process *process = &incident->process;
	char number[INCIDENT_NUMBER_SIZE];

	if (process->tracer_pid)
		text_add(text, " %s",
			 incident_number_text(process->tracer_pid, process->tracer_pid_here,
					      number));
}

static bool is_exit_kill(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_PTRACE;
}

static void tell_exit_kill(const struct incident *incident, struct text *text)
{
	text_add(text, "its debugger");
	tell_tracer(incident, text);
	text_add(text, " ended, and had asked for this (PTRACE_O_EXITKILL)");
}

static bool is_ptrace_kill(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_PTRACE_KILL;
}

static void tell_ptrace_kill(const struct incident *incident, struct text *text)
{
	text_add(text, "its debugger");
	tell_tracer(incident, text);
	text_add(text, " killed it (PTRACE_KILL)");
}

static bool is_bpf(const struct incident *incident)
{
	return incident->signal.place == EV_PLACE_BPF;
}

static void tell_bpf(const struct incident *incident, struct text *text)
{
	text_add(text, "a BPF program sent the signal (bpf_send_signal()), as security tools do; "
		       "which one is not known");
}

/* --- none of these --- */

#define UNKNOWN_FRAMES_MAX 4

static void tell_unknown(const struct incident *incident, struct text *text)
{
	const struct incident_kernel_stack *stack = &incident->kernel_stack;
	size_t told = 0;

	text_add(text, "the kernel sent the signal");
	for (size_t i = 0; i < stack->count && told < UNKNOWN_FRAMES_MAX; i++)
		if (stack->frames[i].name)
			text_add(text, "%s%s", told++ ? " < " : " from ", stack->frames[i].name);
	if (told)
		text_add(text, "; sigpath does not know why");
	else if (incident->signal.placed == EV_PLACED_HIDDEN)
		text_add(text, "; which of its functions did is not known, because it hides their "
			       "addresses (CAP_SYSLOG, kptr_restrict)");
	else
		text_add(text, "; which of its functions did was not recorded");
}

const struct rule kernel_rules[] = {
	{ "exec_failed", CONFIDENCE_CERTAIN, is_exec, tell_exec, NULL, NULL },
	{ "rseq_failed", CONFIDENCE_CERTAIN, is_rseq, tell_rseq, NULL, NULL },
	{ "no_signal_frame", CONFIDENCE_CERTAIN, is_signal_frame, tell_signal_frame, NULL, NULL },
	{ "bad_sigreturn", CONFIDENCE_CERTAIN, is_sigreturn, tell_sigreturn, NULL, NULL },
	{ "debugger_ended", CONFIDENCE_CERTAIN, is_exit_kill, tell_exit_kill, NULL, NULL },
	{ "killed_by_debugger", CONFIDENCE_CERTAIN, is_ptrace_kill, tell_ptrace_kill, NULL, NULL },
	{ "sent_by_bpf", CONFIDENCE_CERTAIN, is_bpf, tell_bpf, NULL, NULL },
	{ "sent_by_kernel", CONFIDENCE_CERTAIN, is_told, tell_sent_by_kernel, NULL, NULL },
	{ "unknown", CONFIDENCE_UNKNOWN, NULL, tell_unknown, NULL, NULL },
};
