/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of live tracing. It does not poll on a quiet host (except, with -s fatal, for processes
 * that do not die): counts change only after records, and
 * records wake it.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "loop.h"
#include "service.h"
#include "signals.h"
#include "sink.h"
#include "strbuf.h"
#include "units.h"

/*
 * Interval for things that do not wake it: the end of the last followed process, and records of
 * surviving processes with --burst 0.
 */
#define POLL_MS 100
/* While something happens: dropped records are reported at least this often. */
#define BUSY_MS 1000
/* With -s fatal: how often processes are looked for that do not die. Nothing else tells of them. */
#define SWEEP_MS 1000
#define EVENTS_MAX 16

/* The source of an epoll event. An output, and a process of -p, add their index. */
enum event_tag {
	EVENT_RECORDS,
	EVENT_SIGNAL,
	EVENT_TIMER,
	EVENT_RESULT,
	EVENT_OUTPUT,
	EVENT_PID = EVENT_OUTPUT + SINKS_MAX,
};

struct loop {
	const struct options *options;
	struct live *live;
	struct child *child;
	struct pipeline *pipeline;
	int epoll, signals, timer;
	const int *pidfds; /* of options->pids */
	size_t pids_alive;
	uint64_t repeats_read_ns; /* CLOCK_MONOTONIC */
	uint64_t record_ns;	  /* when the last record came */
	uint64_t deaths_swept_ns;
	uint64_t unseen[LIVE_UNSEEN_COUNT]; /* reported so far */
	bool over;
	bool full; /* --count was reached, or the last reader has exited: ignore further records */
};

static int watch(struct loop *loop, int fd, uint32_t events, uint64_t tag)
{
	struct epoll_event event = { .events = events, .data.u64 = tag };

	return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int watch_pids(struct loop *loop)
{
	for (size_t i = 0; i < loop->options->pid_count; i++) {
		int error = watch(loop, loop->pidfds[i], EPOLLIN, EVENT_PID + i);

		if (error)
			return error;
		loop->pids_alive++;
	}
	return 0;
}

static int watch_timer(struct loop *loop)
{
	uint64_t ns = loop->options->duration_ns;
	struct itimerspec timer = {
		.it_value = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC },
	};

	if (!ns)
		return 0;
	loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (loop->timer < 0 || timerfd_settime(loop->timer, 0, &timer, NULL))
		return -errno;
	pipeline_end_at(loop->pipeline, clock_now_ns() + ns);
	return watch(loop, loop->timer, EPOLLIN, EVENT_TIMER);
}

/*
 * A pipe reports that its reader has closed it. A regular file cannot be watched and need not be.
 */
static void watch_outputs(struct loop *loop)
{
	for (size_t i = 0; i < SINKS_MAX; i++) {
		int fd = pipeline_watch_fd(loop->pipeline, i);

		if (fd >= 0)
			watch(loop, fd, 0, EVENT_OUTPUT + i);
	}
}

static int loop_open(struct loop *loop)
{
	int error;

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->signals = signalfd(-1, signals_blocked(), SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->epoll < 0 || loop->signals < 0)
		return -errno;
	error = watch(loop, live_fd(loop->live), EPOLLIN, EVENT_RECORDS);
	if (!error)
		error = watch(loop, loop->signals, EPOLLIN, EVENT_SIGNAL);
	if (!error)
		error = watch(loop, pipeline_result_fd(loop->pipeline), EPOLLIN, EVENT_RESULT);
	if (!error)
		error = watch_timer(loop);
	if (!error)
		error = watch_pids(loop);
	if (!error)
		watch_outputs(loop);
	return error;
}

static void loop_close(struct loop *loop)
{
	cleanup_close(&loop->timer);
	cleanup_close(&loop->signals);
	cleanup_close(&loop->epoll);
}

static int push(void *context, const void *record, size_t size)
{
	struct loop *loop = context;
	int result = pipeline_push(loop->pipeline, record, size);

	loop->record_ns = clock_now_ns();
	/* A storm of records can be one turn. */
	service_turn(loop->record_ns);
	/* libbpf ends the round at a negative result only. */
	return result == PIPELINE_DONE ? -ECANCELED : result;
}

