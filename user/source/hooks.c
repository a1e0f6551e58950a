/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses hooks by trying them. docs/compatibility.md shows the result for each kernel. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "sigpath_bpf.skel.h"

#include "cleanup.h"
#include "clock.h"
#include "hooks.h"
#include "kernel_calls.h"
#include "log.h"
#include "preemption.h"
#include "trial.h"
#include "units.h"

/* How functions can be hooked on this kernel. */
struct function_hooks {
	bool trampolines; /* fentry and fexit */
	bool kprobes;	  /* where they are wanted */
};

static bool has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static bool has_tracepoint(const struct btf *btf, const char *typedef_name)
{
	return btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF) > 0;
}

static void load_only(struct bpf_program *program, bool wanted)
{
	bpf_program__set_autoload(program, wanted);
	bpf_program__set_autoattach(program, false);
}

/* True if perf has a tracepoint GROUP/NAME. It identifies it by its number in tracefs. */
static bool perf_has(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/id", name);
	if (!access(path, R_OK))
		return true;
	snprintf(path, sizeof(path), "/sys/kernel/debug/tracing/events/%s/id", name);
	return !access(path, R_OK);
}

static bool perf_is_better(const char *name)
{
	return preemption_in_tracepoints() && perf_has(name);
}

static void choose_signals(struct sigpath_bpf *skeleton, const struct btf *btf, bool fatal)
{
	bool perf = preemption_in_signals() && btf && perf_has("signal/signal_generate") &&
		    !kernel_calls_set(skeleton->progs.signal_generate_perf, btf);

	load_only(skeleton->progs.signal_generate, !perf);
	load_only(skeleton->progs.signal_generate_perf, perf);
	/* One as the other, so that both are never at the same time on a CPU. */
	perf = perf && perf_has("signal/signal_deliver");
	load_only(skeleton->progs.signal_deliver, fatal && !perf);
	load_only(skeleton->progs.signal_deliver_perf, fatal && perf);
}

static void choose_silent_epipe(struct sigpath_bpf *skeleton, const struct btf *btf,
				bool trampolines)
{
	bool tracepoint = has_tracepoint(btf, "btf_trace_sock_send_length");
	bool perf = tracepoint && perf_is_better("sock/sock_send_length");
	bool fexit = !tracepoint && trampolines && has_function(btf, "unix_stream_sendmsg") &&
		     has_function(btf, "unix_dgram_sendmsg") &&
		     has_function(btf, "sock_alloc_send_pskb");

	bpf_program__set_autoload(skeleton->progs.send_length, tracepoint && !perf);
	bpf_program__set_autoload(skeleton->progs.send_length_perf, perf);
	bpf_program__set_autoload(skeleton->progs.unix_stream_fexit, fexit);
	bpf_program__set_autoload(skeleton->progs.unix_dgram_fexit, fexit);
	bpf_program__set_autoload(skeleton->progs.datagram_alloc_fexit, fexit);
	bpf_program__set_autoload(skeleton->progs.send_sys_exit, !tracepoint && !fexit);
	/* The fexit hooks do not see TCP, so sk_stream_error() still reports it. */
	skeleton->rodata->config.hooks.every_send = tracepoint || !fexit;
	skeleton->rodata->config.hooks.every_call = !tracepoint && !fexit;
}

