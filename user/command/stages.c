// SPDX-License-Identifier: GPL-2.0-or-later
/* Takes one record through the stages: decode, enrich, follow, explain, sinks. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "cores.h"
#include "decode.h"
#include "filter.h"
#include "log.h"
#include "peers.h"
#include "pipeline_private.h"
#include "recorded.h"
#include "redact.h"
#include "related.h"
#include "units.h"

static bool is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

/* In a flood incidents may be out of order: some that were followed come later. */
static void count_incident(struct sink_summary *summary, struct timespec time)
{
	if (!summary->incidents || is_before(time, summary->first))
		summary->first = time;
	if (!summary->incidents || is_before(summary->last, time))
		summary->last = time;
	summary->incidents++;
}

/* What the kernel counts in the group of a death that became a part of INCIDENT repeats INCIDENT. */
static void note_death_group(struct pipeline *pipeline, const struct incident *incident,
			     const struct group *group)
{
	struct group of_death = *group;

	of_death.key = incident->death_group;
	groups_note(pipeline->groups, &of_death);
}

/* Explains INCIDENT. RET_GROUP is what the lines of repeats need of it. */
static void explain_group(struct pipeline *pipeline, const struct incident *incident,
			  struct group *ret_group)
{
	struct explanation *explanation = &pipeline->explanation;

	explain(incident, explanation);
	*ret_group = (struct group){
		.key = incident->group,
		.number = incident->number,
		.time = incident->time,
		.wanted = filter_wants_outcome(pipeline->options, incident->outcome),
		.class = explanation->class,
		.severity = explanation->severity,
		.left_out = !filter_selects(pipeline->options, incident, explanation->code),
	};
	memcpy(ret_group->name, explanation->group, sizeof(ret_group->name));
	groups_explain(pipeline->groups, ret_group);
	note_death_group(pipeline, incident, ret_group);
}

_Static_assert(sizeof(struct ev_incident) + sizeof(struct ev_signal) + sizeof(struct ev_process) +
			       sizeof(struct ev_syscall) + sizeof(struct ev_object) +
			       sizeof(struct ev_history) + sizeof(struct ev_sender) +
			       sizeof(struct ev_end) + sizeof(struct ev_exit) +
			       sizeof(struct ev_terminal) + 2 * sizeof(struct ev_peer) +
			       2 * sizeof(struct ev_names) + EV_CMDLINE_MAX + 4 * EV_PATH_MAX +
			       RECORDED_MAX <=
		       EV_RECORD_MAX,
	       "a record of ours has room for the block, whatever is in it");

/* Into the capture. --strip-memory: with the frames that were found, and without the memory. */
static void write_record(struct pipeline *pipeline, const struct work *work)
{
	struct stripped *stripped = pipeline->stripped;
	size_t length, size;

	if (!stripped) {
		sinks_record(pipeline->sinks, work->record, work->size);
		return;
	}
	length = recorded_put(&work->incident, stripped->frames);
	if (!record_strip(work->record, work->size, stripped->frames, length, stripped->record,
			  &size))
		sinks_record(pipeline->sinks, stripped->record, size);
}

/* One owner has more groups than its share holds, or the whole table is full. */
static void note_ungrouped(struct pipeline *pipeline, const struct repeat *repeat)
{
	if (!pipeline->summary.ungrouped && pipeline->enrich.live)
		log_warning("too many groups of incidents of uid %" PRIu32
			    ": from now on some of its incidents are only counted together",
			    repeat->process.uid);
	pipeline->summary.ungrouped += repeat->count;
}

static void deliver_repeat(struct pipeline *pipeline, struct repeat *repeat,
			   struct sink_repeat *out)
{
	out->count = repeat->count;
	out->first = repeat->first;
	out->last = repeat->last;
	out->outcome = repeat->outcome;
	out->several = repeat->several;
	enrich_named(&repeat->process);
	out->process = repeat->process.have ? &repeat->process : NULL;
	if (repeat->several)
		note_ungrouped(pipeline, repeat);
	pipeline->summary.repeats += repeat->count;
	if (!pipeline->options->summary_only)
		sinks_repeat(pipeline->sinks, out);
	summary_table_repeat(pipeline->table, out);
	fail_on_repeat(&pipeline->fail_on, out);
	metrics_count_repeat(pipeline->metrics, out);
}

/* What was explained may be hidden by its class, or by what else is known of it by then. */
static bool is_filtered(const struct options *options, const struct group *group)
{
	return group->left_out ||
	       (group->class && !filter_wants_class(options, group->class, group->severity));
}

