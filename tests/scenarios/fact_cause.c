// SPDX-License-Identifier: GPL-2.0-or-later
/* cause: why did the write fail, how certain is that, and what happened before? */
#include <stdio.h>
#include <sys/syscall.h>

#include "fact.h"
#include "scenario.h"

void fact_peer(struct fact *fact, pid_t pid)
{
	fact_open(fact, "peer_process");
	fact_number(fact, "pid", pid);
	fact_text(fact, "confidence", "certain");
	fact_close(fact);
}

void fact_cause(struct fact *fact, const char *code)
{
	fact_open(fact, "cause");
	fact_text(fact, "code", code);
	fact_close(fact);
}

void fact_evidence(struct fact *fact, const struct evidence *evidence)
{
	fact_open(fact, "cause");
	fact_text(fact, "code", evidence->code);
	fact_text(fact, "confidence", evidence->confidence);
	fact_json(fact, "text", "{\"$contains\":\"%s\"}", evidence->text);
	if (evidence->timeline[0]) {
		char list[1024] = "";
		size_t length = 0;

		for (size_t i = 0; i < EVIDENCE_TIMELINE_MAX && evidence->timeline[i]; i++)
			length += snprintf(list + length, sizeof(list) - length,
					   "%s{\"what\":\"%s\"}", i ? "," : "",
					   evidence->timeline[i]);
		fact_json(fact, "timeline", "[%s]", list);
	}
	fact_close(fact);
	if (evidence->missing)
		fact_missing(fact, evidence->missing);
}

void fact_start_fatal_write(struct fact *fact, int fd)
{
	fact_start(fact);
	fact_identity(fact);
	fact_call(fact, write, fd, FATAL_BYTES, NULL);
}

noreturn void fact_finish_fatal_write(struct fact *fact, int fd, const struct evidence *evidence)
{
	fact_killed(fact);
	fact_evidence(fact, evidence);
	fact_emit(fact, NULL);
	scenario_write_fatal(fd, FATAL_BYTES);
}

noreturn void fact_fatal_write(int fd, const struct evidence *evidence)
{
	struct fact fact;

	fact_start_fatal_write(&fact, fd);
	fact_finish_fatal_write(&fact, fd, evidence);
}
