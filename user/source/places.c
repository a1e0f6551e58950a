// SPDX-License-Identifier: GPL-2.0-or-later
#include "places.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "event.h"

#include "cleanup.h"
#include "kallsyms_table.h"
#include "units.h"

#define READ_BYTES ((size_t)1 << 16)

/*
 * The functions, by the names that they have from 5.10 to 7.3. Where a compiler has put one into
 * its callers, these are here too, as far as they do nothing else that sends a signal.
 */
static const struct {
	const char *name;
	uint32_t place;
} functions[] = {
	{ "__oom_kill_process", EV_PLACE_OOM },
	{ "oom_kill_process", EV_PLACE_OOM },
	{ "oom_kill_memcg_member", PLACE_MEMORY_GROUP },
	{ "mem_cgroup_out_of_memory", PLACE_MEMORY_CGROUP },
	{ "mem_cgroup_oom_synchronize", PLACE_MEMORY_CGROUP },
	{ "try_charge", PLACE_MEMORY_CGROUP },
	{ "try_charge_memcg", PLACE_MEMORY_CGROUP },
	{ "memory_max_write", PLACE_MEMORY_CGROUP },
	{ "__alloc_pages_slowpath", PLACE_MEMORY_HOST },
	{ "__alloc_pages_nodemask", PLACE_MEMORY_HOST },
	{ "__alloc_pages", PLACE_MEMORY_HOST },
	{ "__alloc_pages_noprof", PLACE_MEMORY_HOST },
	{ "__alloc_frozen_pages_noprof", PLACE_MEMORY_HOST },
	{ "moom_callback", PLACE_MEMORY_HOST },
	{ "pagefault_out_of_memory", PLACE_MEMORY_HOST },
	{ "zap_pid_ns_processes", EV_PLACE_NAMESPACE },
	{ "__cgroup_kill", EV_PLACE_CGROUP_KILL },
	{ "cgroup_kill_write", EV_PLACE_CGROUP_KILL },
	{ "cgroup_post_fork", EV_PLACE_CGROUP_FORK },
	{ "check_cpu_itimer", EV_PLACE_CPU_TIMER },
	{ "cpu_timer_fire", EV_PLACE_CPU_TIMER },
	{ "handle_posix_cpu_timers", EV_PLACE_CPU_TIMER },
	{ "posix_cpu_timers_work", EV_PLACE_CPU_TIMER },
	{ "run_posix_cpu_timers", EV_PLACE_CPU_TIMER },
	{ "isig", EV_PLACE_TERMINAL },
	{ "__isig", EV_PLACE_TERMINAL },
	{ "tty_signal_session_leader", EV_PLACE_TERMINAL },
	{ "__tty_hangup", EV_PLACE_TERMINAL },
	{ "disassociate_ctty", EV_PLACE_TERMINAL },
	{ "__tty_check_change", EV_PLACE_TERMINAL },
	{ "tty_check_change", EV_PLACE_TERMINAL },
	{ "n_tty_receive_signal_char", EV_PLACE_TERMINAL },
	{ "it_real_fn", EV_PLACE_TIMER },
	{ "posix_timer_fn", EV_PLACE_TIMER },
	{ "posix_timer_event", EV_PLACE_TIMER },
	{ "posix_timer_queue_signal", EV_PLACE_TIMER },
	{ "posixtimer_send_sigqueue", EV_PLACE_TIMER },
	{ "send_sigio", EV_PLACE_FD },
	{ "send_sigurg", EV_PLACE_FD },
	{ "bprm_execve", EV_PLACE_EXEC },
	{ "exit_ptrace", EV_PLACE_PTRACE },
	{ "ptrace_request", EV_PLACE_PTRACE_KILL },
	{ "__seccomp_filter", EV_PLACE_SECCOMP },
	{ "__secure_computing", EV_PLACE_SECCOMP },
	{ "__rseq_handle_notify_resume", EV_PLACE_RSEQ },
	{ "__rseq_handle_slowpath", EV_PLACE_RSEQ },
	{ "__rseq_signal_deliver", EV_PLACE_RSEQ },
	{ "signal_setup_done", EV_PLACE_SIGNAL_FRAME },
	{ "signal_fault", EV_PLACE_SIGRETURN },
	{ "__do_sys_rt_sigreturn", EV_PLACE_SIGRETURN },
	{ "__x64_sys_rt_sigreturn", EV_PLACE_SIGRETURN },
	{ "__do_compat_sys_rt_sigreturn", EV_PLACE_SIGRETURN },
	{ "__do_sys_sigreturn", EV_PLACE_SIGRETURN },
	{ "__do_compat_sys_sigreturn", EV_PLACE_SIGRETURN },
	{ "arch_do_signal_or_restart", PLACE_DELIVERY },
	{ "arch_do_signal", PLACE_DELIVERY },
	{ "do_signal", PLACE_DELIVERY },
	{ "handle_signal", PLACE_DELIVERY },
	{ "exit_to_user_mode_loop", PLACE_TO_USER },
	{ "exit_to_user_mode_prepare", PLACE_TO_USER },
	{ "irqentry_exit_to_user_mode", PLACE_TO_USER },
	{ "irqentry_exit", PLACE_TO_USER },
	{ "syscall_exit_to_user_mode", PLACE_TO_USER },
	{ "do_notify_resume", PLACE_TO_USER },
	{ "memory_failure", EV_PLACE_MEMORY_ERROR },
	{ "bpf_send_signal_common", EV_PLACE_BPF },
	{ "bpf_send_signal", EV_PLACE_BPF },
	{ "bpf_send_signal_thread", EV_PLACE_BPF },
	{ "do_bpf_send_signal", EV_PLACE_BPF },
	{ "send_sig_all", EV_PLACE_SYSRQ },
	{ "__do_SAK", EV_PLACE_SYSRQ },
	{ "kill_orphaned_pgrp", EV_PLACE_ORPHANED },
};

