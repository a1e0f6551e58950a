/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live source: the BPF programs in the kernel and the ring buffer that they fill. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"
#include "event.h"

struct live;
struct exits;

/* How a hook is attached. */
enum live_tier {
	LIVE_TIER_NONE,
	LIVE_TIER_TRACEPOINT,
	LIVE_TIER_PERF,	  /* a tracepoint through perf: dearer, and never preempted */
	LIVE_TIER_FENTRY, /* fentry or fexit */
	LIVE_TIER_KPROBE,
	LIVE_TIER_SYS_EXIT,
};

/* signal_generate is always a BTF tracepoint: without it nothing works. */
struct live_hooks {
	enum live_tier stream_error; /* sk_stream_error() */
	enum live_tier silent_epipe; /* of EPIPE_ALL */
	enum live_tier releases;     /* who closed an end of a pipe or unix socket */
	bool tcp_history; /* when the FIN and the RST of a connection came, who closed it on this
			     host */
	bool tcp_errors;  /* sk_err before it is consumed */
	bool exits;	  /* which exiting process still had an end of a pipe or unix socket open */
};

struct live_options {
	/* Numbers of processes and users are those of the initial namespaces. The parts `hooks` and
	 * `machine` are filled in by live_open(). */
	struct bpf_config config;
	uint64_t window_ns; /* with config.burst */
	size_t buffer_bytes;
	uint32_t session_id;
};

/*
 * Loads the programs; nothing is attached yet. 0 or -errno with the reason, fit for the user, in
 * ERROR_TEXT of ERROR_SIZE bytes.
 */
int live_open(const struct live_options *options, char *error_text, size_t error_size,
	      struct live **ret_live);
/* Detaches and frees. NULL is allowed. */
void live_close(struct live *live);

/* Adds a thread group to trace (with config.filter_pids), and takes it out again. 0 or -errno. */
int live_add_pid(struct live *live, pid_t pid);
int live_drop_pid(struct live *live, pid_t pid);
/* From here on records come. 0 or -errno as live_open. */
int live_attach(struct live *live, char *error_text, size_t error_size);
/* What live_attach() could attach. */
const struct live_hooks *live_hooks(const struct live *live);
/* From here on none is added; those in the ring buffer stay to be consumed. */
void live_detach(struct live *live);

/*
 * Readable when there are records. With config.burst 0 those of survivors do not make it so:
 * live_consume() has to be called now and then.
 */
int live_fd(const struct live *live);

typedef int (*live_record_fn)(void *context, const void *record, size_t size);
/* Hands all waiting records to FN. 0, -errno, or the first negative result of FN, which ends it. */
int live_consume(struct live *live, live_record_fn fn, void *context);

/*
 * Hands what was counted instead of sent to FN as struct ev_repeat, for each group what is new
 * since the last call. FINAL: after live_detach(), whatever is left. As live_consume().
 */
int live_consume_repeats(struct live *live, bool final, live_record_fn fn, void *context);

/*
 * Whether the next call has something to hand out, or may soon have, without a record that comes
 * first: while that is so it has to be called now and then.
 */
bool live_repeats_may_come(const struct live *live);

/* Records that the ring buffer had no room for, since the start. */
uint64_t live_lost(const struct live *live);
/* What may be missing for a call of a hook that the kernel passed over. */
enum live_unseen {
	LIVE_UNSEEN_INCIDENTS,
	LIVE_UNSEEN_CHILDREN, /* with config.follow: they are not traced */
	LIVE_UNSEEN_HISTORY,  /* and ends of processes */
	LIVE_UNSEEN_COUNT,
};

/*
 * Calls of hooks that the kernel passed over since the start: another thread of that CPU was
 * preempted inside the same program. Most of them would have had nothing to report. A few system
 * calls.
 */
uint64_t live_unseen(const struct live *live, enum live_unseen what);

/* With config.follow: traced processes that live. Those whose end passed unseen are looked for. */
int64_t live_followed_alive(struct live *live);
/* With config.follow: children that could not be followed because the map was full. */
uint64_t live_follow_overflow(const struct live *live);
/* Processes that have ended lately; empty where no hook tells. Valid until live_close(). */
const struct exits *live_exits(const struct live *live);
const struct ev_session *live_session(const struct live *live);
