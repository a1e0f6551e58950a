/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel and these privileges allow: first facts of the system, then the results of
 * attaching.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cleanup.h"
#include "abilities.h"
#include "capabilities.h"
#include "jit.h"
#include "landlock.h"
#include "live.h"
#include "preemption.h"
#include "procdir.h"
#include "refusal.h"
#include "rights.h"
#include "trial.h"
#include "units.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

const char *ability_state_name(enum ability_state state)
{
	static const char *const names[] = { "ok", "degraded", "missing" };

	return names[state];
}

__attribute__((format(printf, 5, 6))) static void add(struct abilities *abilities, const char *name,
						      enum ability_state state, const char *lost,
						      const char *format, ...)
{
	struct ability *ability;
	va_list args;

	if (abilities->count == ABILITIES_MAX)
		return;
	ability = &abilities->list[abilities->count++];
	ability->name = name;
	ability->state = state;
	ability->lost = lost;
	va_start(args, format);
	vsnprintf(ability->detail, sizeof(ability->detail), format, args);
	va_end(args);
}

static void add_kernel(struct abilities *abilities)
{
	struct utsname name;

	uname(&name);
	add(abilities, "kernel", ABILITY_OK, NULL, "%.64s %.32s", name.release, name.machine);
	if (!access(KERNEL_BTF, R_OK))
		add(abilities, "btf", ABILITY_OK, NULL, KERNEL_BTF);
	else
		add(abilities, "btf", ABILITY_MISSING,
		    "everything: sigpath cannot find the fields of the kernel's structures",
		    KERNEL_BTF ": %s (CONFIG_DEBUG_INFO_BTF, 5.10 or newer)", strerror(errno));
}

static void add_capability(struct abilities *abilities, const struct capability *row, uint64_t held)
{
	bool is_held = held & RIGHT(row->number);

	if (is_held || (row->is_in_admin && held & RIGHT(CAP_SYS_ADMIN)))
		add(abilities, row->name, ABILITY_OK, NULL, "held%s; needed to %s",
		    is_held ? "" : " by CAP_SYS_ADMIN", row->used_for);
	else
		add(abilities, row->name, row->is_required ? ABILITY_MISSING : ABILITY_DEGRADED,
		    row->lost, "not held; needed to %s", row->used_for);
}

static void add_capabilities(struct abilities *abilities)
{
	uint64_t held = rights_held();

	for (size_t i = 0; i < capability_count; i++)
		add_capability(abilities, &capability_table[i], held);
}

/* What confines sigpath itself once it is ready. */
static void add_confinement(struct abilities *abilities)
{
	int version = landlock_version();

	if (version)
		add(abilities, "landlock", ABILITY_OK, NULL, "version %d", version);
	else
		add(abilities, "landlock", ABILITY_DEGRADED,
		    "a wall around sigpath: instead a mount namespace keeps it from files, which needs "
		    "CAP_SYS_ADMIN",
		    "not on this kernel (5.13, CONFIG_SECURITY_LANDLOCK, lsm=landlock)");
	if (prctl(PR_GET_SECCOMP) >= 0)
		add(abilities, "seccomp", ABILITY_OK, NULL, "system calls are filtered");
	else
		add(abilities, "seccomp", ABILITY_DEGRADED,
		    "a wall around sigpath: it can make all system calls",
		    "not on this kernel (CONFIG_SECCOMP_FILTER)");
}

static void add_lockdown(struct abilities *abilities)
{
	FILE *file cleanup(cleanup_fclose) = fopen("/sys/kernel/security/lockdown", "re");
	char line[128] = "";

	if (!file || !fgets(line, sizeof(line), file))
		add(abilities, "lockdown", ABILITY_OK, NULL, "none, or not shown (securityfs)");
	else if (refusal_by_lockdown())
		add(abilities, "lockdown", ABILITY_MISSING,
		    "everything: BPF may not read the kernel", "confidentiality");
	else
		add(abilities, "lockdown", ABILITY_OK, NULL, "%s",
		    strstr(line, "[integrity]") ? "integrity" : "none");
}

static void add_jit(struct abilities *abilities)
{
	switch (jit_read()) {
	case JIT_ON:
		add(abilities, "bpf_jit", ABILITY_OK, NULL, JIT_SYSCTL " is on");
		return;
	case JIT_OFF:
		add(abilities, "bpf_jit", ABILITY_DEGRADED,
		    "hooks by fentry, and speed; everything on newer kernels",
		    JIT_SYSCTL " is 0: run sysctl -w " JIT_SYSCTL "=1");
		return;
	case JIT_NOT_SHOWN:
		add(abilities, "bpf_jit", ABILITY_OK, NULL, "not shown (" JIT_SYSCTL ")");
	}
}

