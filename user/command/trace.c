/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sigpath [trace]: loads, attaches, runs the loop, reads the rest, prints the summary. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abilities.h"
#include "cgroup.h"
#include "child.h"
#include "cleanup.h"
#include "command.h"
#include "config_reader.h"
#include "confine.h"
#include "containers.h"
#include "live.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "pidfile.h"
#include "pipeline.h"
#include "procdir.h"
#include "service.h"
#include "signals.h"
#include "stack.h"

static void close_pids(const struct options *options, int *pidfds)
{
	for (size_t i = 0; i < options->pid_count; i++)
		cleanup_close(&pidfds[i]);
}

/* Behind a number that does not exist. The number that ps shows on the host may be meant. */
static const char *where(void)
{
	return procdir_is_on_the_host() ? "" : " in this PID namespace";
}

/*
 * From here on a number is held by its descriptor: should the process end and the number be used
 * again, the descriptor says that it has ended.
 */
static int open_pids(const struct options *options, int *pidfds)
{
	for (size_t i = 0; i < options->pid_count; i++) {
		pidfds[i] = syscall(SYS_pidfd_open, options->pids[i], 0);
		if (pidfds[i] >= 0)
			continue;
		if (errno == ESRCH)
			log_error("PID %d does not exist%s", options->pids[i], where());
		else
			log_error("%d is a thread, not a process: use -t for one thread",
				  options->pids[i]);
		return -ESRCH;
	}
	if (options->tid && kill(options->tid, 0) && errno == ESRCH) {
		log_error("thread %d does not exist%s", options->tid, where());
		return -ESRCH;
	}
	return 0;
}

static int find_cgroup(const struct options *options, uint64_t *ret_id)
{
	int error;

	*ret_id = 0;
	if (!options->cgroup)
		return 0;
	error = cgroup_find(options->cgroup, ret_id);
	if (error == -ENOENT)
		log_error("cgroup %s does not exist", options->cgroup);
	else if (error == -ENOTSUP || error == -ENOTDIR)
		log_error("%s is not a directory of a cgroup2 hierarchy", options->cgroup);
	else if (error)
		log_error("cgroup %s: %s", options->cgroup, strerror(-error));
	return error;
}

/*
 * What a process does later can turn one of these outcomes into another. So the kernel side passes
 * all of them if one is wanted, and the pipeline decides when the outcome is certain.
 */
static uint32_t outcomes_to_capture(uint32_t outcomes)
{
	const uint32_t open = UINT32_C(1) << EV_OUTCOME_KILLED | UINT32_C(1) << EV_OUTCOME_HANDLED |
			      UINT32_C(1) << EV_OUTCOME_PENDING | UINT32_C(1) << EV_OUTCOME_TRACED;

	return outcomes & open ? outcomes | open : outcomes;
}

_Static_assert(OPTIONS_NAMES_MAX <= CONFIG_COMMS_MAX, "all names fit");

static void comms_from(const struct options_names *names, struct config_comms *ret_comms)
{
	ret_comms->count = names->count;
	ret_comms->excluded = names->excluded;
	for (size_t i = 0; i < names->count; i++)
		memcpy(ret_comms->list[i], names->list[i].text, names->list[i].length);
}

/* Incidents in full a second that an owner always has, whatever the others do: at most --rate. */
#define RATE_QUIET 10

static void live_options_from(const struct options *options, uint64_t cgroup_id,
			      struct live_options *live)
{
	*live = (struct live_options){
		.config = {
			.signals = options->signals,
			.fatal = options->fatal,
			.exits = options->exits == EXITS_NONZERO,
			.cgroup_id = cgroup_id,
			.tid = options->tid,
			.uid = options->uid,
			.objects = options->objects,
			.outcomes = outcomes_to_capture(options->outcomes),
			.filter_pids = options->pid_count || options->argv,
			.follow = options_follow(options),
			.have_uid = options->have_uid,
			.epipe = options->epipe,
			.history = options->history == HISTORY_ALL,
			.kernel_stack = options->stack == STACK_ALL ||
					options->stack == STACK_KERNEL,
			.stack_bytes = options->stack == STACK_ALL || options->stack == STACK_USER
					       ? options->stack_bytes
					       : 0,
			.burst = options->burst,
			.rate_each = options->rate_each,
			.rate_all = options->rate_all ?: UINT32_MAX,
			.rate_quiet = options->rate_each < RATE_QUIET ? options->rate_each
								      : RATE_QUIET,
		},
		.window_ns = options->window_ns,
		.buffer_bytes = options->buffer_bytes,
	};
	comms_from(&options->comms, &live->config.comms);
	if (getrandom(&live->session_id, sizeof(live->session_id), 0) < 0)
		live->session_id = getpid();
}