_Static_assert(ARRAY_SIZE(functions) < PLACE_RANGES_MAX, "one range for each, and some parts");

/* Static functions may have a suffix: .isra.0, .constprop.0, .part.0, .cold. */
static uint32_t place_of(const char *name)
{
	size_t length = strcspn(name, ".\t\n ");

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (!strncmp(functions[i].name, name, length) && !functions[i].name[length])
			return functions[i].place;
	return 0;
}

/* The functions of the kernel itself are sorted. */
static void take_function(struct place_table *table, uint64_t start, const char *name)
{
	struct place_range *last = table->count ? &table->range[table->count - 1] : NULL;
	uint32_t place;

	/* Return addresses: that of a call at the very end is the start of the next function. */
	if (last && last->end == UINT64_MAX && start > last->start)
		last->end = start;
	if (table->count == PLACE_RANGES_MAX || (last && start <= last->start))
		return;
	place = place_of(name);
	if (!place)
		return;
	table->range[table->count++] =
		(struct place_range){ .start = start + 1, .end = UINT64_MAX, .place = place };
}

/* True: the line is of a module; all that follow are, too. */
static bool take_line(struct place_table *table, const char *line, bool *ret_readable)
{
	uint64_t start;
	const char *name;

	if (!kallsyms_table_line(line, &start, &name))
		return false;
	if (strchr(name, '['))
		return true;
	if (start) {
		*ret_readable = true;
		take_function(table, start, name);
	}
	return false;
}

/*
 * Reads with offsets of its own: the open file may be shared with the one that names the functions
 * of a stack.
 */
static ssize_t read_lines(int fd, struct place_table *table, bool *ret_readable)
{
	char *buffer cleanup(cleanup_free) = malloc(READ_BYTES + 1);
	size_t kept = 0;
	off_t offset = 0;
	ssize_t got;

	if (!buffer)
		return -ENOMEM;
	while ((got = pread(fd, buffer + kept, READ_BYTES - kept, offset)) > 0) {
		char *line = buffer, *end;

		offset += got;
		buffer[kept + (size_t)got] = '\0';
		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			if (take_line(table, line, ret_readable))
				return 0;
		}
		kept = strlen(line);
		/* No line is that long. */
		if (kept >= READ_BYTES)
			kept = 0;
		memmove(buffer, line, kept);
	}
	return got < 0 ? -errno : 0;
}

void places_read(const char *path, struct place_table *ret_table)
{
	int fd cleanup(cleanup_close) = kallsyms_table_open(path);
	bool readable = false;

	*ret_table = (struct place_table){ .state = EV_PLACED_HIDDEN };
	for (size_t i = 0; i < PLACE_RANGES_MAX; i++)
		ret_table->range[i].start = UINT64_MAX;
	if (fd < 0 || read_lines(fd, ret_table, &readable) || !readable) {
		ret_table->count = 0;
		return;
	}
	if (ret_table->count && ret_table->range[ret_table->count - 1].end == UINT64_MAX)
		ret_table->count--;
	for (size_t i = ret_table->count; i < PLACE_RANGES_MAX; i++)
		ret_table->range[i] = (struct place_range){ .start = UINT64_MAX };
	if (ret_table->count)
		ret_table->state = EV_PLACED_COMPARED;
}

/* Of other signals the number and the siginfo say all. */
bool places_are_wanted(uint64_t signals)
{
	const uint64_t none = UINT64_C(1) << (SIGPIPE - 1) | UINT64_C(1) << (SIGXFSZ - 1);

	return signals & ~none;
}
