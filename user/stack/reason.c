// SPDX-License-Identifier: GPL-2.0-or-later
/* What is said of a stack that is not whole. */
#include "reason.h"

#include <stddef.h>

static const char *const texts[] = {
	[REASON_NONE] = NULL,
	[REASON_TIME] = "time limit",
	[REASON_TIME_NAMES] = "time limit: some names are missing",
	[REASON_FULL] = "more frames than are kept",
	[REASON_SHORT] = "the snapshot ends here: a larger --stack-size shows more",
	[REASON_ELSEWHERE] = "the stack goes on in memory that was not captured",
	[REASON_NO_MODULE] = "no module at this address",
	[REASON_NO_MODULE_TRUNCATED] =
		"no module at this address: the list of mappings was too long to be kept whole",
	[REASON_NO_CFI] = "no unwind information for this code",
	[REASON_CORRUPT] = "corrupt unwind information",
	[REASON_LOOP] = "looping frames",
	[REASON_ABI] = "programs of this ABI are not unwound",
	[REASON_NOT_CAPTURED] = "the process's mappings were not captured",
	[REASON_GONE] = "the process was gone before its mappings were read",
	[REASON_BROKEN] = "reading its ELF files failed",
	[REASON_BROKEN_NAMES] = "reading its debug information failed: no names",
	[REASON_NO_CHILD] = "the child process that reads ELF files could not be started",
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

const char *reason_text(enum reason reason)
{
	return reason < TEXTS ? texts[reason] : NULL;
}

bool reason_is_text(const char *text)
{
	for (size_t i = 0; i < TEXTS; i++)
		if (texts[i] == text)
			return true;
	return false;
}
