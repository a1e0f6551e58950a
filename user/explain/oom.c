// SPDX-License-Identifier: GPL-2.0-or-later
/* The subject "oom": the kernel killed the process because there was no memory left. */
#include <inttypes.h>

#include "rule.h"

static bool has_flag(const struct incident *incident, uint32_t flag)
{
	return incident->memory.flags & flag;
}

static bool is_of_cgroup(const struct incident *incident)
{
	return has_flag(incident, EV_MEMORY_OF_CGROUP);
}

static bool is_of_host(const struct incident *incident)
{
	return has_flag(incident, EV_MEMORY_OF_HOST);
}

/* Why the kernel killed this process, and not another one. */
enum choice {
	CHOICE_THIS,   /* it chose this one */
	CHOICE_LEADS,  /* the same, and it kills the others of the cgroup with it */
	CHOICE_ALONG,  /* it kills this one with the chosen one: memory.oom.group */
	CHOICE_GROUP,  /* likewise, and the chosen one is not known, which this one may be */
	CHOICE_SHARES, /* this one uses the memory of the chosen one */
};

static enum choice choice_of(const struct incident *incident)
{
	const struct incident_memory *memory = &incident->memory;

	if (has_flag(incident, EV_MEMORY_ALONG))
		return memory->chosen_pid ? CHOICE_ALONG : CHOICE_GROUP;
	if (has_flag(incident, EV_MEMORY_SHARES))
		return CHOICE_SHARES;
	if (has_flag(incident, EV_MEMORY_GROUP))
		return memory->is_chosen ? CHOICE_LEADS : CHOICE_GROUP;
	return CHOICE_THIS;
}

static void tell_choice(const struct incident *incident, enum choice choice, struct text *text)
{
	const struct incident_memory *memory = &incident->memory;
	char number[INCIDENT_NUMBER_SIZE];

	if (choice == CHOICE_SHARES && !memory->chosen_pid) {
		text_add(text, "; the kernel chose another process");
	} else if (choice == CHOICE_ALONG || choice == CHOICE_SHARES) {
		text_add_hostile(text, "; the kernel chose ", memory->chosen_comm);
		text_add(text, "[%s]",
			 incident_number_text(memory->chosen_pid, memory->chosen_pid_here, number));
	}
	switch (choice) {
	case CHOICE_ALONG:
		text_add(text, " and kills all processes of the cgroup with it (memory.oom.group)");
		break;
	case CHOICE_GROUP:
		text_add(text, "; the kernel kills all processes of the cgroup (memory.oom.group)");
		break;
	case CHOICE_SHARES:
		text_add(text, ", and this process shares its memory");
		break;
	default:
		text_add(text, "; the kernel chose this process");
	}
}

static void tell_victim(const struct incident *incident, struct text *text)
{
	const struct incident_memory *memory = &incident->memory;
	enum choice choice = choice_of(incident);

	tell_choice(incident, choice, text);
	if (has_flag(incident, EV_MEMORY_HAVE_SIZE)) {
		text_add(text, choice == CHOICE_ALONG || choice == CHOICE_GROUP
				       ? "; this process had "
				       : ", which had ");
		text_add_size(text, memory->resident);
		text_add(text, " in memory");
	}
	if (memory->swapped) {
		text_add(text, " and ");
		text_add_size(text, memory->swapped);
		text_add(text, " in swap");
	}
	if (memory->score_adj)
		text_add(text, " (oom_score_adj %d)", memory->score_adj);
	if (choice == CHOICE_LEADS)
		text_add(text, "; it kills all processes of the cgroup with it (memory.oom.group)");
}

static void tell_trigger(const struct incident *incident, struct text *text)
{
	const struct incident_memory *memory = &incident->memory;
	char number[INCIDENT_NUMBER_SIZE];

	if (!memory->trigger_pid)
		return;
	if (memory->trigger_pid == incident->process.pid) {
		text_add(text, "; it asked for memory itself");
		return;
	}
	text_add_hostile(text, "; it was ", memory->trigger_comm);
	text_add(text, "[%s] that asked for memory",
		 incident_number_text(memory->trigger_pid, memory->trigger_pid_here, number));
}

static void tell_of_cgroup(const struct incident *incident, struct text *text)
{
	const struct incident_memory *memory = &incident->memory;

	text_add(text, "out of memory: ");
	if (!memory->limit_cgroup_id) {
		text_add(text, "a memory cgroup reached its limit, and which one is not known");
	} else {
		text_add_hostile(text, "the memory cgroup ",
				 memory->limit_cgroup[0] ? memory->limit_cgroup : "/");
		text_add(text, " reached its limit of ");
		text_add_size(text, memory->cgroup_limit);
	}
	tell_victim(incident, text);
	tell_trigger(incident, text);
}

static void tell_of_host(const struct incident *incident, struct text *text)
{
	text_add(text, "out of memory: the host had none left");
	tell_victim(incident, text);
	tell_trigger(incident, text);
}

static void tell_of_somebody(const struct incident *incident, struct text *text)
{
	text_add(text, "out of memory: of the host or of a memory cgroup, which one the kernel "
		       "stack does not show");
	tell_victim(incident, text);
	tell_trigger(incident, text);
}

const struct rule oom_rules[] = {
	{ "cgroup_out_of_memory", CONFIDENCE_CERTAIN, is_of_cgroup, tell_of_cgroup, NULL, NULL },
	{ "out_of_memory", CONFIDENCE_CERTAIN, is_of_host, tell_of_host, NULL, NULL },
	{ "out_of_memory", CONFIDENCE_CERTAIN, NULL, tell_of_somebody, NULL, NULL },
};
