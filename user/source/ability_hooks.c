// SPDX-License-Identifier: GPL-2.0-or-later
/* What the hooks that are attached can see, and what they cannot. */
#include <bpf/btf.h>
#include <string.h>

#include "abilities.h"
#include "ability_add.h"
#include "preemption.h"
#include "trial.h"

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

	if (lost)
		ability_add_limit(abilities, name, ABILITY_DEGRADED, lost,
				  "boot with preempt=voluntary, or a kernel with CONFIG_KPROBES",
				  "%s", detail);
	else
		ability_add(abilities, name, "%s", detail);
}

/* What hooks in functions need. */
static const char *remedy_of_functions(void)
{
	return trial_remedy()
		       ?: "boot a kernel that can hook functions: with CONFIG_KPROBES, or with "
			  "CONFIG_FUNCTION_TRACER and BTF";
}

static void add_signals(struct abilities *abilities, enum live_tier tier)
{
	const char *detail = tier == LIVE_TIER_PERF ? "tracepoint signal_generate by perf"
						    : "BTF tracepoint signal_generate";

	if (tier == LIVE_TIER_TRACEPOINT && preemption_in_signals())
		ability_add_limit(
			abilities, "signals", ABILITY_DEGRADED, lost_by_preemption(tier),
			"boot a kernel without PREEMPT_RT, or one that has perf's tracepoints",
			"%s", detail);
	else
		ability_add(abilities, "signals", "%s", detail);
}

/* -s fatal */
static void add_deaths(struct abilities *abilities, enum live_tier tier)
{
	const char *detail = tier == LIVE_TIER_PERF ? "tracepoint signal_deliver by perf"
						    : "BTF tracepoint signal_deliver";

	if (tier == LIVE_TIER_NONE)
		ability_add_limit(abilities, "deaths", ABILITY_MISSING, "-s fatal",
				  "boot a kernel with BTF for the tracepoint signal_deliver", "%s",
				  "signal_deliver does not attach");
	else if (tier == LIVE_TIER_TRACEPOINT && preemption_in_signals())
		ability_add_limit(
			abilities, "deaths", ABILITY_DEGRADED, lost_by_preemption(tier),
			"boot a kernel without PREEMPT_RT, or one that has perf's tracepoints",
			"%s", detail);
	else
		ability_add(abilities, "deaths", "%s", detail);
}

/* True if fentry or a kprobe attaches, but never runs. */
static bool hooks_are_silent(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool silent = trial_fentry(btf) == TRIAL_SILENT || trial_kprobe() == TRIAL_SILENT;

	btf__free(btf);
	return silent;
}

#define LOST_WITHOUT_STREAM_ERROR                                                             \
	"errors that a socket returned earlier, and the socket if another thread has reused " \
	"its fd"

/* A check tells what --epipe all would add; a run knows whether it has that. */
static const char *lost_of_streams(const struct live_hooks *hooks, const struct bpf_config *config,
				   bool is_check)
{
	if (is_check || config->epipe != EPIPE_ALL)
		return "EPIPE of TCP with MSG_NOSIGNAL (--epipe all reports "
		       "it), " LOST_WITHOUT_STREAM_ERROR;
	if (hooks->silent_epipe == LIVE_TIER_TRACEPOINT || hooks->silent_epipe == LIVE_TIER_PERF ||
	    hooks->silent_epipe == LIVE_TIER_SYS_EXIT)
		return LOST_WITHOUT_STREAM_ERROR;
	return "EPIPE of TCP with MSG_NOSIGNAL, " LOST_WITHOUT_STREAM_ERROR;
}

static void add_stream_error(struct abilities *abilities, const struct live_hooks *hooks,
			     const struct bpf_config *config, bool may_try)
{
	const char *lost = lost_of_streams(hooks, config, may_try);
	enum live_tier tier = hooks->stream_error;

	if (tier == LIVE_TIER_NONE && may_try && hooks_are_silent())
		ability_add_limit(
			abilities, "socket_errors", ABILITY_MISSING, lost, remedy_of_functions(),
			"sk_stream_error: a hook attaches, but the kernel does not run it%s",
			trial_silent_reason());
	else if (tier == LIVE_TIER_NONE)
		ability_add_limit(abilities, "socket_errors", ABILITY_MISSING, lost,
				  remedy_of_functions(),
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
		ability_add_limit(
			abilities, "silent_epipe", ABILITY_DEGRADED,
			"speed: with --epipe all a program runs at the end of every system call of the "
			"host; and EPIPE without a signal in io_uring",
			"boot Linux 6.3 or newer, or a kernel with fentry (CONFIG_FUNCTION_TRACER and BTF)",
			"--epipe all: tracepoint sys_exit");
		return;
	case LIVE_TIER_KPROBE:
	case LIVE_TIER_NONE:
		ability_add_limit(
			abilities, "silent_epipe", ABILITY_MISSING,
			"--epipe all: EPIPE without a signal on unix sockets and in io_uring",
			"boot Linux 6.3 or newer, or a kernel with CONFIG_FTRACE_SYSCALLS",
			"no hook attaches");
	}
}

