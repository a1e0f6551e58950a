// SPDX-License-Identifier: GPL-2.0-or-later
/* The subjects "kernel" and "limit": the kernel sent the signal, and no broken pipe was the reason.
 */
#include <signal.h>

#include "rule.h"
#include "words.h"

#define ANY_CODE INT32_MIN
#define SI_CODE_KERNEL 0x80

/*
 * The first match is used: first the codes of one signal, then the meaning of a kernel signal with
 * this number and without a code, then the codes that every signal can have.
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
	{ SIGKILL, ANY_CODE,
	  "out of memory, the end of a pid namespace, a seccomp filter or a "
	  "cgroup.kill" },
	{ SIGALRM, ANY_CODE, "an interval timer expired" },
	{ SIGVTALRM, ANY_CODE, "an interval timer expired" },
	{ SIGPROF, ANY_CODE, "an interval timer expired" },
	{ SIGXCPU, ANY_CODE, "the CPU time limit was reached (RLIMIT_CPU)" },
	{ SIGXFSZ, ANY_CODE, "the file size limit was reached (RLIMIT_FSIZE)" },
	{ SIGHUP, ANY_CODE, "its terminal was closed, or its process group was orphaned" },
	{ SIGINT, ANY_CODE, "a key was pressed at its terminal (normally Ctrl-C)" },
	{ SIGQUIT, ANY_CODE, "a key was pressed at its terminal (normally Ctrl-\\)" },
	{ SIGTSTP, ANY_CODE, "a key was pressed at its terminal (normally Ctrl-Z)" },
	{ SIGTTIN, ANY_CODE, "it read from its terminal in the background" },
	{ SIGTTOU, ANY_CODE, "it wrote to its terminal in the background" },
	{ SIGWINCH, ANY_CODE, "the size of its terminal changed" },
	{ SIGCONT, ANY_CODE, "its process group was orphaned while stopped" },
	{ SIGURG, ANY_CODE, "urgent data arrived on a socket" },
	{ 0, 0, "no details, as when the parent dies (PR_SET_PDEATHSIG)" },
	{ 0, SI_CODE_KERNEL, "no details" },
};

static void add_reason(const struct incident_signal *signal, struct text *text)
{
	const char *name = word_si_code(signal->number, signal->code);

	for (size_t i = 0; i < ARRAY_SIZE(kernel_reasons); i++) {
		if (kernel_reasons[i].number != 0 && kernel_reasons[i].number != signal->number)
			continue;
		if (kernel_reasons[i].code != ANY_CODE && kernel_reasons[i].code != signal->code)
			continue;
		text_add(text, "%s", kernel_reasons[i].reason);
		/* SI_USER and SI_KERNEL say no more. */
		if (name && signal->code != 0 && signal->code != SI_CODE_KERNEL)
			text_add(text, " (%s)", name);
		return;
	}
	text_add(text, "si_code %d", signal->code);
}

static void tell_sent_by_kernel(const struct incident *incident, struct text *text)
{
	text_add(text, "the kernel sent the signal: ");
	add_reason(&incident->signal, text);
}

const struct rule kernel_rules[] = {
	{ "sent_by_kernel", CONFIDENCE_CERTAIN, NULL, tell_sent_by_kernel, NULL, NULL },
};