static void add_pid_namespace(struct abilities *abilities)
{
	if (procdir_is_on_the_host())
		add(abilities, "pid_namespace", ABILITY_OK, NULL, "the host's");
	else if (procdir_own_depth() == 1)
		add(abilities, "pid_namespace", ABILITY_OK, NULL,
		    "its own: -p and -t take its numbers, processes outside have only the host's");
	else
		add(abilities, "pid_namespace", ABILITY_DEGRADED,
		    "ps shows other numbers than -p and -t take; facts that only /proc has",
		    "its own, but /proc is of another one: mount a new one (unshare --mount-proc)");
}

/* NULL if hooks of TIER cannot be preempted on this kernel. */
static const char *lost_by_preemption(enum live_tier tier)
{
	bool preempted = tier == LIVE_TIER_FENTRY	? preemption_in_trampolines()
			 : tier == LIVE_TIER_TRACEPOINT ? preemption_in_tracepoints()
							: false;

	return preempted
		       ? "in a flood, calls that come while the kernel has preempted another call of this "
			 "hook on the same CPU; they are counted as unseen"
		       : NULL;
}

static void add_hook(struct abilities *abilities, const char *name, enum live_tier tier,
		     const char *detail)
{
	const char *lost = lost_by_preemption(tier);

	add(abilities, name, lost ? ABILITY_DEGRADED : ABILITY_OK, lost, "%s", detail);
}

static void add_signals(struct abilities *abilities, enum live_tier tier)
{
	const char *detail = tier == LIVE_TIER_PERF ? "tracepoint signal_generate by perf"
						    : "BTF tracepoint signal_generate";

	if (tier == LIVE_TIER_TRACEPOINT && preemption_in_signals())
		add(abilities, "signals", ABILITY_DEGRADED, lost_by_preemption(tier), "%s", detail);
	else
		add(abilities, "signals", ABILITY_OK, NULL, "%s", detail);
}

/* True if fentry or a kprobe attaches, but never runs. */
static bool hooks_are_silent(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool silent = trial_fentry(btf) == TRIAL_SILENT || trial_kprobe() == TRIAL_SILENT;

	btf__free(btf);
	return silent;
}

static void add_stream_error(struct abilities *abilities, enum live_tier tier)
{
	const char *lost =
		"EPIPE of TCP with MSG_NOSIGNAL (--epipe all reports it), errors that a socket "
		"returned earlier, and the socket if another thread has reused its fd";

	if (tier == LIVE_TIER_NONE && hooks_are_silent())
		add(abilities, "socket_errors", ABILITY_MISSING, lost,
		    "sk_stream_error: a hook attaches, but the kernel does not run it%s",
		    trial_silent_reason());
	else if (tier == LIVE_TIER_NONE)
		add(abilities, "socket_errors", ABILITY_MISSING, lost,
		    "sk_stream_error: neither fentry nor kprobe attaches");
	else
		add_hook(abilities, "socket_errors", tier,
			 tier == LIVE_TIER_FENTRY ? "sk_stream_error by fentry"
						  : "sk_stream_error by kprobe");
}

static void add_silent_epipe(struct abilities *abilities, enum live_tier tier)
{
	switch (tier) {
	case LIVE_TIER_TRACEPOINT:
		add_hook(abilities, "silent_epipe", tier,
			 "--epipe all: tracepoint sock_send_length");
		return;
	case LIVE_TIER_PERF:
		add_hook(abilities, "silent_epipe", tier,
			 "--epipe all: tracepoint sock_send_length by perf");
		return;
	case LIVE_TIER_FENTRY:
		add_hook(abilities, "silent_epipe", tier,
			 "--epipe all: fexit of unix_stream_sendmsg, unix_dgram_sendmsg and "
			 "sock_alloc_send_pskb (unix, UDP, raw)");
		return;
	case LIVE_TIER_SYS_EXIT:
		add(abilities, "silent_epipe", ABILITY_DEGRADED,
		    "speed: with --epipe all a program runs at the end of every system call of the "
		    "host; and EPIPE without a signal in io_uring",
		    "--epipe all: tracepoint sys_exit");
		return;
	case LIVE_TIER_KPROBE:
	case LIVE_TIER_NONE:
		add(abilities, "silent_epipe", ABILITY_MISSING,
		    "--epipe all: EPIPE without a signal on unix sockets and in io_uring",
		    "no hook attaches");
	}
}