static bool has_ended(int pidfd)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) > 0;
}

/* What has ended by the time that its number was added may be another process by now. */
static int add_pid(struct live *live, pid_t pid, int pidfd)
{
	int error = live_add_pid(live, pid);

	if (!error && has_ended(pidfd))
		live_drop_pid(live, pid);
	return error;
}

static int add_pids(const struct options *options, const int *pidfds, const struct child *child,
		    struct live *live)
{
	int error = child->pid ? live_add_pid(live, child->pid) : 0;

	for (size_t i = 0; !error && i < options->pid_count; i++)
		error = add_pid(live, options->pids[i], pidfds[i]);
	if (error)
		log_error("cannot add a PID to the filter: %s", strerror(-error));
	return error;
}

/* When everything else is ready: from here on the command runs. */
static int release_child(const struct options *options, struct child *child, int *ret_status)
{
	int error = child->pid ? child_release(child) : 0;

	if (!error)
		return 0;
	log_error("%s: %s", options->argv[0], strerror(-error));
	*ret_status = error == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	return error;
}

/*
 * The line "ready" also says what is missing, so that the user does not take silence for success.
 */
static const char *what_is_missing(const struct options *options, const struct live *live)
{
	const struct live_hooks *hooks = live_hooks(live);

	if (options->epipe == EPIPE_ALL && hooks->silent_epipe == LIVE_TIER_NONE)
		return "; EPIPE without a signal is not visible on this kernel: see sigpath check";
	if (options->epipe == EPIPE_STREAM && hooks->stream_error == LIVE_TIER_NONE)
		return "; EPIPE without a signal only with --epipe all: see sigpath check";
	return "";
}

/* Who shares a capture should know what is in it. */
static void warn_of_memory(const struct options *options)
{
	if (options->write && !options->strip_memory &&
	    (options->stack == STACK_ALL || options->stack == STACK_USER))
		log_warning(
			"%s will contain stack memory of the processes, with any secrets in it; "
			"--strip-memory leaves it out",
			options_is_standard(options->write) ? "stdout" : options->write);
}

/* Whoever reads numbers from ps should know that they are others. */
static void warn_of_proc(const struct live *live)
{
	if (procdir_numbers == PROCDIR_NUMBERS_NONE)
		log_warning("/proc is of another PID namespace than sigpath: ps shows other "
			    "numbers, and sigpath reads nothing about processes from /proc");
	else if (procdir_numbers == PROCDIR_NUMBERS_HOST && live_session(live)->pid_ns)
		log_warning("/proc is of another PID namespace than sigpath: ps shows the host's "
			    "numbers, and -p and -t do not take these");
}

static int attach(struct live *live)
{
	char error_text[512];
	int error = live_attach(live, error_text, sizeof(error_text));

	if (error)
		log_error("%s", error_text);
	return error;
}

/* From here on the run only needs what confine.c leaves it. */
static int give_up_rights(const struct options *options, const struct live *live,
			  const struct child *child, struct pipeline *pipeline,
			  const struct links *links)
{
	struct abilities hooks;
	int error;

	/* How the kernel preempts stands in debugfs, which is out of reach behind the walls. */
	abilities_of_run(live, &hooks);
	error = confine_rights(options, live, child, pipeline, links);
	if (!error)
		error = pipeline_start(pipeline, &hooks);
	return error ?: confine_calls(options, child);
}

/* Processes that read what a running trace may not. */
struct helpers {
	struct links *links;
	struct config_reader *config; /* NULL: there is no --config */
	struct containers *containers;
};

