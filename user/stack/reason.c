// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a stack is not complete: the codes for programs and the texts for people. */
#include "reason.h"
#include "units.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *code, *text;
} reasons[] = {
	[REASON_NONE] = { NULL, NULL },
	[REASON_TIME] = { "time_limit", "unwinding reached its time limit" },
	[REASON_TIME_NAMES] = { "time_limit_names",
				"the time limit was reached: some names are missing" },
	[REASON_FULL] = { "too_many_frames", "the stack has more frames than sigpath keeps" },
	[REASON_SHORT] = { "stack_truncated",
			   "the captured part of the stack ends here; a larger --stack-size "
			   "captures more" },
	[REASON_ELSEWHERE] = { "stack_elsewhere",
			       "the stack continues in memory that was not captured" },
	[REASON_NO_MODULE] = { "no_module", "no file is mapped at this address" },
	[REASON_NO_MODULE_TRUNCATED] = { "no_module_truncated",
					 "no known file is mapped at this address; the list of "
					 "mappings was truncated" },
	[REASON_NO_CFI] = { "no_unwind_information", "no unwind information for this code" },
	[REASON_FILE_DELETED] = { "file_deleted", "the file of this code was deleted" },
	[REASON_FILE_CHANGED] = { "file_changed", "the file of this code was replaced or changed" },
	[REASON_FILE_UNREACHABLE] = { "file_unreachable", "the file of this code was not found" },
	[REASON_CORRUPT] = { "corrupt_unwind_information", "the unwind information is corrupt" },
	[REASON_LOOP] = { "frame_loop", "the frames form a loop" },
	[REASON_ABI] = { "unsupported_abi", "sigpath does not unwind programs of this ABI" },
	[REASON_NOT_CAPTURED] = { "mappings_not_captured",
				  "the mappings of the process were not captured" },
	[REASON_GONE] = { "process_gone", "the process ended before its mappings were read" },
	[REASON_BROKEN] = { "reader_failed", "reading the ELF files of the process failed" },
	[REASON_BROKEN_NAMES] = { "reader_failed_names",
				  "reading the debug information failed: names are missing" },
	[REASON_NO_CHILD] = { "reader_not_started",
			      "the child process that reads ELF files could not be started" },
	[REASON_FILE_REMOTE] = { "file_remote",
				 "the file of this code is on a remote or FUSE file system; "
				 "--remote-files reads it" },
	[REASON_FILE_COSTLY] = { "file_costly",
				 "the file of this code took too much time earlier, or stopped its "
				 "reader; sigpath reads it again when it changes" },
	[REASON_DEBUG_TOO_LARGE] = { "debug_too_large",
				     "compressed debug information claims an unusual size: names "
				     "are missing" },
	[REASON_DEBUG_COSTLY] = { "debug_costly",
				  "debug information took too much time earlier: names are missing "
				  "until its file changes" },
	[REASON_FILE_SYSTEM_HANGS] = { "file_system_hangs", "a file system did not answer" },
	[REASON_READERS_STUCK] = { "readers_stuck",
				   "several child processes still wait for a file system that does "
				   "not answer" },
	[REASON_USER_LIMIT] = { "user_limit",
				"the stacks of this user's processes took too much CPU time; "
				"sigpath left this one out" },
};

enum reason reason_of(const struct stack *stack)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].text == stack->reason)
			return (enum reason)i;
	return REASON_NONE;
}

enum missing_reason reason_of_missing(enum reason reason, enum missing_reason other)
{
	switch (reason) {
	case REASON_FILE_REMOTE:
		return WHY_FILE_REMOTE;
	case REASON_FILE_COSTLY:
		return WHY_FILE_COSTLY;
	case REASON_FILE_SYSTEM_HANGS:
		return WHY_FILE_SYSTEM_HANGS;
	case REASON_READERS_STUCK:
		return WHY_READERS_STUCK;
	case REASON_USER_LIMIT:
		return WHY_USER_LIMIT;
	default:
		return other;
	}
}

bool reason_set_by_code(const char *code, struct stack *stack)
{
	for (size_t i = REASON_NONE + 1; i < ARRAY_SIZE(reasons); i++) {
		if (strcmp(reasons[i].code, code))
			continue;
		reason_set((enum reason)i, stack);
		return true;
	}
	return false;
}

void reason_set(enum reason reason, struct stack *stack)
{
	if (reason >= ARRAY_SIZE(reasons))
		reason = REASON_BROKEN;
	stack->reason = reasons[reason].text;
	stack->reason_code = reasons[reason].code;
}
