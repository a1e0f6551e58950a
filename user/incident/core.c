// SPDX-License-Identifier: GPL-2.0-or-later
/* The tests of do_coredump() in fs/coredump.c, in its order, as far as they can be made here. */
#include "core.h"

#include <string.h>
#include <sys/wait.h>

#include "core_pattern.h"
#include "incident.h"

/*
 * min_coredump of ELF is a page. No page is smaller than this, so with larger pages some limits
 * that forbid a core are only seen when there is none.
 */
#define CORE_MIN 4096

/* include/linux/signal.h: SIG_KERNEL_COREDUMP_MASK */
bool core_is_dumped_by(uint32_t number)
{
	const uint64_t signals = UINT64_C(1) << 3 | UINT64_C(1) << 4 | UINT64_C(1) << 5 |
				 UINT64_C(1) << 6 | UINT64_C(1) << 7 | UINT64_C(1) << 8 |
				 UINT64_C(1) << 11 | UINT64_C(1) << 24 | UINT64_C(1) << 25 |
				 UINT64_C(1) << 31;

	return number < 64 && signals >> number & 1;
}

static enum core_why why_no_file(const struct ev_core *facts, const char *pattern)
{
	if (!pattern[0] && !facts->uses_pid)
		return CORE_WHY_NO_PATTERN;
	if (facts->limit < CORE_MIN)
		return CORE_WHY_LIMIT;
	if (facts->dumpable == EV_DUMPABLE_ROOT && pattern[0] != '/')
		return CORE_WHY_RELATIVE;
	return CORE_WHY_NONE;
}

static enum core_why why_no_program(const struct ev_core *facts)
{
	if (facts->limit == 1)
		return CORE_WHY_LIMIT_ONE;
	if (facts->program == EV_CORE_PROGRAM_ABSENT)
		return CORE_WHY_NO_PROGRAM;
	if (facts->program == EV_CORE_PROGRAM_NOT_EXECUTABLE)
		return CORE_WHY_NOT_EXECUTABLE;
	return CORE_WHY_NONE;
}

static enum core_why why_none(const struct incident *incident)
{
	const struct ev_core *facts = &incident->core_facts;
	const struct incident_core *core = &incident->core;

	if (facts->dumpable == EV_DUMPABLE_NO)
		return CORE_WHY_NOT_DUMPABLE;
	switch (core->target) {
	case CORE_TARGET_FILE:
		return why_no_file(facts, core->pattern);
	case CORE_TARGET_PROGRAM:
	case CORE_TARGET_SYSTEMD:
		return why_no_program(facts);
	case CORE_TARGET_SOCKET:
	case CORE_TARGET_UNKNOWN:
		break;
	}
	return CORE_WHY_NONE;
}

static void set_pattern(struct incident *incident)
{
	const struct ev_core *facts = &incident->core_facts;
	struct incident_core *core = &incident->core;

	core->have_pattern = facts->flags & EV_CORE_PATTERN;
	if (!core->have_pattern)
		return;
	memcpy(core->pattern, facts->pattern, EV_CORE_PATTERN_MAX);
	core->pattern[EV_CORE_PATTERN_MAX] = '\0';
	core->target = core_target_of(core->pattern);
	if (core->target == CORE_TARGET_FILE)
		core_file(core->pattern, facts->uses_pid, incident, core->path, sizeof(core->path));
}

static void set_state(struct incident_core *core, enum core_state state, enum core_why why)
{
	core->state = state;
	core->why = why;
	if (state == CORE_NONE)
		core->path[0] = '\0';
}

void core_end(struct incident_core *core, enum ev_core_given_up given_up, int status)
{
	static const enum core_why whys[] = {
		[EV_CORE_RUN_ENDED] = CORE_WHY_RUN_ENDED,
		[EV_CORE_TOO_MANY] = CORE_WHY_TOO_MANY,
		[EV_CORE_TOO_LONG] = CORE_WHY_TOO_LONG,
		[EV_CORE_UNSEEN] = CORE_WHY_UNSEEN,
		[EV_CORE_OVERWRITTEN] = CORE_WHY_OVERWRITTEN,
	};

	if (given_up != EV_CORE_SEEN)
		set_state(core, CORE_UNKNOWN, whys[given_up]);
	else if (WCOREDUMP(status))
		set_state(core, CORE_WRITTEN, CORE_WHY_NONE);
	else
		set_state(core, CORE_NONE,
			  WIFSIGNALED(status) ? CORE_WHY_REFUSED : CORE_WHY_ENDED_OTHERWISE);
}

static void decide(struct incident *incident)
{
	const struct ev_core *facts = &incident->core_facts;
	struct incident_core *core = &incident->core;
	enum core_why why = why_none(incident);

	if (facts->flags & EV_CORE_EXITED) {
		core->have_end = true;
		core->end_ns = facts->end_ns;
		core_end(core, EV_CORE_SEEN, facts->status);
		/* Better than "the kernel wrote none". */
		if (core->why == CORE_WHY_REFUSED && why)
			core->why = why;
	} else if (why) {
		/* The kernel says that it is writing also before it has looked at any of this. */
		set_state(core, CORE_NONE, why);
	} else if (facts->flags & EV_CORE_WRITING) {
		set_state(core, CORE_BEING_WRITTEN, CORE_WHY_NONE);
	} else if (core->have_pattern) {
		set_state(core, CORE_EXPECTED, CORE_WHY_NONE);
	} else {
		set_state(core, CORE_UNKNOWN, CORE_WHY_NOT_RECORDED);
	}
}

void core_decide(struct incident *incident)
{
	struct incident_core *core = &incident->core;

	*core = (struct incident_core){ 0 };
	if (!incident_is_death(incident))
		return;
	if (!core_is_dumped_by(incident->signal.number)) {
		set_state(core, CORE_NONE, CORE_WHY_SIGNAL);
	} else if (!incident->have_core_facts) {
		set_state(core, CORE_UNKNOWN, CORE_WHY_NOT_RECORDED);
	} else {
		set_pattern(incident);
		decide(incident);
	}
	if (core->target == CORE_TARGET_FILE && core->state != CORE_NONE && !core->path[0])
		incident_note_missing(incident, MISSING_CORE_PATH, WHY_CORE_NAME);
}
