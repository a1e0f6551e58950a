// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel part of the stack: which function decided to send the signal, and through which
 * functions the system call reached it.
 */
#include <errno.h>
#include <string.h>

#include "blocks.h"
#include "kallsyms.h"
#include "units.h"

/*
 * Between the decision and the hook are the BPF program, the tracepoint and these functions. The
 * function that called the innermost of them made the decision (kernel/signal.c; tail calls omit
 * some of them).
 */
static bool is_signal_plumbing(const char *name)
{
	static const char *const names[] = {
		"__send_signal",	 "__send_signal_locked", "send_signal_locked",
		"do_send_sig_info",	 "send_sig_info",	 "send_sig",
		"__group_send_sig_info", "group_send_sig_info",	 "send_sigqueue",
		"force_sigsegv",	 "force_fatal_sig",	 "force_exit_sig",
		"kill_pid_info",	 "kill_pid_info_type",	 "posixtimer_send_sigqueue",
	};

	/* force_sig_info_to_task, force_sig_seccomp, ... */
	if (!strncmp(name, "force_sig_", 10) || !strcmp(name, "force_sig"))
		return true;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/*
 * The entry of the system call. It is not interesting, and every architecture has another name for
 * it.
 */
static bool is_entry(const char *name)
{
	static const char *const prefixes[] = {
		"do_syscall_64", "x64_sys_call", "entry_SYSCALL",   "__do_fast_syscall",
		"do_int80",	 "do_fast_sys",	 "invoke_syscall",  "el0_svc",
		"__x64_sys",	 "__ia32_sys",	 "__arm64_sys",	    "__do_compat",
		"do_el0_svc",	 "__riscv_sys",	 "do_trap_ecall_u", "handle_exception",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* A hook's own frames if no signal was sent: the program, its trampoline, the tracepoint. */
static bool is_hook(const char *name)
{
	return !strncmp(name, "bpf_", 4) || !strncmp(name, "__bpf_", 6) ||
	       !strncmp(name, "__traceiter_", 12) || !strncmp(name, "call_trace_", 11) ||
	       strstr(name, "trampoline") || strstr(name, "kprobe") || strstr(name, "ftrace");
}

static size_t first_frame(const char *const *names, size_t count)
{
	size_t first = 0;

	for (size_t i = 0; i < count; i++)
		if (names[i] && is_signal_plumbing(names[i]))
			first = i + 1;
	if (first)
		return first;
	while (first < count && (!names[first] || is_hook(names[first])))
		first++;
	return first;
}

static enum missing_reason why_no_stack(const struct enrich_options *options)
{
	return options->kernel_wanted ? WHY_NO_KERNEL_STACK : WHY_KERNEL_NOT_ASKED_FOR;
}

static enum missing_reason name_frames(const struct snapshot *snapshot,
				       const struct enrich_options *options, const char **names,
				       uint64_t *offsets)
{
	int error;

	if (!options->kernel_wanted)
		return WHY_KERNEL_NOT_ASKED_FOR;
	if (!options->kallsyms)
		return WHY_OTHER_BOOT;
	error = kallsyms_lookup(options->kallsyms, snapshot->kernel, snapshot->kernel_count, names,
				offsets);
	if (error == -ENODATA)
		return WHY_KERNEL_ADDRESSES_HIDDEN;
	return error ? WHY_KALLSYMS_UNREADABLE : WHY_NONE;
}

void kernel_enrich(struct incident *incident, const struct snapshot *snapshot,
		   const struct enrich_options *options)
{
	struct incident_kernel_stack *stack = &incident->kernel_stack;
	const char *names[SNAPSHOT_KERNEL_FRAMES_MAX];
	uint64_t offsets[SNAPSHOT_KERNEL_FRAMES_MAX];
	enum missing_reason why;
	size_t at;

	if (!snapshot->kernel_count) {
		if (incident->signal.origin == EV_ORIGIN_KERNEL)
			incident_note_missing(incident, MISSING_SIGNAL_SITE, why_no_stack(options));
		return;
	}
	why = name_frames(snapshot, options, names, offsets);
	if (why) {
		incident_note_missing(incident, MISSING_SIGNAL_SITE, why);
		return;
	}
	at = first_frame(names, snapshot->kernel_count);
	if (at < snapshot->kernel_count)
		incident->signal.site = names[at];
	for (; at < snapshot->kernel_count && !(names[at] && is_entry(names[at])); at++)
		stack->frames[stack->count++] = (struct incident_kernel_frame){
			.address = snapshot->kernel[at],
			.name = names[at],
			.offset = offsets[at],
		};
}
