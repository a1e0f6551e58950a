// SPDX-License-Identifier: GPL-2.0-or-later
/* Tells what became of the cores that were expected. */
#include <string.h>

#include "cores.h"
#include "decode.h"
#include "pipeline_private.h"

/* WAIT has its result. */
static void deliver(struct pipeline *pipeline, const struct core_wait *wait, bool has_incident)
{
	struct incident_core core = wait->core;
	char id[32];
	struct sink_end end = {
		.id = id,
		.signal = wait->signal,
		.class = wait->class,
		.severity = wait->severity,
		.process = &wait->process,
		.core = &core,
		.time = decode_time(&pipeline->session, wait->end_ns),
		.have_of = has_incident,
		.of_time = wait->time,
		.have_after = wait->end_ns >= wait->incident_ns,
		.after_ns = wait->end_ns - wait->incident_ns,
	};

	if (wait->hidden)
		return;
	core_end(&core, wait->given_up, wait->status);
	decode_id(&pipeline->session, wait->number, id, sizeof(id));
	sinks_end(pipeline->sinks, &end);
}

static void write_record(struct pipeline *pipeline, const struct core_wait *wait)
{
	struct ev_core_end record = {
		.header = { .kind = EV_KIND_END,
			    .version = EV_VERSION,
			    .size = sizeof(record),
			    .time_ns = wait->end_ns },
		.number = wait->number,
		.incident_ns = wait->incident_ns,
		.start_boot_ns = wait->start_boot_ns,
		.pid = wait->process.pid,
		.pid_here = wait->process.pid_here.number,
		.signal = wait->signal,
		.uid = wait->process.uid,
		.status = wait->status,
		.given_up = wait->given_up,
	};

	memcpy(record.comm, wait->process.comm, sizeof(record.comm));
	sinks_record(pipeline->sinks, &record, sizeof(record));
}

void pipeline_await_core(struct pipeline *pipeline, const struct incident *incident, bool hidden)
{
	struct core_wait wait;

	if (!cores_are_open(incident))
		return;
	cores_begin(incident, &wait);
	wait.class = pipeline->explanation.class;
	wait.severity = pipeline->explanation.severity;
	wait.hidden = hidden;
	/* A capture has the end of each. */
	if (cores_add(pipeline->cores, &wait) || !pipeline->enrich.live)
		return;
	write_record(pipeline, &wait);
	deliver(pipeline, &wait, true);
}

void pipeline_finish_cores(struct pipeline *pipeline, bool final)
{
	struct core_wait wait;

	if (!pipeline->exits)
		return;
	while (cores_take(pipeline->cores, pipeline->exits, pipeline->enrich.proc_root, final,
			  &wait)) {
		write_record(pipeline, &wait);
		deliver(pipeline, &wait, true);
	}
}

void pipeline_take_core_end(struct pipeline *pipeline, const void *record, size_t size)
{
	struct ev_core_end end;
	struct core_wait wait = { 0 };
	bool has_incident;

	if (decode_core_end(record, size, &end)) {
		pipeline->summary.malformed++;
		return;
	}
	sinks_record(pipeline->sinks, record, size);
	has_incident = cores_take_recorded(pipeline->cores, &end, &wait);
	if (!has_incident) {
		/* It is in the file before this one. */
		wait.number = end.number;
		wait.incident_ns = end.incident_ns;
		wait.signal = end.signal;
		wait.process = (struct incident_named){
			.have = true,
			.pid = end.pid,
			.pid_here = { pipeline->session.pid_ns, end.pid_here },
			.uid = end.uid,
		};
		memcpy(wait.process.comm, end.comm, sizeof(end.comm));
	}
	wait.given_up = end.given_up;
	wait.status = end.status;
	wait.end_ns = end.header.time_ns;
	deliver(pipeline, &wait, has_incident);
}