/* GROUP: of the incident that it repeats; NULL: not known. Then nothing hides it. */
static void push_repeat(struct pipeline *pipeline, const void *record, size_t size,
			struct repeat *repeat, const struct group *group)
{
	struct sink_repeat out = { 0 };
	char id[32];

	if (!(group ? group->wanted : filter_wants_outcome(pipeline->options, repeat->outcome)))
		return;
	sinks_record(pipeline->sinks, record, size);
	if (group && is_filtered(pipeline->options, group)) {
		pipeline->summary.filtered += repeat->count;
		return;
	}
	if (group) {
		decode_id(&pipeline->session, group->number, id, sizeof(id));
		out.of = id;
		out.of_time = group->time;
		out.group = group->name[0] ? group->name : NULL;
		out.class = group->class;
		out.severity = group->severity;
	}
	deliver_repeat(pipeline, repeat, &out);
}

/* The repeats that have waited for the incident of WORK. */
static void push_held(struct pipeline *pipeline, const struct work *work, const struct group *group)
{
	struct repeat repeat;

	for (const struct held_repeat *held = work->held; held; held = held->next)
		if (!decode_repeat(&pipeline->session, held->record, held->size, &repeat))
			push_repeat(pipeline, held->record, held->size, &repeat, group);
}

/* Everything is known. The capture has what is filtered. */
static int deliver(struct pipeline *pipeline, const struct work *work, const struct group *group)
{
	const struct options *options = pipeline->options;
	const struct incident *incident = &work->incident;
	struct explanation *explanation = &pipeline->explanation;
	struct sink_summary *summary = &pipeline->summary;

	write_record(pipeline, work);
	if (is_filtered(options, group)) {
		summary->filtered++;
		pipeline_await_core(pipeline, incident, true);
		return 0;
	}
	if (options->advice == ADVICE_NONE)
		explanation->advice_count = 0;
	if (!options->summary_only)
		sinks_incident(pipeline->sinks, incident, explanation);
	summary_table_incident(pipeline->table, incident, explanation);
	fail_on_incident(&pipeline->fail_on, &options->fail_on, incident, explanation);
	metrics_count_incident(pipeline->metrics, incident, explanation);
	pipeline_await_core(pipeline, incident, false);
	count_incident(summary, incident->time);
	return options->count && summary->incidents >= options->count ? PIPELINE_DONE : 0;
}

/* The last stages, when nothing more will become known. */
static int finish(struct pipeline *pipeline, struct work *work)
{
	struct incident *incident = &work->incident;
	struct group group;
	int result = 0;

	if (pipeline->follow)
		follow_complete(pipeline->follow, work);
	if (pipeline->exits) {
		peers_complete(pipeline->exits, &pipeline->enrich, work);
		cores_complete(pipeline->exits, &pipeline->enrich, work);
	}
	core_decide(incident);
	redact_incident(pipeline->options->redact, incident, work->record, &work->size,
			EV_RECORD_MAX);
	enrich_peer(incident);
	enrich_sender(incident);
	related_find(pipeline->related, incident);
	explain_group(pipeline, incident, &group);
	/* Only now the outcome is certain. */
	if (group.wanted) {
		related_note(pipeline->related, incident);
		result = deliver(pipeline, work, &group);
	}
	push_held(pipeline, work, &group);
	return result;
}

/*
 * Memory for the next incident, so that this one can wait. Without memory this one continues at
 * once.
 */
static bool follow(struct pipeline *pipeline, struct work *work)
{
	struct group group;
	struct work *next;

	if (!pipeline->follow || !follow_wants(pipeline->follow, work))
		return false;
	next = work_new();
	if (!next) {
		if (!pipeline->out_of_memory)
			log_error("out of memory: no process is followed to its end");
		pipeline->out_of_memory = true;
		return false;
	}
	/* A repeat that finds no place to wait comes first. */
	explain_group(pipeline, &work->incident, &group);
	follow_add(pipeline->follow, work);
	pipeline->work = next;
	return true;
}

/* A signal has asked for the end, and a second has passed since: the rest goes without stacks. */
static bool is_late(const struct pipeline *pipeline)
{
	uint64_t asked_ns = atomic_load(&pipeline->end_asked_ns);

	return asked_ns && clock_now_ns() - asked_ns > NSEC_PER_SEC;
}

/* What is not wanted with this outcome may be wanted when the outcome is certain. */
static bool is_wanted(const struct pipeline *pipeline, const struct incident *incident)
{
	const struct options *options = pipeline->options;

	if (!pipeline->enrich.live)
		return filter_wants(options, incident);
	return follow_is_open(incident) || filter_wants_outcome(options, incident->outcome);
}

