/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stages after a source, connected: decode, enrich, explain, sink. Live tracing and replay both
 * push records into it. It also has the counts of the summary.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "session.h"
#include "options.h"

struct abilities;
struct config_reader;
struct containers;
struct exits;
struct links;
struct output_directories;
struct pipeline;
struct strbuf;

/* The run is over: --count was reached. Returned by pipeline_push, never an errno of a stage. */
#define PIPELINE_DONE 1

/* Each -o, and -w. */
#define PIPELINE_OUTPUTS_MAX (OPTIONS_OUTPUTS_MAX + 1)

/*
 * Opens the receivers of --to, and starts the process that starts those which read files, if
 * OPTIONS need any, while this one has all of its rights, one thread, and nothing in its memory
 * that other processes should not see. Prints errors to stderr. 0; -errno. The caller calls
 * pipeline_end_prepared() at the end.
 */
int pipeline_prepare(const struct options *options);
void pipeline_end_prepared(void);

/*
 * EXITS: processes that have exited recently, for live records; NULL in a replay. Opens the outputs
 * of OPTIONS and prints errors to stderr. TO_STDERR: without -o, incidents go to stderr instead of
 * stdout. 0 or -errno. OPTIONS must outlive it.
 */
int pipeline_open(const struct options *options, const struct ev_session *session,
		  const struct exits *exits, bool to_stderr, struct pipeline **ret_pipeline);
void pipeline_free(struct pipeline *pipeline);

/* Before pipeline_start(): LINKS reads the links in /proc, and must outlive it. */
void pipeline_read_links(struct pipeline *pipeline, struct links *links);

/* Before pipeline_start(): READER reads the file of --config, and must outlive it. NULL: none. */
void pipeline_read_config(struct pipeline *pipeline, struct config_reader *reader);

/* Before pipeline_start(): CONTAINERS knows the names of containers, and must outlive it. */
void pipeline_read_containers(struct pipeline *pipeline, struct containers *containers);

/*
 * Starts its threads, once: what the calling thread may do, they may do. Before that there are no
 * other threads, and no records are pushed. Every output of lines begins with one about the run on
 * these HOOKS; NULL: a replay. 0 or -errno, which it has said.
 */
int pipeline_start(struct pipeline *pipeline, const struct abilities *hooks);

/*
 * Before pipeline_start(): the directories of each output, at most PIPELINE_OUTPUTS_MAX. Returns
 * how many there are.
 */
size_t pipeline_directories(const struct pipeline *pipeline,
			    struct output_directories *ret_directories);

/* Where the file of --metrics is written (O_PATH); -1: there is none. Before pipeline_start(). */
int pipeline_metrics_directory(const struct pipeline *pipeline);

/*
 * Passes a record to the stages, which run on another thread. 0; PIPELINE_DONE; or -EPIPE if the
 * last reader of incidents has exited.
 */
int pipeline_push(struct pipeline *pipeline, const void *record, size_t size);

/* LOST is the total number of lost records. Reports the new ones. Returns like pipeline_push. */
int pipeline_note_lost(struct pipeline *pipeline, uint64_t lost);

/*
 * Looks whether the wall clock was set, or the host was suspended, since the last call. Then the
 * times of later records are told by the new clock. Returns like pipeline_push.
 */
int pipeline_note_clock(struct pipeline *pipeline);

/* UNSEEN are the total numbers of calls that no hook saw, by enum sink_unseen, for the summary. */
void pipeline_note_unseen(struct pipeline *pipeline, const uint64_t *unseen);

/* The files of -o were renamed: opens them again. */
void pipeline_reopen(struct pipeline *pipeline);
/* The same, and reads the file of --config again, if there is one: see reload.h. */
void pipeline_reload(struct pipeline *pipeline);
/*
 * From the next record on, the options that a running trace can change (option_spec.rereads) are
 * those of OPTIONS. Any thread.
 */
void pipeline_change(struct pipeline *pipeline, const struct options *options);
/* True if an output is a regular file, which can be opened again. */
bool pipeline_has_files(const struct pipeline *pipeline);

/* Writes the counts of what the stages have finished to stderr, even with -q. */
void pipeline_log_so_far(struct pipeline *pipeline);
/* Adds them as one line, with what outputs did not take, and whether the last reload failed. */
void pipeline_put_status(struct pipeline *pipeline, struct strbuf *text);
/*
 * True if the worker has something to do. RET_STEPS: a number that changes when it begins and ends
 * with a record.
 */
bool pipeline_worker_is_busy(struct pipeline *pipeline, uint64_t *ret_steps);

/* A signal has asked for the end of a replay: pipeline_push() returns -EINTR from now on. Any
 * thread. */
void pipeline_stop(struct pipeline *pipeline);

/* -d: the run has to end at TIME_NS (CLOCK_MONOTONIC), even while a push waits. */
void pipeline_end_at(struct pipeline *pipeline, uint64_t time_ns);

/* Readable when pipeline_push would not return 0. */
int pipeline_result_fd(const struct pipeline *pipeline);

/* A signal has asked for the end. From now on all waits together have a limit (patience.h). */
void pipeline_end_soon(struct pipeline *pipeline);
/*
 * A live run ends: the hooks are detached. The limit of the waits begins only now, because the
 * kernel may need longer for its grace periods than all of them: seconds in an emulated machine.
 */
void pipeline_detached(struct pipeline *pipeline);

/*
 * Waits for the stages and for the readers, and ends with the summary. Counts what the stages did
 * not finish in time as lost. False if something was not delivered, or if memory ran out.
 */
bool pipeline_finish(struct pipeline *pipeline);

/*
 * After pipeline_finish(): what --fail-on asks for has happened, which it says in one line. If it
 * is not known, because records were lost, it warns.
 */
bool pipeline_has_failed(const struct pipeline *pipeline);

/*
 * A descriptor that becomes ready (EPOLLERR) when the reader of OUTPUT (from 0) has exited; -1:
 * none.
 */
int pipeline_watch_fd(const struct pipeline *pipeline, size_t output);
/* Call it when that descriptor is ready. */
void pipeline_note_gone(struct pipeline *pipeline, size_t output);
