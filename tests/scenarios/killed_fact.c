// SPDX-License-Identifier: GPL-2.0-or-later
#include "killed_fact.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

/* A fact is large: not on the stacks of those who call it. */
void killed_emit(const struct expectation *expected)
{
	static struct fact fact;

	fact_start(&fact);
	fact_open(&fact, "process");
	fact_number(&fact, "pid", scenario_pid());
	fact_close(&fact);
	fact_signal(&fact, &(struct signal_fact){ .number = expected->number,
						  .disposition = "default",
						  .result = "delivered",
						  .outcome = "killed",
						  .subject = expected->subject,
						  .code_name = expected->code_name });
	fact_open(&fact, "cause");
	fact_text(&fact, "code", expected->code);
	fact_text(&fact, "confidence", "certain");
	fact_json(&fact, "text", "{\"$contains\":\"%s\"}", expected->text);
	fact_close(&fact);
	if (expected->blocks)
		fact_json(&fact, expected->subject, "%s", expected->blocks);
	fact_emit(&fact, NULL);
}

void killed_in_child(int number, void (*die)(void))
{
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		die();
		scenario_die("it lives on");
	}
	scenario_reap_expect(child, number);
}

/* Without the end of the program the case would wait for it. */
void killed_wait(void)
{
	prctl(PR_SET_NAME, "sp-victim");
	for (;;)
		pause();
}
