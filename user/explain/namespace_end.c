// SPDX-License-Identifier: GPL-2.0-or-later
/* The subject "namespace_end": the init of the process's PID namespace ended. */
#include <sys/wait.h>

#include "rule.h"
#include "words.h"

static void tell_namespace_end(const struct incident *incident, struct text *text)
{
	const struct incident_namespace *init = &incident->namespace_end;
	char number[INCIDENT_NUMBER_SIZE], name[WORD_SIZE];

	text_add(text, "its PID namespace ended: ");
	if (!init->have) {
		text_add(text, "the init of it ended");
		return;
	}
	text_add_hostile(text, "the init of it, ", init->comm);
	text_add(text, "[%s], ", incident_number_text(init->pid, init->pid_here, number));
	if (WIFSIGNALED(init->status))
		text_add(text, "was killed by %s",
			 word_signal((uint32_t)WTERMSIG(init->status), name));
	else
		text_add(text, "exited with status %d", WEXITSTATUS(init->status));
	text_add(text, ", and the kernel then kills all processes in it");
}

const struct rule namespace_end_rules[] = {
	{ "namespace_end", CONFIDENCE_CERTAIN, NULL, tell_namespace_end, NULL, NULL },
};
