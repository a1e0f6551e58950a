// SPDX-License-Identifier: GPL-2.0-or-later
#include "death_fields.h"

#include <sys/wait.h>

#include "words.h"
#include "words_kill.h"

#define FIELD(journal, otlp, syslog) PROCESS_FIELD(journal, NULL, otlp, syslog)
#define PROCESS_FIELD(journal, here, otlp, syslog) \
	(&(const struct death_field){ journal, here, otlp, syslog })

struct output {
	const struct death_writer *writer;
	void *to;
};

static void put_text(const struct output *out, const struct death_field *field, const char *value)
{
	if (value && value[0])
		out->writer->put_text(out->to, field, value);
}

static void put_int(const struct output *out, const struct death_field *field, int64_t value)
{
	out->writer->put_int(out->to, field, value);
}

static void put_uint(const struct output *out, const struct death_field *field, uint64_t value)
{
	out->writer->put_uint(out->to, field, value);
}

static void put_process(const struct output *out, const struct death_field *field, uint32_t pid,
			struct incident_here here)
{
	out->writer->put_process(out->to, field, pid, here);
}

/* VALUE, unless there is no such limit. */
static void put_limit_value(const struct output *out, const struct death_field *field,
			    uint64_t value)
{
	if (value != INCIDENT_NO_LIMIT)
		put_uint(out, field, value);
}

static void put_stop(const struct output *out, const struct incident_stop *stop)
{
	char name[WORD_SIZE];

	if (!stop->have)
		return;
	put_text(out, FIELD("SIGPATH_STOP_SIGNAL", "sigpath.stop.signal", "stop_signal"),
		 word_signal(stop->number, name));
	put_text(out, FIELD("SIGPATH_STOP_OUTCOME", "sigpath.stop.outcome", "stop_outcome"),
		 word_outcome(stop->outcome));
	put_uint(out, FIELD("SIGPATH_STOP_AGO_US", "sigpath.stop.ago_us", "stop_ago_us"),
		 stop->ago_ns / 1000);
	put_text(out, FIELD("SIGPATH_STOP_COMM", "sigpath.stop.comm", "stop_comm"), stop->comm);
	put_process(out,
		    PROCESS_FIELD("SIGPATH_STOP_PID", "SIGPATH_STOP_PID_HERE", "sigpath.stop.pid",
				  "stop_pid"),
		    stop->pid, stop->pid_here);
	put_uint(out, FIELD("SIGPATH_STOP_UID", "sigpath.stop.uid", "stop_uid"), stop->uid);
}

static void put_limit(const struct output *out, const struct incident_limit *limit)
{
	if (!limit->have)
		return;
	put_text(out, FIELD("SIGPATH_LIMIT", "sigpath.limit.name", "limit"),
		 word_limit(limit->kind));
	put_text(out, FIELD("SIGPATH_LIMIT_REACHED", "sigpath.limit.reached", "limit_reached"),
		 limit->is_hard ? "hard" : "soft");
	put_limit_value(out, FIELD("SIGPATH_LIMIT_SOFT", "sigpath.limit.soft", NULL), limit->soft);
	put_limit_value(out, FIELD("SIGPATH_LIMIT_HARD", "sigpath.limit.hard", NULL), limit->hard);
	if (limit->have_used && limit->kind == EV_LIMIT_FSIZE)
		put_uint(out, FIELD("SIGPATH_LIMIT_SIZE_BYTES", "sigpath.limit.size_bytes", NULL),
			 limit->used);
	else if (limit->have_used)
		put_uint(out, FIELD("SIGPATH_LIMIT_USED_US", "sigpath.limit.used_us", NULL),
			 limit->kind == EV_LIMIT_CPU ? limit->used / 1000 : limit->used);
	if (limit->have_offset)
		put_uint(out,
			 FIELD("SIGPATH_LIMIT_OFFSET_BYTES", "sigpath.limit.offset_bytes", NULL),
			 limit->offset);
}