/* Calls that no hook saw. For the user this is the same as a lost record. */
static void tell_unseen(struct loop *loop)
{
#define PREEMPTED "because the kernel had preempted another call in the same hook: "
	static const char *const why[LIVE_UNSEEN_COUNT] = {
		[LIVE_UNSEEN_INCIDENTS] = PREEMPTED "incidents may be missing",
		[LIVE_UNSEEN_CHILDREN] = PREEMPTED "some children may not be followed",
		[LIVE_UNSEEN_HISTORY] = PREEMPTED
		"who closed a connection or a pipe may be unknown",
		[LIVE_UNSEEN_LATE] = "because their CPU was added after the start: restart sigpath",
	};

	for (int kind = 0; kind < LIVE_UNSEEN_COUNT; kind++) {
		uint64_t count = live_unseen(loop->live, kind);

		if (count > loop->unseen[kind])
			log_warning("at most %llu calls were not seen, %s",
				    (unsigned long long)(count - loop->unseen[kind]), why[kind]);
		loop->unseen[kind] = count;
	}
	pipeline_note_unseen(loop->pipeline,
			     (const uint64_t[SINK_UNSEEN_COUNT]){
				     [SINK_UNSEEN_PREEMPTED] = loop->unseen[LIVE_UNSEEN_INCIDENTS],
				     [SINK_UNSEEN_CPU_ADDED] = loop->unseen[LIVE_UNSEEN_LATE],
				     [SINK_UNSEEN_CHILDREN] = loop->unseen[LIVE_UNSEEN_CHILDREN],
				     [SINK_UNSEEN_HISTORY] = loop->unseen[LIVE_UNSEEN_HISTORY],
			     });
}

/* At the end of each window, and once more when no more can come. */
static int consume_repeats(struct loop *loop, bool final)
{
	uint64_t now = clock_now_ns();

	if (!final && now - loop->repeats_read_ns < loop->options->window_ns)
		return 0;
	loop->repeats_read_ns = now;
	tell_unseen(loop);
	return live_consume_repeats(loop->live, final, push, loop);
}

/* Processes that should have died. */
static int sweep_deaths(struct loop *loop)
{
	uint64_t now = clock_now_ns();

	if (now - loop->deaths_swept_ns < SWEEP_MS * NSEC_PER_MSEC)
		return 0;
	loop->deaths_swept_ns = now;
	return live_sweep_deaths(loop->live, now, push, loop);
}

static void consume(struct loop *loop, bool final)
{
	int error = pipeline_note_clock(loop->pipeline);

	if (!error)
		error = live_consume(loop->live, push, loop);
	if (!error)
		error = consume_repeats(loop, final);
	if (!error)
		error = sweep_deaths(loop);
	if (!error)
		error = pipeline_note_lost(loop->pipeline, live_lost(loop->live));
	if (error == -EPIPE || error == -ECANCELED)
		loop->over = loop->full = true;
}

/*
 * The command decides what to do. ^C at a terminal reaches it without our help: only what a process
 * has sent is passed on, and a hangup, which the kernel may tell to the first process of the
 * session alone. Exception: whoever rotates the files of -o sends SIGUSR1 to sigpath itself.
 */
static bool is_for_command(const struct loop *loop, int number)
{
	return loop->child->pid && !loop->child->ended &&
	       !(number == SIGUSR1 && pipeline_has_files(loop->pipeline));
}

static void on_signal(struct loop *loop, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;

	if (number == SIGCHLD) {
		child_reap(loop->child);
		return;
	}
	if (is_for_command(loop, number)) {
		if (info->ssi_code <= 0 || number == SIGHUP)
			child_signal(loop->child, number);
		return;
	}
	switch (signals_request(number)) {
	case SIGNALS_NOTHING:
		break;
	case SIGNALS_END:
		loop->over = true;
		pipeline_end_soon(loop->pipeline);
		break;
	case SIGNALS_REOPEN:
		pipeline_reopen(loop->pipeline);
		break;
	case SIGNALS_RELOAD:
		pipeline_reload(loop->pipeline);
		break;
	case SIGNALS_SUMMARY:
		pipeline_log_so_far(loop->pipeline);
		break;
	}
}

static void on_signals(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signals, &info, sizeof(info)) == sizeof(info))
		on_signal(loop, &info);
}

static void on_pid_end(struct loop *loop, size_t index)
{
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->pidfds[index], NULL);
	loop->pids_alive--;
}

/* If it was the last one, the result shows it. */
static void on_reader_gone(struct loop *loop, size_t index)
{
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, pipeline_watch_fd(loop->pipeline, index), NULL);
	pipeline_note_gone(loop->pipeline, index);
}

