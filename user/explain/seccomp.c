// SPDX-License-Identifier: GPL-2.0-or-later
/* The subject "seccomp": the process made a system call that seccomp(2) does not let it make. */
#include <inttypes.h>

#include "rule.h"
#include "words.h"

static bool is_strict(const struct incident *incident)
{
	return incident->seccomp.is_strict || incident->seccomp.action == EV_SECCOMP_STRICT;
}

/* mkdir(), or system call 999 of x86_64 */
static void tell_call(const struct incident *incident, struct text *text)
{
	const struct incident_syscall *call = &incident->syscall;
	const char *abi = word_abi(call->abi);

	if (!call->have)
		text_add(text, "a system call");
	else if (call->name)
		text_add(text, "%s()", call->name);
	else
		text_add(text, "system call %" PRIu32 " of %s", call->number, abi ?: "?");
}

static void tell_strict(const struct incident *incident, struct text *text)
{
	tell_call(incident, text);
	text_add(text, " is not one of read(), write(), exit() and sigreturn(), which seccomp's "
		       "strict mode allows");
}

static void tell_filter(const struct incident *incident, struct text *text)
{
	text_add(text, "a seccomp filter refused ");
	tell_call(incident, text);
	switch (incident->seccomp.action) {
	case EV_SECCOMP_TRAP:
		text_add(text, " and sent SIGSYS (SECCOMP_RET_TRAP)");
		break;
	case EV_SECCOMP_KILL_THREAD:
		text_add(text, " and killed the thread (SECCOMP_RET_KILL_THREAD)");
		break;
	case EV_SECCOMP_KILL_PROCESS:
		text_add(text, " and killed the process (SECCOMP_RET_KILL_PROCESS)");
		break;
	case EV_SECCOMP_KILL:
		text_add(text, " and killed the process, which had one thread "
			       "(SECCOMP_RET_KILL_PROCESS or SECCOMP_RET_KILL_THREAD)");
		break;
	case EV_SECCOMP_UNKNOWN:
	case EV_SECCOMP_STRICT:
		break;
	}
}

const struct rule seccomp_rules[] = {
	{ "seccomp", CONFIDENCE_CERTAIN, is_strict, tell_strict, NULL, NULL },
	{ "seccomp", CONFIDENCE_CERTAIN, NULL, tell_filter, NULL, NULL },
};