static void choose_history(struct sigpath_bpf *skeleton, const struct btf *btf,
			   const struct function_hooks *functions, bool wanted)
{
	bool releases = wanted && (functions->trampolines || functions->kprobes) &&
			has_function(btf, "pipe_release") && has_function(btf, "unix_release_sock");
	bool shutdowns = releases && has_function(btf, "unix_shutdown");

	/* 6.8 moved the collector to a kernel thread, as __unix_gc(). */
	bool collector = wanted && (functions->trampolines || functions->kprobes) &&
			 has_function(btf, "unix_gc") && !has_function(btf, "__unix_gc") &&
			 has_function(btf, "unix_notinflight");

	skeleton->rodata->config.hooks.exit_ends = wanted && !releases;
	skeleton->rodata->config.hooks.collector = collector;
	load_only(skeleton->progs.history_set_state, wanted);
	load_only(skeleton->progs.history_receive_reset, wanted);
	load_only(skeleton->progs.history_error_report,
		  wanted && btf && has_tracepoint(btf, "btf_trace_inet_sk_error_report"));
	/*
	 * These programs are short and so rarely preempted. And detaching a kprobe takes grace
	 * periods.
	 */
	load_only(skeleton->progs.history_pipe_release, releases && functions->trampolines);
	load_only(skeleton->progs.history_unix_release, releases && functions->trampolines);
	load_only(skeleton->progs.history_unix_shutdown, shutdowns && functions->trampolines);
	load_only(skeleton->progs.history_pipe_release_kprobe, releases && !functions->trampolines);
	load_only(skeleton->progs.history_unix_release_kprobe, releases && !functions->trampolines);
	load_only(skeleton->progs.history_unix_shutdown_kprobe,
		  shutdowns && !functions->trampolines);
	load_only(skeleton->progs.history_unix_gc, collector && functions->trampolines);
	load_only(skeleton->progs.history_unix_freed, collector && functions->trampolines);
	load_only(skeleton->progs.history_unix_gc_kprobe, collector && !functions->trampolines);
	load_only(skeleton->progs.history_unix_freed_kprobe, collector && !functions->trampolines);
	/* In their place. */
	load_only(skeleton->progs.process_exec, wanted && !releases);
	load_only(skeleton->progs.process_fork_holders, wanted && !releases);
}

/*
 * 6.16 (commit "exit: move and extend sched_process_exit() tracepoint") gave the tracepoint a
 * second argument when it moved it before exit_mm().
 */
static bool exit_has_memory(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "btf_trace_sched_process_exit", BTF_KIND_TYPEDEF);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	/* typedef void (*btf_trace_NAME)(void *, ...) */
	if (type)
		type = btf__type_by_id(btf, type->type);
	if (type && btf_is_ptr(type))
		type = btf__type_by_id(btf, type->type);
	return type && btf_is_func_proto(type) && btf_vlen(type) > 2;
}

static void choose_ended(struct sigpath_bpf *skeleton, const struct btf *btf,
			 const struct function_hooks *functions, bool wanted)
{
	bool memory = btf && exit_has_memory(btf);
	bool function = wanted && btf && !memory && has_function(btf, "exit_signals");
	bool records = skeleton->rodata->config.fatal || skeleton->rodata->config.exits;
	/*
	 * If the exits make records, they use the same memory, so none may run while another one
	 * is preempted.
	 */
	bool trampoline = functions->trampolines && !(records && preemption_in_trampolines());

	skeleton->rodata->config.hooks.exit_memory = memory;
	load_only(skeleton->progs.process_exit_signals, function && trampoline);
	load_only(skeleton->progs.process_exit_signals_kprobe,
		  function && !trampoline && functions->kprobes);
}

static void choose_processes(struct sigpath_bpf *skeleton, bool follow)
{
	bool perf_forks = !skeleton->rodata->config.machine.pid_namespace &&
			  perf_is_better("task/task_newtask");
	bool perf_exits = perf_is_better("sched/sched_process_exit");

	load_only(skeleton->progs.process_fork, follow && !perf_forks);
	load_only(skeleton->progs.process_fork_perf, follow && perf_forks);
	load_only(skeleton->progs.process_exit, !perf_exits);
	load_only(skeleton->progs.process_exit_perf, perf_exits);
}

