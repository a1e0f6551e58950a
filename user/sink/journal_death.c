// SPDX-License-Identifier: GPL-2.0-or-later
/* The fields about why a process died: who sent the signal, what had asked for the end, a limit,
 * memory, a filter. */
#include <sys/wait.h>

#include "journal.h"
#include "words.h"
#include "words_kill.h"

/* The numbers of several in one entry could not be told apart, so only the parent has one. */
static void add_ancestors(const struct incident_sender *sender, struct strbuf *buf)
{
	const struct incident_ancestor *parent = &sender->ancestors[0];

	if (sender->ancestor_count)
		journal_add_number(buf, "SIGPATH_SENDER_PARENT_PID",
				   "SIGPATH_SENDER_PARENT_PID_HERE", parent->pid, parent->pid_here);
	for (size_t i = 0; i < sender->ancestor_count; i++)
		journal_add_text(buf, "SIGPATH_SENDER_ANCESTOR", sender->ancestors[i].comm);
}

void journal_add_sender(const struct incident_signal *signal, struct strbuf *buf)
{
	const struct incident_sender *sender = &signal->sender;

	if (signal->terminal.have)
		journal_add_text(buf, "SIGPATH_TERMINAL", signal->terminal.name);
	if (!sender->have)
		return;
	journal_add_text(buf, "SIGPATH_SENDER_COMM", sender->comm);
	journal_add_number(buf, "SIGPATH_SENDER_PID", "SIGPATH_SENDER_PID_HERE", sender->pid,
			   sender->pid_here);
	journal_add_uint(buf, "SIGPATH_SENDER_UID", sender->uid);
	journal_add_path(buf, "SIGPATH_SENDER_EXE", &sender->exe);
	journal_add_unit(buf, "SIGPATH_SENDER_UNIT", sender->names.unit);
	if (sender->names.container[0])
		journal_add_text(buf, "SIGPATH_SENDER_CONTAINER", sender->names.container);
	if (sender->have_syscall)
		journal_add_text(buf, "SIGPATH_SENDER_SYSCALL", sender->syscall);
	add_ancestors(sender, buf);
}

/* VALUE, unless there is no such limit. */
static void add_limit_value(struct strbuf *buf, const char *name, uint64_t value)
{
	if (value != INCIDENT_NO_LIMIT)
		journal_add_uint(buf, name, value);
}

static void add_limit(const struct incident_limit *limit, struct strbuf *buf)
{
	if (!limit->have)
		return;
	journal_add_text(buf, "SIGPATH_LIMIT", word_limit(limit->kind));
	journal_add_text(buf, "SIGPATH_LIMIT_REACHED", limit->is_hard ? "hard" : "soft");
	add_limit_value(buf, "SIGPATH_LIMIT_SOFT", limit->soft);
	add_limit_value(buf, "SIGPATH_LIMIT_HARD", limit->hard);
	if (limit->have_used && limit->kind == EV_LIMIT_FSIZE)
		journal_add_uint(buf, "SIGPATH_LIMIT_SIZE_BYTES", limit->used);
	else if (limit->have_used)
		journal_add_uint(buf, "SIGPATH_LIMIT_USED_US",
				 limit->kind == EV_LIMIT_CPU ? limit->used / 1000 : limit->used);
	if (limit->have_offset)
		journal_add_uint(buf, "SIGPATH_LIMIT_OFFSET_BYTES", limit->offset);
}

static void add_memory_cgroup(const struct incident_memory *memory, struct strbuf *buf)
{
	if (!(memory->flags & EV_MEMORY_HAVE_CGROUP))
		return;
	if (memory->limit_cgroup[0])
		journal_add_text(buf, "SIGPATH_OOM_CGROUP", memory->limit_cgroup);
	add_limit_value(buf, "SIGPATH_OOM_CGROUP_LIMIT_BYTES", memory->cgroup_limit);
	journal_add_uint(buf, "SIGPATH_OOM_CGROUP_USAGE_BYTES", memory->cgroup_usage);
}

static void add_memory(const struct incident_memory *memory, struct strbuf *buf)
{
	if (!memory->have)
		return;
	journal_add_text(buf, "SIGPATH_OOM_MEMORY_OF", word_memory(memory->flags));
	if (memory->flags & EV_MEMORY_HAVE_SIZE) {
		journal_add_uint(buf, "SIGPATH_OOM_RESIDENT_BYTES", memory->resident);
		journal_add_uint(buf, "SIGPATH_OOM_SWAPPED_BYTES", memory->swapped);
	}
	strbuf_printf(buf, "SIGPATH_OOM_SCORE_ADJ=%d\n", memory->score_adj);
	add_memory_cgroup(memory, buf);
	if (memory->chosen_pid) {
		journal_add_text(buf, "SIGPATH_OOM_CHOSEN_COMM", memory->chosen_comm);
		journal_add_number(buf, "SIGPATH_OOM_CHOSEN_PID", "SIGPATH_OOM_CHOSEN_PID_HERE",
				   memory->chosen_pid, memory->chosen_pid_here);
	}
	if (!memory->trigger_pid)
		return;
	journal_add_text(buf, "SIGPATH_OOM_TRIGGER_COMM", memory->trigger_comm);
	journal_add_number(buf, "SIGPATH_OOM_TRIGGER_PID", "SIGPATH_OOM_TRIGGER_PID_HERE",
			   memory->trigger_pid, memory->trigger_pid_here);
	journal_add_uint(buf, "SIGPATH_OOM_TRIGGER_UID", memory->trigger_uid);
}

static void add_init(const struct incident_namespace *init, struct strbuf *buf)
{
	char name[WORD_SIZE];

	if (!init->have)
		return;
	journal_add_text(buf, "SIGPATH_INIT_COMM", init->comm);
	journal_add_number(buf, "SIGPATH_INIT_PID", "SIGPATH_INIT_PID_HERE", init->pid,
			   init->pid_here);
	if (WIFSIGNALED(init->status))
		journal_add_text(buf, "SIGPATH_INIT_SIGNAL",
				 word_signal((uint32_t)WTERMSIG(init->status), name));
	else
		journal_add_uint(buf, "SIGPATH_INIT_STATUS", (uint64_t)WEXITSTATUS(init->status));
}

static void add_stop(const struct incident_stop *stop, struct strbuf *buf)
{
	char name[WORD_SIZE];

	if (!stop->have)
		return;
	journal_add_text(buf, "SIGPATH_STOP_SIGNAL", word_signal(stop->number, name));
	journal_add_text(buf, "SIGPATH_STOP_OUTCOME", word_outcome(stop->outcome));
	journal_add_uint(buf, "SIGPATH_STOP_AGO_US", stop->ago_ns / 1000);
	journal_add_text(buf, "SIGPATH_STOP_COMM", stop->comm);
	journal_add_number(buf, "SIGPATH_STOP_PID", "SIGPATH_STOP_PID_HERE", stop->pid,
			   stop->pid_here);
	journal_add_uint(buf, "SIGPATH_STOP_UID", stop->uid);
}

void journal_add_death(const struct incident *incident, struct strbuf *buf)
{
	add_stop(&incident->stop, buf);
	add_limit(&incident->limit, buf);
	add_memory(&incident->memory, buf);
	if (incident->seccomp.have)
		journal_add_text(buf, "SIGPATH_SECCOMP_ACTION",
				 word_seccomp_action(incident->seccomp.action));
	add_init(&incident->namespace_end, buf);
}