/* The place in the code: from the capture, if it has no memory to find it in. */
static void find_place(struct pipeline *pipeline, struct work *work, bool behind)
{
	enum options_stack stack = pipeline->options->stack;
	const struct recorded_wanted wanted = {
		.user = stack == STACK_ALL || stack == STACK_USER,
		.kernel = stack == STACK_ALL || stack == STACK_KERNEL,
	};

	if (recorded_check(work->record, work->size))
		work_find_place(work, pipeline->unwinder, &pipeline->runtimes, &pipeline->snapshot,
				behind, &pipeline->summary.skipped_stacks);
	else
		recorded_take(work->record, work->size, &wanted, &work->incident, &work->answer);
}

static int push_incident(struct pipeline *pipeline, bool behind)
{
	struct work *work = pipeline->work;
	struct incident *incident = &work->incident;
	const struct work *joined;
	bool wanted;

	if (decode_incident(&pipeline->session, pipeline->number + 1, work->record, work->size,
			    incident) ||
	    decode_snapshot(work->record, work->size, &pipeline->snapshot) ||
	    recorded_check(work->record, work->size) == -EBADMSG) {
		pipeline->summary.malformed++;
		return 0;
	}
	joined = pipeline->follow ? follow_joins(pipeline->follow, incident) : NULL;
	if (joined) {
		groups_note(pipeline->groups, &(struct group){ .key = incident->group,
							       .number = joined->incident.number,
							       .time = joined->incident.time,
							       .wanted = true });
		return 0;
	}
	pipeline->number++;
	wanted = is_wanted(pipeline, incident);
	groups_note(pipeline->groups, &(struct group){ .key = incident->group,
						       .number = incident->number,
						       .time = incident->time,
						       .wanted = wanted });
	if (!wanted)
		return 0;
	/*
	 * Stacks take the most time. When the queue fills, incidents continue without them, except
	 * those of owners who have few: one owner can fill the queue. A replay can wait.
	 */
	behind = ((behind && !incident->is_quiet) || is_late(pipeline)) && pipeline->enrich.live;
	enrich(incident, &pipeline->snapshot, &pipeline->enrich);
	if (pipeline->enrich.live && incident->on_disk.pid)
		record_add_block(work->record, &work->size, EV_RECORD_MAX, EV_BLOCK_NAMES,
				 &incident->on_disk, sizeof(incident->on_disk));
	find_place(pipeline, work, behind);
	return follow(pipeline, work) ? 0 : finish(pipeline, work);
}

int pipeline_finish_followed(struct pipeline *pipeline, bool final)
{
	bool caught_up = queue_is_empty(pipeline->queue);
	struct work *work;
	int result = 0;

	while (pipeline->follow && !result &&
	       (work = follow_take(pipeline->follow, caught_up, final))) {
		result = finish(pipeline, work);
		work_free(work);
	}
	return result;
}

/* While the incident that it repeats waits for the end of its process, so does the repeat. */
static void take_repeat(struct pipeline *pipeline, const void *record, size_t size)
{
	const struct group *group;
	struct repeat repeat;

	if (decode_repeat(&pipeline->session, record, size, &repeat)) {
		pipeline->summary.malformed++;
		return;
	}
	group = groups_find(pipeline->groups, repeat.group);
	if (!group || !pipeline->follow ||
	    !follow_holds(pipeline->follow, group->number, record, size))
		push_repeat(pipeline, record, size, &repeat, group);
}

static void push_lost(struct pipeline *pipeline, const void *record, size_t size)
{
	struct timespec time;
	uint64_t count;

	if (decode_lost(&pipeline->session, record, size, &count, &time)) {
		pipeline->summary.malformed++;
		return;
	}
	pipeline->summary.lost += count;
	sinks_lost(pipeline->sinks, count, time, "the ring buffer was full");
}

static void push_clock(struct pipeline *pipeline, const void *record, size_t size)
{
	if (decode_clock(&pipeline->session, record, size))
		pipeline->summary.malformed++;
}

int pipeline_process(struct pipeline *pipeline, bool behind)
{
	const void *record = pipeline->work->record;
	size_t size = pipeline->work->size;

	switch (decode_kind(record, size)) {
	case EV_KIND_INCIDENT:
		return push_incident(pipeline, behind);
	case EV_KIND_REPEAT:
		take_repeat(pipeline, record, size);
		break;
	case EV_KIND_LOST:
		sinks_record(pipeline->sinks, record, size);
		push_lost(pipeline, record, size);
		break;
	case EV_KIND_END:
		pipeline_take_core_end(pipeline, record, size);
		break;
	case EV_KIND_CLOCK:
		sinks_record(pipeline->sinks, record, size);
		push_clock(pipeline, record, size);
		break;
	default:
		pipeline->summary.malformed++;
	}
	return 0;
}
