/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live source: attaches the programs, passes on the records of the ring buffer, and counts
 * dropped records.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "sigpath_bpf.skel.h"

#include "capture.h"
#include "cleanup.h"
#include "deaths.h"
#include "exits.h"
#include "grace.h"
#include "hooks.h"
#include "live.h"
#include "load.h"
#include "log.h"
#include "pid_namespace.h"
#include "repeats.h"

struct live {
	struct sigpath_bpf *skeleton;
	struct ring_buffer *ring;
	struct repeats *repeats;
	struct deaths *deaths; /* NULL: not wanted */
	struct exits *exits;
	struct ev_session session;
	struct bpf_config config;
	struct live_hooks hooks;
	live_record_fn record_fn; /* of the current live_consume() */
	void *record_context;
};

static int on_record(void *context, void *record, size_t size)
{
	struct live *live = context;

	return live->record_fn(live->record_context, record, size);
}

int live_open(const struct live_options *options, char *error_text, size_t error_size,
	      struct live **ret_live)
{
	struct live *live = calloc(1, sizeof(*live));
	int error;

	if (!live)
		return -ENOMEM;
	live->config = options->config;
	capture_session_init(&live->session, options->session_id);
	error = load_skeleton(options, live->session.hz, error_text, error_size, &live->skeleton);
	if (error) {
		free(live);
		return error;
	}
	error = pid_namespace_find(live->skeleton, &live->session.pid_ns);
	if (error) {
		load_explain_failure(error, "finding the PID namespace", error_text, error_size);
		live_close(live);
		return error;
	}
	live->ring =
		ring_buffer__new(bpf_map__fd(live->skeleton->maps.events), on_record, live, NULL);
	if (!live->ring) {
		error = -errno;
		load_explain_failure(error, "mapping the ring buffer", error_text, error_size);
		live_close(live);
		return error;
	}
	error = repeats_new(live->skeleton, live->session.hz, options->window_ns, &live->repeats);
	if (!error)
		error = exits_new(bpf_map__fd(live->skeleton->maps.exits),
				  bpf_map__fd(live->skeleton->maps.ended), &live->exits);
	if (!error && live->config.fatal)
		error = deaths_new(live->skeleton, &live->deaths);
	if (error) {
		load_explain_failure(error, "mapping what the programs keep", error_text,
				     error_size);
		live_close(live);
		return error;
	}
	error = grace_prepare();
	if (error)
		log_debug("no map of maps to wait with: %s", strerror(-error));
	/*
	 * libbpf has parsed the kernel's BTF (about 10 MB) and freed it. Return this memory to the
	 * kernel.
	 */
	malloc_trim(0);
	*ret_live = live;
	return 0;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	exits_free(live->exits);
	deaths_free(live->deaths);
	repeats_free(live->repeats);
	ring_buffer__free(live->ring);
	sigpath_bpf__destroy(live->skeleton);
	free(live);
}

/* kernel.unprivileged_bpf_disabled is 0, which somebody may change during the run. */
static bool bpf_is_for_all(void)
{
	FILE *file cleanup(cleanup_fclose) =
		fopen("/proc/sys/kernel/unprivileged_bpf_disabled", "re");

	return file && fgetc(file) == '0';
}

bool live_maps_are_free(const struct live *live)
{
	int map = bpf_map__fd(live->skeleton->maps.wanted_pids);
	uint32_t next;

	return !bpf_is_for_all() && (!bpf_map_get_next_key(map, NULL, &next) || errno != EPERM);
}

int live_add_pid(struct live *live, pid_t pid)
{
	uint32_t key = pid;
	uint8_t yes = 1;

	if (bpf_map_update_elem(bpf_map__fd(live->skeleton->maps.wanted_pids), &key, &yes, BPF_ANY))
		return -errno;
	__sync_fetch_and_add(&live->skeleton->bss->followed_alive, 1);
	return 0;
}

/* Either this code or the hook deletes the entry, and the one that does decrements the counter. */
int live_drop_pid(struct live *live, pid_t pid)
{
	uint32_t key = pid;

	if (bpf_map_delete_elem(bpf_map__fd(live->skeleton->maps.wanted_pids), &key))
		return -errno;
	__sync_fetch_and_add(&live->skeleton->bss->followed_alive, -1);
	return 0;
}

