/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the pipeline: its state, and the functions that its files share. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "enrich.h"
#include "explain.h"
#include "fail_on.h"
#include "follow.h"
#include "groups.h"
#include "metrics.h"
#include "patience.h"
#include "pipeline.h"
#include "queue.h"
#include "recorded.h"
#include "sink.h"
#include "stack.h"
#include "summary.h"
#include "work.h"

/* Memory to write a record without memory of its process. */
struct stripped {
	unsigned char frames[RECORDED_MAX], record[EV_RECORD_MAX];
};

/* An output between its opening and its place in the list of sinks. */
struct opened {
	struct output *output; /* NULL: handed on */
	enum line_format format;
	bool is_capture;
	int watch_fd; /* -1: a file of our own */
};

struct opened_list {
	size_t count;
	struct opened list[SINKS_MAX];
};

struct pipeline {
	const struct options *options; /* `own`, of the worker once it runs */
	struct options own;
	const struct options *start;
	struct ev_session session; /* the worker changes its clocks: push_clock() */
	const struct exits *exits; /* NULL in replay */
	struct opened_list opened;
	bool has_files; /* an output is a regular file */
	struct sinks *sinks;
	struct metrics *metrics;	       /* NULL: not wanted */
	struct metrics_file *metrics_file;     /* NULL: none */
	struct metrics_server *metrics_server; /* NULL: none */
	struct summary_table *table;
	struct summary_view *view;  /* for the thread of the source */
	struct abilities abilities; /* of the hooks of the run */
	uint64_t begun_ns;	    /* CLOCK_BOOTTIME; 0: a replay */
	uint64_t lost_noted;
	_Atomic uint64_t unseen[SINK_UNSEEN_COUNT];
	int64_t clock_noted_ns;	 /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	_Atomic uint64_t pushed; /* events in the records that the queue took */
	uint64_t unpushed; /* events whose record was dropped because the run had to end before the
			      worker took it */
	struct patience patience;
	struct config_reader *config_reader; /* NULL: there is no --config */
	struct reload *reload;		     /* NULL: there is no --config */
	pthread_mutex_t change_lock;
	struct options change; /* the last of pipeline_change() */
	atomic_bool has_change;
	/* the worker */
	struct queue *queue;
	pthread_t worker;
	bool working;
	_Atomic uint64_t steps; /* of the worker; odd while it is at work */
	_Atomic uint64_t
		end_asked_ns; /* CLOCK_MONOTONIC; of the detaching after a signal; 0: not yet */
	atomic_int result;    /* 0, PIPELINE_DONE, -EPIPE, -EINTR */
	int result_fd;	      /* an eventfd that is readable once there is one */
	int ended_fd;	      /* an eventfd that is readable once the worker has ended */
	/* its stages: stages.c */
	struct enrich_options enrich;
	struct runtimes runtimes;
	struct stack_unwinder *unwinder; /* NULL: no stacks */
	struct groups *groups;
	struct related *related;   /* incidents that others may belong to */
	struct cores *cores;	   /* whose end is to be told */
	struct follow *follow;	   /* NULL in replay */
	struct work *work;	   /* the incident under way */
	struct stripped *stripped; /* NULL: records are written as they are */
	struct snapshot snapshot;
	struct explanation explanation;
	struct sink_summary summary;
	struct fail_on fail_on;
	uint64_t number; /* of the last incident */
	bool out_of_memory;
	/* what the worker has finished, for a run that ends without it */
	pthread_mutex_t finished_lock;
	struct sink_summary finished;
	uint64_t finished_events;
};

/* status.c */
/* What SUMMARY has besides the counts of the worker. Only the thread of the source. */
void pipeline_complete_summary(struct pipeline *pipeline, struct sink_summary *summary);

/* outputs.c */
/* Opens what the options ask for; says what failed. 0 or -errno. */
int pipeline_open_outputs(struct pipeline *pipeline, bool to_stderr);
/* Starts the threads that write to outputs and destinations. 0 or -errno. */
int pipeline_start_sinks(struct pipeline *pipeline);
/* Closes those that have no thread. */
void pipeline_close_opened(struct pipeline *pipeline);

/* metrics.c */
/* Opens what --metrics asks for; says what failed. 0 or -errno. */
int pipeline_open_metrics(struct pipeline *pipeline);
/* Starts its threads, after the sinks. HOOKS may be NULL. 0 or -errno. */
int pipeline_start_metrics(struct pipeline *pipeline, const struct abilities *hooks);
/* The last numbers, after everything else. False: they could not be written. */
bool pipeline_finish_metrics(struct pipeline *pipeline);
void pipeline_free_metrics(struct pipeline *pipeline);

/* worker.c */
int pipeline_start_worker(struct pipeline *pipeline);
/* The run is over: RESULT is what pipeline_push() returns from now on. Any thread. */
void pipeline_set_result(struct pipeline *pipeline, int result);

/* pipeline_change() has changed what the worker does. Its thread. */
void pipeline_take_change(struct pipeline *pipeline);

/* stages.c */
/* Takes the record of pipeline->work through the stages. 0 or PIPELINE_DONE. */
int pipeline_process(struct pipeline *pipeline, bool behind);
/* Incidents whose end is known now. FINAL: all. Returns like above. */
int pipeline_finish_followed(struct pipeline *pipeline, bool final);

/* core_ends.c */
/* INCIDENT was told, or is HIDDEN: what becomes of its core is told later. */
void pipeline_await_core(struct pipeline *pipeline, const struct incident *incident, bool hidden);
/* Tells what became of cores by now. FINAL: of all. */
void pipeline_finish_cores(struct pipeline *pipeline, bool final);
/* Of an EV_KIND_END record. */
void pipeline_take_core_end(struct pipeline *pipeline, const void *record, size_t size);