static void on_event(struct loop *loop, const struct epoll_event *event)
{
	if (event->data.u64 >= EVENT_OUTPUT && event->data.u64 < EVENT_PID) {
		on_reader_gone(loop, event->data.u64 - EVENT_OUTPUT);
		return;
	}
	switch (event->data.u64) {
	case EVENT_RECORDS: /* consumed on every turn */
		break;
	case EVENT_SIGNAL:
		on_signals(loop);
		break;
	case EVENT_RESULT:
		loop->full = true;
		/* fallthrough */
	case EVENT_TIMER:
		loop->over = true;
		break;
	default:
		on_pid_end(loop, event->data.u64 - EVENT_PID);
	}
}

/* All traced processes have exited. */
static bool nothing_left(const struct loop *loop)
{
	if (!loop->options->argv && !loop->options->pid_count)
		return false;
	if (loop->options->argv ? !loop->child->ended : loop->pids_alive)
		return false;
	return !loop->options->follow || live_followed_alive(loop->live) <= 0;
}

/* Tracing has ended before the command. Wait for the command and its status. */
static void wait_for_child(struct loop *loop)
{
	struct epoll_event event;

	while (loop->child->pid && !loop->child->ended) {
		if (epoll_wait(loop->epoll, &event, 1, POLL_MS) > 0 &&
		    event.data.u64 == EVENT_SIGNAL)
			on_signals(loop);
		child_reap(loop->child);
	}
}

/* How long to sleep, for epoll_wait: -1 is until the next event. */
static int turn_ms(const struct loop *loop)
{
	uint64_t now = clock_now_ns(),
		 window_end = loop->repeats_read_ns + loop->options->window_ns;
	uint64_t rest_ms = now < window_end ? (window_end - now) / NSEC_PER_MSEC + 1 : 0;

	if (loop->options->follow || !loop->options->burst)
		return POLL_MS;
	/* The window that began with the last record is over, and all its counts were read. */
	if (now > loop->record_ns + loop->options->window_ns + BUSY_MS * NSEC_PER_MSEC &&
	    !live_repeats_may_come(loop->live))
		return -1;
	return rest_ms < BUSY_MS ? (int)rest_ms : BUSY_MS;
}

static void loop_turn(struct loop *loop)
{
	struct epoll_event events[EVENTS_MAX];
	int rest_ms = turn_ms(loop);
	int wait_ms = rest_ms < 0 && loop->options->fatal ? SWEEP_MS : rest_ms;
	int count = epoll_wait(loop->epoll, events, EVENTS_MAX, service_wait_ms(wait_ms));

	/* The first record after a quiet time begins a window. */
	if (rest_ms < 0)
		loop->repeats_read_ns = clock_now_ns();
	for (int i = 0; i < count; i++)
		on_event(loop, &events[i]);
	if (!loop->over)
		loop->over = nothing_left(loop);
	if (!loop->over)
		consume(loop, false);
	service_turn(clock_now_ns());
}

/* Silence is no success if the process that died is not one of those that are traced. */
static void hint_at_unfollowed(const struct loop *loop)
{
	const bool have_command = loop->options->argv;
	cleanup(strbuf_free) struct strbuf name = { 0 };
	struct ev_exit last;
	uint64_t count = live_unfollowed(loop->live, &last);

	if (!count)
		return;
	if (last.pid) {
		strbuf_add_text(&name, count == 1 ? " (" : " (the last: ");
		strbuf_add_name(&name, last.comm, strlen(last.comm));
		strbuf_printf(&name, "[%u])", last.pid_here ?: last.pid);
	}
	log_notice("hint: %llu child process%s of %s died of SIGPIPE and %s not traced%s; %s",
		   (unsigned long long)count, count == 1 ? "" : "es",
		   have_command ? "the command" : "the traced ones", count == 1 ? "was" : "were",
		   name.text ?: "", have_command ? "leave out --no-follow" : "add -f");
}

int loop_run(const struct options *options, const int *pidfds, struct live *live,
	     struct child *child, struct pipeline *pipeline)
{
	struct loop loop = {
		.options = options,
		.pidfds = pidfds,
		.live = live,
		.child = child,
		.pipeline = pipeline,
		.epoll = -1,
		.signals = -1,
		.timer = -1,
	};
	int error;

	error = loop_open(&loop);
	if (error)
		log_error("cannot wait for events: %s", strerror(-error));
	while (!error && !loop.over)
		loop_turn(&loop);
	service_end();
	live_detach(live);
	pipeline_detached(pipeline);
	if (!loop.full)
		consume(&loop, true);
	wait_for_child(&loop);
	if (live_follow_overflow(live))
		log_warning("%llu child processes were not followed: too many at once",
			    (unsigned long long)live_follow_overflow(live));
	hint_at_unfollowed(&loop);
	loop_close(&loop);
	return error;
}