int live_attach(struct live *live, char *error_text, size_t error_size)
{
	const char *hook = NULL;
	int error = hooks_attach(live->skeleton, &live->config, &live->hooks, &hook);
	char what[64];

	if (error) {
		snprintf(what, sizeof(what), "attaching to %s", hook);
		load_explain_failure(error, what, error_text, error_size);
	}
	return error;
}

const struct live_hooks *live_hooks(const struct live *live)
{
	return &live->hooks;
}

/* A program may still run on another CPU after its link is destroyed. */
void live_detach(struct live *live)
{
	int error;

	sigpath_bpf__detach(live->skeleton);
	error = grace_wait();
	if (error)
		log_warning("cannot wait for the programs to end: %s; the last counts may be low",
			    strerror(-error));
}

int live_fd(const struct live *live)
{
	return ring_buffer__epoll_fd(live->ring);
}

int live_consume(struct live *live, live_record_fn fn, void *context)
{
	int result;

	live->record_fn = fn;
	live->record_context = context;
	result = ring_buffer__consume(live->ring);
	return result < 0 ? result : 0;
}

struct follower {
	struct live *live;
	live_record_fn fn;
	void *context;
};

/* A group is counted only after its first incidents, and these are in the ring buffer by now. */
static int on_repeat(void *context, const void *record, size_t size)
{
	struct follower *follower = context;
	int error = live_consume(follower->live, follower->fn, follower->context);

	return error ? error : follower->fn(follower->context, record, size);
}

int live_consume_repeats(struct live *live, bool final, live_record_fn fn, void *context)
{
	struct follower follower = { live, fn, context };

	return repeats_read(live->repeats, final, on_repeat, &follower);
}

int live_sweep_deaths(struct live *live, uint64_t now_ns, live_record_fn fn, void *context)
{
	return live->deaths ? deaths_sweep(live->deaths, now_ns, fn, context) : 0;
}

bool live_repeats_may_come(const struct live *live)
{
	return repeats_may_come(live->repeats);
}

uint64_t live_lost(const struct live *live)
{
	return __atomic_load_n(&live->skeleton->bss->lost_records, __ATOMIC_RELAXED);
}

uint64_t live_unseen(const struct live *live, enum live_unseen what)
{
	return hooks_unseen(live->skeleton, what);
}

/* Processes whose exit no hook saw. Without this the run would never end. */
static void drop_dead(struct live *live)
{
	int map = bpf_map__fd(live->skeleton->maps.wanted_pids);
	uint32_t pid, next;
	bool have;

	/* Get the next key before this one is deleted. */
	for (have = !bpf_map_get_next_key(map, NULL, &next); have;) {
		pid = next;
		have = !bpf_map_get_next_key(map, &pid, &next);
		if (kill(pid, 0) && errno == ESRCH)
			live_drop_pid(live, pid);
	}
}

int64_t live_followed_alive(struct live *live)
{
	if (live_unseen(live, LIVE_UNSEEN_HISTORY))
		drop_dead(live);
	return __atomic_load_n(&live->skeleton->bss->followed_alive, __ATOMIC_RELAXED);
}

uint64_t live_follow_overflow(const struct live *live)
{
	return __atomic_load_n(&live->skeleton->bss->follow_overflow, __ATOMIC_RELAXED);
}

const struct exits *live_exits(const struct live *live)
{
	return live->exits;
}

const struct bpf_config *live_config(const struct live *live)
{
	return &live->config;
}

const struct ev_session *live_session(const struct live *live)
{
	return &live->session;
}

uint64_t live_unfollowed(const struct live *live, struct ev_exit *ret_last)
{
	uint64_t last_ns =
		__atomic_load_n(&live->skeleton->bss->unfollowed_last_ns, __ATOMIC_RELAXED);

	/* Another process may have exited in the same nanosecond. */
	if (!exits_find_at(live->exits, last_ns, ret_last) || !WIFSIGNALED(ret_last->status) ||
	    WTERMSIG(ret_last->status) != SIGPIPE)
		*ret_last = (struct ev_exit){ 0 };
	return __atomic_load_n(&live->skeleton->bss->unfollowed_died, __ATOMIC_RELAXED);
}
