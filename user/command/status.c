// SPDX-License-Identifier: GPL-2.0-or-later
/* What a run tells of itself while it goes on. */
#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "pipeline_private.h"
#include "reload.h"
#include "strbuf.h"

void pipeline_complete_summary(struct pipeline *pipeline, struct sink_summary *summary)
{
	for (int i = 0; i < SINK_UNSEEN_COUNT; i++)
		summary->unseen_by[i] = pipeline->unseen[i];
	summary->unseen = summary->unseen_by[SINK_UNSEEN_PREEMPTED] +
			  summary->unseen_by[SINK_UNSEEN_CPU_ADDED];
	if (pipeline->begun_ns) {
		summary->duration_ns = clock_ns(CLOCK_BOOTTIME) - pipeline->begun_ns;
		summary->abilities = &pipeline->abilities;
	}
	summary_table_view(pipeline->table, pipeline->view);
	summary->view = pipeline->view;
}

static void read_finished(struct pipeline *pipeline, struct sink_summary *ret_summary)
{
	pthread_mutex_lock(&pipeline->finished_lock);
	*ret_summary = pipeline->finished;
	pthread_mutex_unlock(&pipeline->finished_lock);
	pipeline_complete_summary(pipeline, ret_summary);
}

void pipeline_log_so_far(struct pipeline *pipeline)
{
	struct sink_summary summary;

	read_finished(pipeline, &summary);
	sinks_log_so_far(pipeline->sinks, &summary);
}

void pipeline_put_status(struct pipeline *pipeline, struct strbuf *text)
{
	struct sink_summary summary;

	read_finished(pipeline, &summary);
	sinks_put_so_far(pipeline->sinks, &summary, text);
	if (pipeline->reload && reload_has_failed(pipeline->reload))
		strbuf_printf(text, "; the options are older than %s, which has errors",
			      pipeline->start->config);
}

bool pipeline_worker_is_busy(struct pipeline *pipeline, uint64_t *ret_steps)
{
	*ret_steps = pipeline->steps;
	return *ret_steps % 2 || !queue_is_empty(pipeline->queue);
}

bool pipeline_has_failed(const struct pipeline *pipeline)
{
	cleanup(strbuf_free) struct strbuf line = { 0 };

	/* A worker that hangs still counts. */
	if (!pipeline->options->fail_on.have || pipeline->working)
		return false;
	if (fail_on_is_reached(&pipeline->fail_on, &pipeline->options->fail_on, &line)) {
		log_error("--fail-on: %s", line.text ?: "");
		return true;
	}
	if (pipeline->summary.lost || pipeline->summary.unseen || pipeline->summary.malformed)
		log_warning("--fail-on: not found, but records were lost");
	return false;
}
