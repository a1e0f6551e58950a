// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What to do about the reason of a death, where that depends on the incident: whom to ask, and what
 * to change. A command in it has no name that a process could choose.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "cgroup_unit.h"
#include "stopper.h"
#include "told_advice.h"
#include "traps.h"
#include "units.h"
#include "words.h"

#define UNIT_LENGTH_MAX 128 /* so that a command with it is never cut off */

/* --- memory --- */

static bool is_of_cgroup(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_OOM && trap_dies(incident) &&
	       incident->memory.flags & EV_MEMORY_OF_CGROUP;
}

/* The cgroup at its limit is that of the unit, in which the process was. */
static bool find_unit_at_limit(const struct incident *incident, char ret_unit[EV_NAME_MAX])
{
	const struct incident_process *process = &incident->process;

	return incident->memory.limit_cgroup_id &&
	       incident->memory.limit_cgroup_id == process->cgroup_id &&
	       !process->names.container[0] && !process->names.pod[0] &&
	       cgroup_unit(&process->cgroup, 0, ret_unit) &&
	       cgroup_is_unit_itself(&process->cgroup, ret_unit);
}

static void tell_memory_limit(const struct incident *incident, struct text *text)
{
	char unit[EV_NAME_MAX];

	if (find_unit_at_limit(incident, unit))
		text_add(text, "find what uses the memory in %s, or raise its MemoryMax=", unit);
	else
		text_add(text, "find what uses the memory in that cgroup, or raise its limit "
			       "(MemoryMax= of a unit, --memory of a container, "
			       "resources.limits.memory in Kubernetes, memory.max of any)");
}

static bool is_out_of_memory(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_OOM && trap_dies(incident);
}

static void tell_memory_report(const struct incident *incident, struct text *text)
{
	if (!(incident->memory.flags & EV_MEMORY_OF_HOST)) {
		text_add(text, "see in the kernel's log whose memory it was, and what used it "
			       "(`journalctl -k`, `dmesg`)");
		return;
	}
	text_add(text, "see in the kernel's log what used the memory (`journalctl -k`, `dmesg`)");
	/* Otherwise it may have died with another process that was chosen. */
	if (!(incident->memory.flags & EV_MEMORY_GROUP))
		text_add(text, "; with a lower oom_score_adj (OOMScoreAdjust= of a unit) the "
			       "kernel chooses it later");
}

/* --- seccomp --- */

/* A filter in strict mode has nothing that can be changed. */
static bool is_refused(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_SECCOMP && !incident->seccomp.is_strict &&
	       incident->seccomp.action != EV_SECCOMP_STRICT &&
	       (trap_dies(incident) || incident->death.thread_alone);
}

static bool is_of_other_abi(enum ev_abi abi)
{
	return abi == EV_ABI_I386 || abi == EV_ABI_X32 || abi == EV_ABI_ARM ||
	       abi == EV_ABI_RISCV32;
}

static void tell_filter(const struct incident *incident, struct text *text)
{
	const struct incident_syscall *call = &incident->syscall;
	bool is_other = call->have && is_of_other_abi(call->abi);

	if (call->have && call->name)
		text_add(text, "allow %s()", call->name);
	else
		text_add(text, "allow the call");
	if (is_other)
		text_add(text, " of %s", word_abi(call->abi));
	text_add(text,
		 " where the filter is made (SystemCallFilter=%s of a unit, the seccomp profile "
		 "of a container, the program itself), or find out what makes the call",
		 is_other ? " and SystemCallArchitectures=" : "");
}

/* --- the end of the init of a PID namespace --- */

static bool is_namespace_end(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_NAMESPACE_END && incident->namespace_end.have;
}

static void tell_namespace_end(const struct incident *incident, struct text *text)
{
	const struct incident_namespace *init = &incident->namespace_end;
	char number[INCIDENT_NUMBER_SIZE];

	incident_number_text(init->pid, init->pid_here, number);
	if (WIFSIGNALED(init->status))
		text_add(text,
			 "find out why process %s was killed: `sigpath -s fatal` reports its death "
			 "too",
			 number);
	else if (WEXITSTATUS(init->status))
		text_add(text,
			 "find out why process %s exited with that status: `sigpath -s fatal "
			 "--exits nonzero` reports its exit too",
			 number);
	else
		text_add(text, "for an orderly end, let the init of the namespace stop the other "
			       "processes and wait for them before it exits");
}

/* --- somebody sent the signal --- */

static bool is_hang_up(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_KERNEL && incident->signal.number == SIGHUP &&
	       incident->signal.place == EV_PLACE_TERMINAL && trap_dies(incident);
}

