// SPDX-License-Identifier: GPL-2.0-or-later
/* Cores, and links between incidents. */
#include "words.h"

#include "units.h"

static const char *const states[] = {
	[CORE_NONE] = "none",
	[CORE_EXPECTED] = "expected",
	[CORE_BEING_WRITTEN] = "being_written",
	[CORE_WRITTEN] = "written",
	[CORE_UNKNOWN] = "unknown",
};

static const struct {
	const char *code, *text;
} whys[CORE_WHYS] = {
	[CORE_WHY_SIGNAL] = { "signal", "this signal writes no core" },
	[CORE_WHY_NOT_DUMPABLE] = { "not_dumpable",
				    "the process is not dumpable (PR_SET_DUMPABLE, or it changed "
				    "its user, and fs.suid_dumpable is 0)" },
	[CORE_WHY_LIMIT] = { "limit", "its limit allows no core (RLIMIT_CORE)" },
	[CORE_WHY_LIMIT_ONE] = { "limit_one", "its limit for cores is 1 byte (RLIMIT_CORE), which "
					      "forbids a program to take it" },
	[CORE_WHY_RELATIVE] = { "relative_pattern",
				"it changed its user, and kernel.core_pattern is no path from the "
				"root" },
	[CORE_WHY_NO_PATTERN] = { "no_pattern", "kernel.core_pattern is empty" },
	[CORE_WHY_NO_PROGRAM] = { "no_program",
				  "the program in kernel.core_pattern does not exist" },
	[CORE_WHY_NOT_EXECUTABLE] = { "not_executable",
				      "the program in kernel.core_pattern cannot be executed" },
	[CORE_WHY_REFUSED] = { "refused", "the kernel wrote none; its log may say why" },
	[CORE_WHY_ENDED_OTHERWISE] = { "ended_otherwise", "no signal ended the process" },
	[CORE_WHY_NOT_RECORDED] = { "not_recorded", "not recorded" },
	[CORE_WHY_RUN_ENDED] = { "run_ended", "sigpath ended before the process did" },
	[CORE_WHY_TOO_MANY] = { "too_many", "sigpath already waited for too many cores" },
	[CORE_WHY_TOO_LONG] = { "too_long", "the process had still not ended after 10 minutes" },
	[CORE_WHY_UNSEEN] = { "unseen", "the process is gone, and no hook saw its end" },
	[CORE_WHY_OVERWRITTEN] = { "overwritten",
				   "too many processes ended before sigpath saw its end" },
};

static const char *const targets[] = {
	[CORE_TARGET_FILE] = "file",
	[CORE_TARGET_PROGRAM] = "program",
	[CORE_TARGET_SYSTEMD] = "program",
	[CORE_TARGET_SOCKET] = "socket",
};

const char *word_core_state(enum core_state state)
{
	return state < ARRAY_SIZE(states) ? states[state] : NULL;
}

const char *word_core_why(enum core_why why)
{
	return why < CORE_WHYS ? whys[why].code : NULL;
}

const char *word_core_why_text(enum core_why why)
{
	return why < CORE_WHYS ? whys[why].text : NULL;
}

const char *word_core_target(enum core_target target)
{
	return target < ARRAY_SIZE(targets) ? targets[target] : NULL;
}

const char *word_link(enum link_what what)
{
	static const char *const links[] = {
		[LINK_PEER_DIED] = "peer_died",	    [LINK_PEER_WROTE] = "peer_wrote",
		[LINK_OOM_CHOSEN] = "oom_chosen",   [LINK_OOM_VICTIM] = "oom_victim",
		[LINK_SAME_SIGNAL] = "same_signal",
	};

	return what < ARRAY_SIZE(links) ? links[what] : NULL;
}
