// SPDX-License-Identifier: GPL-2.0-or-later
/* What a run tells of itself while it goes on. */
#include "pipeline_private.h"
#include "reload.h"
#include "strbuf.h"

static void read_finished(struct pipeline *pipeline, struct sink_summary *ret_summary)
{
	pthread_mutex_lock(&pipeline->finished_lock);
	*ret_summary = pipeline->finished;
	pthread_mutex_unlock(&pipeline->finished_lock);
	ret_summary->unseen = pipeline->unseen;
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