/* Those that no function of the kernel's core serves. */
static void add_rare_epipe(struct abilities *abilities, enum live_tier tier)
{
	if (tier == LIVE_TIER_FENTRY || tier == LIVE_TIER_NONE || tier == LIVE_TIER_KPROBE)
		ability_add_limit(
			abilities, "rare_epipe", ABILITY_MISSING,
			"--epipe all: EPIPE without a signal of vsock, SMC, TIPC and other rare sockets",
			"boot Linux 6.3 or newer", "no tracepoint sock_send_length (6.3)");
	else
		ability_add(abilities, "rare_epipe", "--epipe all: of every kind of socket");
}

static void add_history(struct abilities *abilities, const struct live_hooks *hooks)
{
	if (hooks->tcp_history && hooks->tcp_errors)
		ability_add(abilities, "tcp_history",
			    "inet_sock_set_state, tcp_receive_reset, inet_sk_error_report");
	else if (hooks->tcp_history)
		ability_add_limit(
			abilities, "tcp_history", ABILITY_DEGRADED,
			"the error that ended a connection, if the program has read it already",
			"boot Linux 5.14 or newer", "no tracepoint inet_sk_error_report (5.14)");
	else
		ability_add_limit(
			abilities, "tcp_history", ABILITY_MISSING,
			"the times of FIN and RST, and which process of this host closed the other end",
			"boot a kernel with the tracepoints of TCP, as the distributions' are",
			"inet_sock_set_state or tcp_receive_reset does not attach");
	if (hooks->releases != LIVE_TIER_NONE && hooks->shutdowns && hooks->exits)
		ability_add(abilities, "closers",
			    "pipe_release, unix_release_sock, unix_shutdown by %s",
			    hooks->releases == LIVE_TIER_FENTRY ? "fentry" : "kprobe");
	else if (hooks->exits)
		ability_add_limit(
			abilities, "closers", ABILITY_DEGRADED,
			"the process that closed a pipe or a unix socket, or shut one down, and lives on",
			remedy_of_functions(),
			"sched_process_exit and _exec only: pipe_release cannot be hooked");
	else
		ability_add_limit(abilities, "closers", ABILITY_MISSING,
				  "which process closed the other end of a pipe or a unix socket",
				  remedy_of_functions(), "no hook attaches");
	if (hooks->ended != LIVE_TIER_NONE)
		ability_add(abilities, "ended_processes",
			    hooks->ended == LIVE_TIER_TRACEPOINT ? "sched_process_exit (6.16)"
			    : hooks->ended == LIVE_TIER_FENTRY	 ? "exit_signals by fentry"
								 : "exit_signals by kprobe");
	else
		ability_add_limit(
			abilities, "ended_processes", ABILITY_MISSING,
			"executable, command line, user and unit of a process at the other end that has "
			"ended",
			"boot Linux 6.16 or newer, or a kernel that can hook functions: with CONFIG_KPROBES, or "
			"with CONFIG_FUNCTION_TRACER and BTF",
			"sched_process_exit comes after the memory is gone (before 6.16), and exit_signals "
			"cannot be hooked");
}

void ability_add_hooks(struct abilities *abilities, const struct live_hooks *hooks,
		       const struct bpf_config *config, bool may_try)
{
	add_signals(abilities, hooks->signals);
	if (config->fatal)
		add_deaths(abilities, hooks->deliveries);
	add_stream_error(abilities, hooks, config, may_try);
	if (config->epipe == EPIPE_ALL) {
		add_silent_epipe(abilities, hooks->silent_epipe);
		add_rare_epipe(abilities, hooks->silent_epipe);
	}
	if (config->history)
		add_history(abilities, hooks);
}

void abilities_of_run(const struct live *live, struct abilities *ret_abilities)
{
	memset(ret_abilities, 0, sizeof(*ret_abilities));
	ability_add_hooks(ret_abilities, live_hooks(live), live_config(live), false);
}