void hooks_choose(struct sigpath_bpf *skeleton, const struct btf *btf,
		  const struct bpf_config *config)
{
	struct function_hooks functions = {
		.trampolines = trial_fentry(btf) == TRIAL_WORKS,
	};
	/* To take a kprobe away again needs a grace period, so it is not tried without need. */
	bool kprobe = (!functions.trampolines || preemption_in_trampolines()) && btf &&
		      trial_kprobe() == TRIAL_WORKS;
	bool stream = config->epipe != EPIPE_NONE && (functions.trampolines || kprobe);

	functions.kprobes = kprobe;
	load_only(skeleton->progs.own_namespace, skeleton->rodata->config.machine.pid_namespace);
	choose_signals(skeleton, btf, config->fatal);
	load_only(skeleton->progs.stream_error_fentry, stream && !kprobe);
	load_only(skeleton->progs.stream_error_kprobe, stream && kprobe);
	load_only(skeleton->progs.send_length, false);
	load_only(skeleton->progs.send_length_perf, false);
	load_only(skeleton->progs.unix_stream_fexit, false);
	load_only(skeleton->progs.unix_dgram_fexit, false);
	load_only(skeleton->progs.datagram_alloc_fexit, false);
	load_only(skeleton->progs.send_sys_exit, false);
	if (btf && config->epipe == EPIPE_ALL)
		choose_silent_epipe(skeleton, btf, functions.trampolines);
	choose_history(skeleton, btf, &functions, config->history);
	choose_ended(skeleton, btf, &functions, config->history || config->exits);
	choose_processes(skeleton, config->follow);
	skeleton->rodata->config.hooks.stream_errors = stream;
}

/* Where PROGRAM builds its records, and what is missing if a call of it was not seen. */
struct hook_facts {
	const struct bpf_program *program;
	enum scratch_slot slot;
	enum live_unseen unseen;
};

static struct hook_facts facts_of(const struct sigpath_bpf *skeleton,
				  const struct bpf_program *program)
{
	const struct hook_facts table[] = {
		{ skeleton->progs.signal_generate, SCRATCH_SIGNAL, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.signal_generate_perf, SCRATCH_SIGNAL, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.signal_deliver, SCRATCH_SIGNAL, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.signal_deliver_perf, SCRATCH_SIGNAL, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.stream_error_fentry, SCRATCH_STREAM, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.stream_error_kprobe, SCRATCH_STREAM, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.send_length, SCRATCH_SEND, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.send_length_perf, SCRATCH_SEND, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.datagram_alloc_fexit, SCRATCH_SEND, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.send_sys_exit, SCRATCH_SEND, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.unix_stream_fexit, SCRATCH_SEND_UNIX, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.unix_dgram_fexit, SCRATCH_SEND_UNIX, LIVE_UNSEEN_INCIDENTS },
		{ skeleton->progs.process_fork, SCRATCH_EXIT, LIVE_UNSEEN_CHILDREN },
		{ skeleton->progs.process_fork_perf, SCRATCH_EXIT, LIVE_UNSEEN_CHILDREN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].program == program)
			return table[i];
	return (struct hook_facts){ program, SCRATCH_EXIT, LIVE_UNSEEN_HISTORY };
}

uint32_t hooks_slots(const struct sigpath_bpf *skeleton)
{
	enum scratch_slot last = SCRATCH_EXIT;
	struct bpf_program *program;

	bpf_object__for_each_program (program, skeleton->obj) {
		enum scratch_slot slot = facts_of(skeleton, program).slot;

		if (bpf_program__autoload(program) && slot > last)
			last = slot;
	}
	return last + 1;
}

/* Attaches PROGRAM if it is loaded. The skeleton owns the link and destroys it. */
static bool attach(struct bpf_program *program, struct bpf_link **link)
{
	if (!bpf_program__autoload(program))
		return false;
	*link = bpf_program__attach(program);
	if (!*link) {
		int error = errno;

		log_debug("%s does not attach: errno %d", bpf_program__name(program), error);
		errno = error;
	}
	return *link;
}

static enum live_tier attach_signals(struct sigpath_bpf *skeleton)
{
	if (attach(skeleton->progs.signal_generate, &skeleton->links.signal_generate))
		return LIVE_TIER_TRACEPOINT;
	if (attach(skeleton->progs.signal_generate_perf, &skeleton->links.signal_generate_perf))
		return LIVE_TIER_PERF;
	return LIVE_TIER_NONE;
}