/* Those that no function of the kernel's core serves. */
static void add_rare_epipe(struct abilities *abilities, enum live_tier tier)
{
	if (tier == LIVE_TIER_FENTRY || tier == LIVE_TIER_NONE || tier == LIVE_TIER_KPROBE)
		add(abilities, "rare_epipe", ABILITY_MISSING,
		    "--epipe all: EPIPE without a signal of vsock, SMC, TIPC and other rare sockets",
		    "no tracepoint sock_send_length (6.3)");
	else
		add(abilities, "rare_epipe", ABILITY_OK, NULL,
		    "--epipe all: of every kind of socket");
}

static void add_history(struct abilities *abilities, const struct live_hooks *hooks)
{
	if (hooks->tcp_history && hooks->tcp_errors)
		add(abilities, "tcp_history", ABILITY_OK, NULL,
		    "inet_sock_set_state, tcp_receive_reset, inet_sk_error_report");
	else if (hooks->tcp_history)
		add(abilities, "tcp_history", ABILITY_DEGRADED,
		    "the error that ended a connection, if the program has read it already",
		    "no tracepoint inet_sk_error_report (5.14)");
	else
		add(abilities, "tcp_history", ABILITY_MISSING,
		    "the times of FIN and RST, and which process of this host closed the other end",
		    "inet_sock_set_state or tcp_receive_reset does not attach");
	if (hooks->releases != LIVE_TIER_NONE && hooks->shutdowns && hooks->exits)
		add(abilities, "closers", ABILITY_OK, NULL,
		    "pipe_release, unix_release_sock, unix_shutdown by %s",
		    hooks->releases == LIVE_TIER_FENTRY ? "fentry" : "kprobe");
	else if (hooks->exits)
		add(abilities, "closers", ABILITY_DEGRADED,
		    "the process that closed a pipe or a unix socket, or shut one down, and lives on",
		    "sched_process_exit and _exec only: pipe_release cannot be hooked");
	else
		add(abilities, "closers", ABILITY_MISSING,
		    "which process closed the other end of a pipe or a unix socket",
		    "no hook attaches");
	if (hooks->ended != LIVE_TIER_NONE)
		add(abilities, "ended_processes", ABILITY_OK, NULL,
		    hooks->ended == LIVE_TIER_TRACEPOINT ? "sched_process_exit (6.16)"
		    : hooks->ended == LIVE_TIER_FENTRY	 ? "exit_signals by fentry"
							 : "exit_signals by kprobe");
	else
		add(abilities, "ended_processes", ABILITY_MISSING,
		    "executable, command line, user and unit of a process at the other end that has "
		    "ended",
		    "sched_process_exit comes after the memory is gone (before 6.16), and exit_signals "
		    "cannot be hooked");
}

static int ignore_record(void *context, const void *record, size_t size)
{
	return 0;
}

static void add_hooks(struct abilities *abilities)
{
	const struct live_options options = {
		.config = {
			.signals = UINT64_C(1) << (SIGPIPE - 1),
			.epipe = EPIPE_ALL,
			.history = true,
			.filter_pids = true, /* no process: nothing is recorded during the check */
		},
		.buffer_bytes = 65536,
	};
	char error[512];
	struct live *live;

	abilities->main_job_error = live_open(&options, error, sizeof(error), &live);
	if (!abilities->main_job_error) {
		abilities->main_job_error = live_attach(live, error, sizeof(error));
		if (!abilities->main_job_error) {
			add_signals(abilities, live_hooks(live)->signals);
			add_stream_error(abilities, live_hooks(live)->stream_error);
			add_silent_epipe(abilities, live_hooks(live)->silent_epipe);
			add_rare_epipe(abilities, live_hooks(live)->silent_epipe);
			add_history(abilities, live_hooks(live));
			live_detach(live);
			live_consume(live, ignore_record, NULL);
		}
		live_close(live);
	}
	if (abilities->main_job_error)
		add(abilities, "signals", ABILITY_MISSING, "everything", "%.180s", error);
	else
		add(abilities, "names_after_death", ABILITY_OK, NULL,
		    "exe, command line and cgroup are read in the kernel");
}

void abilities_probe(struct abilities *ret_features)
{
	memset(ret_features, 0, sizeof(*ret_features));
	add_kernel(ret_features);
	add_capabilities(ret_features);
	add_confinement(ret_features);
	add_lockdown(ret_features);
	add_jit(ret_features);
	add_pid_namespace(ret_features);
	add_hooks(ret_features);
}
