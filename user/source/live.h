/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live source: the BPF programs in the kernel and the ring buffer that they fill. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"
#include "event.h"
#include "session.h"

struct live;
struct exits;

/* How a hook is attached. */
enum live_tier {
	LIVE_TIER_NONE,
	LIVE_TIER_TRACEPOINT,
	LIVE_TIER_PERF,	  /* a tracepoint through perf: costs more, but is never preempted */
	LIVE_TIER_FENTRY, /* fentry or fexit */
	LIVE_TIER_KPROBE,
	LIVE_TIER_SYS_EXIT,
};

struct live_hooks {
	enum live_tier signals;	     /* signal_generate: without it nothing works */
	enum live_tier deliveries;   /* signal_deliver, with config.fatal */
	enum live_tier stream_error; /* sk_stream_error() */
	enum live_tier silent_epipe; /* of EPIPE_ALL */
	enum live_tier releases;     /* who closed an end of a pipe or unix socket */
	enum live_tier ended;	     /* what processes were that have ended */
	bool shutdowns;		     /* who shut a unix socket down */
	bool tcp_history; /* when the FIN and the RST of a connection came, who closed it on this
			     host */
	bool tcp_errors;  /* sk_err before it is consumed */
	bool exits;	  /* which exiting process still had an end of a pipe or unix socket open */
};

struct live_options {
	/*
	 * User numbers are those of the initial namespace, numbers of threads those of sigpath's
	 * own PID namespace. live_open() fills in the parts `hooks` and `machine`.
	 */
	struct bpf_config config;
	uint64_t window_ns; /* with config.burst */
	size_t buffer_bytes;
	uint32_t session_id;
};

/*
 * Loads the programs, without attaching them. 0, or -errno with a reason for the user in ERROR_TEXT
 * of ERROR_SIZE bytes.
 */
int live_open(const struct live_options *options, char *error_text, size_t error_size,
	      struct live **ret_live);
/* Detaches and frees. NULL is allowed. */
void live_close(struct live *live);

/*
 * Adds a thread group to trace (with config.filter_pids), and takes it out again. PID: in sigpath's
 * own PID namespace. 0 or -errno.
 */
int live_add_pid(struct live *live, pid_t pid);
int live_drop_pid(struct live *live, pid_t pid);
/*
 * Call it without CAP_BPF among the effective capabilities. Whether the run will need it no more:
 * the kernel lets everybody use the maps that they have open. Up to 5.18 every bpf() needs it where
 * kernel.unprivileged_bpf_disabled is set, from 5.19 on only loading programs and making maps
 * (commit c8644cd0efe7). What is mapped, and the ring buffer, never need it.
 */
bool live_maps_are_free(const struct live *live);
/* Starts the records. 0 or -errno, like live_open(). */
int live_attach(struct live *live, char *error_text, size_t error_size);
/* Which hooks live_attach() has attached. */
const struct live_hooks *live_hooks(const struct live *live);
/* Stops the records. Those in the ring buffer can still be consumed. */
void live_detach(struct live *live);

/*
 * Readable when there are records. With config.burst 0 records of surviving processes do not make
 * it readable, so live_consume() must be called regularly.
 */
int live_fd(const struct live *live);

typedef int (*live_record_fn)(void *context, const void *record, size_t size);
/*
 * Passes all waiting records to FN. 0, -errno, or the first negative result of FN, which ends it.
 */
int live_consume(struct live *live, live_record_fn fn, void *context);

/*
 * Passes the counts of incidents that were not sent to FN, as struct ev_repeat: for each group the
 * number since the last call. FINAL: after live_detach(), all that remains. Returns like
 * live_consume().
 */
int live_consume_repeats(struct live *live, bool final, live_record_fn fn, void *context);

/*
 * With config.fatal: passes a record of each process to FN that was marked to die a second ago and
 * still has not, once. Returns like live_consume().
 */
int live_sweep_deaths(struct live *live, uint64_t now_ns, live_record_fn fn, void *context);

/*
 * True if the next call has something to pass on, or may soon have something without a new record.
 * While it is true, the function must be called regularly.
 */
bool live_repeats_may_come(const struct live *live);

/* The number of records that were dropped because the ring buffer was full, since the start. */
uint64_t live_lost(const struct live *live);
/* What may be missing if the kernel skipped a call of a hook, or if a CPU has no memory. */
enum live_unseen {
	LIVE_UNSEEN_INCIDENTS,
	LIVE_UNSEEN_CHILDREN, /* with config.follow: child processes that are not traced */
	LIVE_UNSEEN_HISTORY,  /* and the ends of processes */
	LIVE_UNSEEN_LATE,     /* incidents on CPUs that were added after the start */
	LIVE_UNSEEN_COUNT,
};

/*
 * The number of calls of hooks that the kernel skipped since the start, because another thread on
 * that CPU was preempted inside the same program. An upper bound for what is missing: the kernel
 * counts before the filter of the options, and most of these calls would have reported nothing.
 * Makes a few system calls.
 */
uint64_t live_unseen(const struct live *live, enum live_unseen what);

/*
 * With config.follow: the number of traced processes that still run. It also checks for processes
 * whose exit no hook saw.
 */
int64_t live_followed_alive(struct live *live);
/*
 * With config.follow: the number of children that could not be followed because the map was full.
 */
uint64_t live_follow_overflow(const struct live *live);
/*
 * Processes that a traced one has started, that were not traced, and that died of SIGPIPE.
 * RET_LAST: the last of them; its pid is 0 if that is not known any more.
 */
uint64_t live_unfollowed(const struct live *live, struct ev_exit *ret_last);
/*
 * The processes that have exited recently; empty if no hook reports them. Valid until live_close().
 */
const struct exits *live_exits(const struct live *live);
const struct ev_session *live_session(const struct live *live);
/* What the programs were loaded with. */
const struct bpf_config *live_config(const struct live *live);