/* -s fatal: how signals are delivered. */
static enum live_tier attach_deliveries(struct sigpath_bpf *skeleton)
{
	if (attach(skeleton->progs.signal_deliver, &skeleton->links.signal_deliver))
		return LIVE_TIER_TRACEPOINT;
	if (attach(skeleton->progs.signal_deliver_perf, &skeleton->links.signal_deliver_perf))
		return LIVE_TIER_PERF;
	return LIVE_TIER_NONE;
}

static enum live_tier attach_stream_error(struct sigpath_bpf *skeleton)
{
	if (attach(skeleton->progs.stream_error_fentry, &skeleton->links.stream_error_fentry))
		return LIVE_TIER_FENTRY;
	if (attach(skeleton->progs.stream_error_kprobe, &skeleton->links.stream_error_kprobe))
		return LIVE_TIER_KPROBE;
	return LIVE_TIER_NONE;
}

static enum live_tier attach_silent_epipe(struct sigpath_bpf *skeleton)
{
	if (attach(skeleton->progs.send_length, &skeleton->links.send_length))
		return LIVE_TIER_TRACEPOINT;
	if (attach(skeleton->progs.send_length_perf, &skeleton->links.send_length_perf))
		return LIVE_TIER_PERF;
	if (attach(skeleton->progs.unix_stream_fexit, &skeleton->links.unix_stream_fexit) &&
	    attach(skeleton->progs.unix_dgram_fexit, &skeleton->links.unix_dgram_fexit) &&
	    attach(skeleton->progs.datagram_alloc_fexit, &skeleton->links.datagram_alloc_fexit))
		return LIVE_TIER_FENTRY;
	if (attach(skeleton->progs.send_sys_exit, &skeleton->links.send_sys_exit))
		return LIVE_TIER_SYS_EXIT;
	return LIVE_TIER_NONE;
}

/*
 * Who closed an end of a pipe or of a unix socket. Both hooks must attach, otherwise sigpath does
 * not report the ability.
 */
static enum live_tier attach_releases(struct sigpath_bpf *skeleton)
{
	if (attach(skeleton->progs.history_pipe_release, &skeleton->links.history_pipe_release) &&
	    attach(skeleton->progs.history_unix_release, &skeleton->links.history_unix_release))
		return LIVE_TIER_FENTRY;
	if (attach(skeleton->progs.history_pipe_release_kprobe,
		   &skeleton->links.history_pipe_release_kprobe) &&
	    attach(skeleton->progs.history_unix_release_kprobe,
		   &skeleton->links.history_unix_release_kprobe))
		return LIVE_TIER_KPROBE;
	return LIVE_TIER_NONE;
}

/* Who shut a unix socket down. */
static bool attach_shutdowns(struct sigpath_bpf *skeleton)
{
	return attach(skeleton->progs.history_unix_shutdown,
		      &skeleton->links.history_unix_shutdown) ||
	       attach(skeleton->progs.history_unix_shutdown_kprobe,
		      &skeleton->links.history_unix_shutdown_kprobe);
}

/* What processes were that have ended. */
static enum live_tier attach_ended(struct sigpath_bpf *skeleton)
{
	if (attach(skeleton->progs.process_exit_signals, &skeleton->links.process_exit_signals))
		return LIVE_TIER_FENTRY;
	if (attach(skeleton->progs.process_exit_signals_kprobe,
		   &skeleton->links.process_exit_signals_kprobe))
		return LIVE_TIER_KPROBE;
	return LIVE_TIER_NONE;
}

/* Garbage that is freed in threads of others: docs/causes.md. */
static void attach_collector(struct sigpath_bpf *skeleton)
{
	attach(skeleton->progs.history_unix_gc, &skeleton->links.history_unix_gc);
	attach(skeleton->progs.history_unix_freed, &skeleton->links.history_unix_freed);
	attach(skeleton->progs.history_unix_gc_kprobe, &skeleton->links.history_unix_gc_kprobe);
	attach(skeleton->progs.history_unix_freed_kprobe,
	       &skeleton->links.history_unix_freed_kprobe);
}