static int run(const struct options *options, const int *pidfds, struct live *live,
	       struct child *child, const struct helpers *helpers)
{
	struct pipeline *pipeline;
	int status = EXIT_ERROR;

	/* The command's stdout is often the pipe that breaks, so incidents do not go there. */
	if (pipeline_open(options, live_session(live), live_exits(live), options->argv, &pipeline))
		return EXIT_ERROR;
	pipeline_read_links(pipeline, helpers->links);
	pipeline_read_config(pipeline, helpers->config);
	pipeline_read_containers(pipeline, helpers->containers);
	warn_of_memory(options);
	warn_of_proc(live);
	if (!attach(live) && !give_up_rights(options, live, child, pipeline, helpers->links) &&
	    !pidfile_write()) {
		log_notice("ready (kernel %s%s)", live_session(live)->release,
			   what_is_missing(options, live));
		service_start(pipeline);
		if (!release_child(options, child, &status)) {
			status = loop_run(options, pidfds, live, child, pipeline) ? EXIT_ERROR : 0;
			if (!pipeline_finish(pipeline))
				status = EXIT_ERROR;
			/* That of a COMMAND decides before an error of the outputs. */
			if (pipeline_has_failed(pipeline) && (!status || child->released))
				status = EXIT_FOUND;
		}
	}
	pipeline_free(pipeline);
	return status;
}

static int load_and_run(const struct options *options, const int *pidfds, struct child *child,
			const struct helpers *helpers)
{
	struct live_options live_options;
	char error_text[512];
	struct live *live;
	uint64_t cgroup_id;
	int status = EXIT_ERROR;

	if (find_cgroup(options, &cgroup_id))
		return EXIT_ERROR;
	live_options_from(options, cgroup_id, &live_options);
	if (live_open(&live_options, error_text, sizeof(error_text), &live)) {
		log_error("%s", error_text);
		return EXIT_ERROR;
	}
	if (!add_pids(options, pidfds, child, live))
		status = run(options, pidfds, live, child, helpers);
	live_close(live);
	return status;
}

static int start_helpers(const struct options *options, struct helpers *ret_helpers)
{
	int error = confine_start_links(options, &ret_helpers->links);

	if (error)
		return error;
	error = containers_start("/", &ret_helpers->containers);
	if (!error && options->file)
		error = config_reader_start(&options->file->file, &ret_helpers->config);
	if (error)
		log_error("cannot start a process: %s", strerror(-error));
	return error;
}

static int trace(const struct options *options, struct child *child)
{
	int pidfds[OPTIONS_PIDS_MAX], status = EXIT_ERROR;
	struct helpers helpers = { 0 };

	memset(pidfds, -1, sizeof(pidfds));
	if (!open_pids(options, pidfds) && !pidfile_open(options->pidfile) &&
	    !start_helpers(options, &helpers))
		status = load_and_run(options, pidfds, child, &helpers);
	config_reader_stop(helpers.config);
	containers_stop(helpers.containers);
	links_stop(helpers.links);
	pidfile_close();
	close_pids(options, pidfds);
	return status;
}

/* The COMMAND's own failure wins; what --fail-on found replaces only a 0. */
static int exit_status(const struct child *child, int status)
{
	int mirrored;

	if (!child->released || !child->ended)
		return status;
	mirrored = child_mirror_status(child);
	return !mirrored && status == EXIT_FOUND ? EXIT_FOUND : mirrored;
}

int command_trace(const struct options *options)
{
	struct child child = CHILD_NONE;
	int status, error;

	notify_open();
	/* First, so that the command inherits the signal dispositions that sigpath got. */
	if (options->argv) {
		error = child_start(options->argv, &child);
		if (error) {
			log_error("%s: %s", options->argv[0], strerror(-error));
			return EXIT_ERROR;
		}
	}
	signals_block(options->argv);
	/* Before there are other threads, and before rights are given up. */
	error = pipeline_prepare(options);
	status = error ? EXIT_ERROR : trace(options, &child);
	pipeline_end_prepared();
	child_close(&child);
	notify_close();
	return exit_status(&child, status);
}