static void tell_hang_up(const struct incident *incident, struct text *text)
{
	text_add(text, "if it has to outlive its terminal: start it with nohup, setsid or tmux, or "
		       "as a service (`systemd-run`)");
}

static bool is_thread_of_parent(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return incident->subject == EV_SUBJECT_KERNEL &&
	       incident->signal.place == EV_PLACE_PARENT_DIED && sender->have &&
	       sender->has_more_threads && trap_dies(incident);
}

static void tell_thread_of_parent(const struct incident *incident, struct text *text)
{
	text_add(text, "start it from a thread that lives as long as it has to: PR_SET_PDEATHSIG "
		       "is about the thread that started it, not about its process");
}

static bool is_sent_death(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_SENT && trap_dies(incident) &&
	       incident->signal.sender.have && incident->signal.sender.pid != incident->process.pid;
}

static bool is_end_by_manager(const struct incident *incident)
{
	const struct stopper stopper = stopper_find(incident);

	return is_sent_death(incident) && stopper.kind == STOPPER_SYSTEMD && stopper.unit[0] &&
	       strlen(stopper.unit) <= UNIT_LENGTH_MAX &&
	       (incident->signal.number == SIGKILL || incident->signal.number == SIGABRT);
}

/* "web.service", or "'a\x2db.service'" for a shell */
static void add_unit(const char *unit, struct text *text)
{
	text_add(text, strchr(unit, '\\') ? "'%s'" : "%s", unit);
}

static void tell_manager(const struct incident *incident, struct text *text)
{
	const struct stopper stopper = stopper_find(incident);

	text_add(text, "see in the log of %s why systemd ended it: `journalctl ", stopper.unit);
	if (stopper.is_of_user)
		text_add(text, "--user ");
	text_add(text, "-u ");
	add_unit(stopper.unit, text);
	text_add(text, stopper.is_of_user ? "` as its user" : "`");
}

/* Names of pods are those of DNS, but what the disk says is checked. */
static bool is_plain(const char *name)
{
	return name[0] && name[0] != '-' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == '\0';
}

static bool is_end_of_pod(const struct incident *incident)
{
	const struct incident_names *names = &incident->process.names;

	return is_sent_death(incident) && stopper_find(incident).kind == STOPPER_RUNTIME &&
	       incident->signal.number == SIGKILL && is_plain(names->pod_name) &&
	       is_plain(names->pod_namespace);
}

static void tell_pod(const struct incident *incident, struct text *text)
{
	const struct incident_names *names = &incident->process.names;

	text_add(text, "see in the events of the pod why: `kubectl describe pod %s -n %s`",
		 names->pod_name, names->pod_namespace);
}

/* Of the host's systemd; a process in a container has no unit of its own there. */
static bool find_unit_of_sender(const struct incident *incident, char ret_unit[EV_NAME_MAX])
{
	const struct incident_sender *sender = &incident->signal.sender;
	char own[EV_NAME_MAX];

	if (sender->names.container[0] || sender->names.pod[0] ||
	    !cgroup_unit(&sender->cgroup, 0, ret_unit) || strlen(ret_unit) > UNIT_LENGTH_MAX)
		return false;
	return !cgroup_unit(&incident->process.cgroup, 0, own) || strcmp(own, ret_unit) != 0;
}

/* A process of another unit. What a manager or a runtime stops in the normal way needs no advice. */
static bool is_of_other_unit(const struct incident *incident)
{
	char unit[EV_NAME_MAX];

	return is_sent_death(incident) && stopper_find(incident).kind == STOPPER_NONE &&
	       find_unit_of_sender(incident, unit);
}

static void tell_other_unit(const struct incident *incident, struct text *text)
{
	char unit[EV_NAME_MAX];

	if (!find_unit_of_sender(incident, unit))
		return;
	text_add(text, "the sender belongs to %s; its log may tell why: `journalctl -u ", unit);
	add_unit(unit, text);
	text_add(text, "`");
}

const struct told_advice death_advice[] = {
	{ "raise_memory_limit", is_of_cgroup, tell_memory_limit },
	{ "read_memory_report", is_out_of_memory, tell_memory_report },
	{ "allow_call", is_refused, tell_filter },
	{ "look_at_init", is_namespace_end, tell_namespace_end },
	{ "outlive_terminal", is_hang_up, tell_hang_up },
	{ "start_from_lasting_thread", is_thread_of_parent, tell_thread_of_parent },
	{ "ask_manager", is_end_by_manager, tell_manager },
	{ "ask_kubernetes", is_end_of_pod, tell_pod },
	{ "ask_unit_of_sender", is_of_other_unit, tell_other_unit },
};

const size_t death_advice_count = ARRAY_SIZE(death_advice);