static void attach_history(struct sigpath_bpf *skeleton, bool wanted, struct live_hooks *hooks)
{
	hooks->tcp_history =
		attach(skeleton->progs.history_set_state, &skeleton->links.history_set_state) &&
		attach(skeleton->progs.history_receive_reset,
		       &skeleton->links.history_receive_reset);
	hooks->tcp_errors =
		attach(skeleton->progs.history_error_report, &skeleton->links.history_error_report);
	attach_collector(skeleton);
	hooks->releases = attach_releases(skeleton);
	skeleton->bss->releases_are_watched = hooks->releases != LIVE_TIER_NONE;
	hooks->shutdowns = attach_shutdowns(skeleton);
	skeleton->bss->shutdowns_are_watched = hooks->shutdowns;
	attach(skeleton->progs.process_fork_holders, &skeleton->links.process_fork_holders);
	attach(skeleton->progs.process_exec, &skeleton->links.process_exec);
	hooks->ended = attach_ended(skeleton);
	if (wanted)
		skeleton->bss->history_since_ns = clock_now_ns();
}

static bool attach_exits(struct sigpath_bpf *skeleton)
{
	return attach(skeleton->progs.process_exit, &skeleton->links.process_exit) ||
	       attach(skeleton->progs.process_exit_perf, &skeleton->links.process_exit_perf);
}

static bool attach_forks(struct sigpath_bpf *skeleton)
{
	return attach(skeleton->progs.process_fork, &skeleton->links.process_fork) ||
	       attach(skeleton->progs.process_fork_perf, &skeleton->links.process_fork_perf);
}

int hooks_attach(struct sigpath_bpf *skeleton, const struct bpf_config *config,
		 struct live_hooks *ret_hooks, const char **ret_failed)
{
	struct live_hooks hooks = { 0 };

	/*
	 * Attached before signal_generate, so that every signal finds what these hooks store for
	 * it.
	 */
	hooks.stream_error = attach_stream_error(skeleton);
	hooks.silent_epipe = attach_silent_epipe(skeleton);
	attach_history(skeleton, config->history, &hooks);
	hooks.exits = attach_exits(skeleton);
	if (hooks.exits && config->history && skeleton->rodata->config.hooks.exit_memory)
		hooks.ended = LIVE_TIER_TRACEPOINT;
	if (config->follow && !attach_forks(skeleton)) {
		*ret_failed = "sched_process_fork";
		return -EOPNOTSUPP;
	}
	/* Without it the run would never end. */
	if (config->follow && !hooks.exits) {
		*ret_failed = "sched_process_exit";
		return -EOPNOTSUPP;
	}
	hooks.signals = attach_signals(skeleton);
	if (hooks.signals == LIVE_TIER_NONE) {
		*ret_failed = "signal_generate";
		return -errno;
	}
	/* After it, so that a signal is not delivered whose generation nobody has seen. */
	hooks.deliveries = attach_deliveries(skeleton);
	if (config->fatal && hooks.deliveries == LIVE_TIER_NONE) {
		*ret_failed = "signal_deliver";
		return -errno;
	}
	*ret_hooks = hooks;
	return 0;
}

/* --- calls that the hooks did not see --- */

static uint64_t unseen_by(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int fd = bpf_program__fd(program);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		return 0;
	return info.recursion_misses;
}

uint64_t hooks_unseen(const struct sigpath_bpf *skeleton, enum live_unseen what)
{
	struct bpf_program *program;
	uint64_t sum = 0;

	if (what == LIVE_UNSEEN_LATE)
		return __atomic_load_n(&skeleton->bss->late_records, __ATOMIC_RELAXED);
	bpf_object__for_each_program (program, skeleton->obj) {
		if (facts_of(skeleton, program).unseen == what)
			sum += unseen_by(program);
	}
	return sum;
}