static void put_memory_cgroup(const struct output *out, const struct incident_memory *memory)
{
	if (!(memory->flags & EV_MEMORY_HAVE_CGROUP))
		return;
	put_text(out, FIELD("SIGPATH_OOM_CGROUP", "sigpath.oom.cgroup.name", "oom_cgroup"),
		 memory->limit_cgroup);
	put_limit_value(out,
			FIELD("SIGPATH_OOM_CGROUP_LIMIT_BYTES", "sigpath.oom.cgroup.limit_bytes",
			      NULL),
			memory->cgroup_limit);
	put_uint(out,
		 FIELD("SIGPATH_OOM_CGROUP_USAGE_BYTES", "sigpath.oom.cgroup.usage_bytes", NULL),
		 memory->cgroup_usage);
}

/* Whom the kernel chose, if that was another one, and who asked for memory. */
static void put_memory_others(const struct output *out, const struct incident_memory *memory)
{
	if (memory->chosen_pid) {
		put_text(out,
			 FIELD("SIGPATH_OOM_CHOSEN_COMM", "sigpath.oom.chosen.comm",
			       "oom_chosen_comm"),
			 memory->chosen_comm);
		put_process(out,
			    PROCESS_FIELD("SIGPATH_OOM_CHOSEN_PID", "SIGPATH_OOM_CHOSEN_PID_HERE",
					  "sigpath.oom.chosen.pid", "oom_chosen_pid"),
			    memory->chosen_pid, memory->chosen_pid_here);
	}
	if (!memory->trigger_pid)
		return;
	put_text(out, FIELD("SIGPATH_OOM_TRIGGER_COMM", "sigpath.oom.trigger.comm", NULL),
		 memory->trigger_comm);
	put_process(out,
		    PROCESS_FIELD("SIGPATH_OOM_TRIGGER_PID", "SIGPATH_OOM_TRIGGER_PID_HERE",
				  "sigpath.oom.trigger.pid", NULL),
		    memory->trigger_pid, memory->trigger_pid_here);
	put_uint(out, FIELD("SIGPATH_OOM_TRIGGER_UID", "sigpath.oom.trigger.uid", NULL),
		 memory->trigger_uid);
}

static void put_memory(const struct output *out, const struct incident_memory *memory)
{
	if (!memory->have)
		return;
	put_text(out, FIELD("SIGPATH_OOM_MEMORY_OF", "sigpath.oom.memory_of", "oom_memory_of"),
		 word_memory(memory->flags));
	if (memory->flags & EV_MEMORY_HAVE_SIZE) {
		put_uint(out,
			 FIELD("SIGPATH_OOM_RESIDENT_BYTES", "sigpath.oom.resident_bytes",
			       "oom_resident_bytes"),
			 memory->resident);
		put_uint(out, FIELD("SIGPATH_OOM_SWAPPED_BYTES", "sigpath.oom.swapped_bytes", NULL),
			 memory->swapped);
	}
	put_int(out, FIELD("SIGPATH_OOM_SCORE_ADJ", "sigpath.oom.score_adj", "oom_score_adj"),
		memory->score_adj);
	put_memory_cgroup(out, memory);
	put_memory_others(out, memory);
}

static void put_init(const struct output *out, const struct incident_namespace *init)
{
	char name[WORD_SIZE];

	if (!init->have)
		return;
	put_text(out, FIELD("SIGPATH_INIT_COMM", "sigpath.namespace_end.init_comm", "init_comm"),
		 init->comm);
	put_process(out,
		    PROCESS_FIELD("SIGPATH_INIT_PID", "SIGPATH_INIT_PID_HERE",
				  "sigpath.namespace_end.init_pid", NULL),
		    init->pid, init->pid_here);
	if (WIFSIGNALED(init->status))
		put_text(out, FIELD("SIGPATH_INIT_SIGNAL", "sigpath.namespace_end.signal", NULL),
			 word_signal((uint32_t)WTERMSIG(init->status), name));
	else
		put_uint(out,
			 FIELD("SIGPATH_INIT_STATUS", "sigpath.namespace_end.exit_status", NULL),
			 (uint64_t)WEXITSTATUS(init->status));
}

void death_fields_put(const struct incident *incident, const struct death_writer *writer, void *to)
{
	const struct output out = { writer, to };

	put_stop(&out, &incident->stop);
	put_limit(&out, &incident->limit);
	put_memory(&out, &incident->memory);
	if (incident->seccomp.have)
		put_text(&out,
			 FIELD("SIGPATH_SECCOMP_ACTION", "sigpath.seccomp.action",
			       "seccomp_action"),
			 word_seccomp_action(incident->seccomp.action));
	put_init(&out, &incident->namespace_end);
}
