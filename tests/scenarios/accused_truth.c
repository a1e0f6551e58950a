// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "accused.h"

void tell_peer(struct fact *fact, const struct truth *truth)
{
	if (!truth->peer) {
		fact_json(fact, "peer_process", "null");
		fact_json(fact, "missing",
			  "{\"$contains\":[{\"field\":\"peer_process\",\"code\":\"%s\"}]}",
			  truth->reason);
		return;
	}
	fact_open(fact, "peer_process");
	fact_number(fact, "pid", truth->peer);
	fact_text(fact, "confidence", "certain");
	fact_text(fact, "how", truth->how);
	if (truth->status < 0)
		fact_json(fact, "exit", "null");
	else if (WIFSIGNALED(truth->status))
		fact_json(fact, "exit", "{\"code\":null,\"signal\":\"%s\"}",
			  WTERMSIG(truth->status) == SIGKILL ? "SIGKILL" : "SIGSEGV");
	else
		fact_json(fact, "exit", "{\"code\":%d,\"signal\":null}",
			  WEXITSTATUS(truth->status));
	fact_close(fact);
}

noreturn void write_and_report(int fd, const struct truth *truth)
{
	struct fact fact;

	fact_start_fatal_write(&fact, fd);
	tell_peer(&fact, truth);
	fact_finish_fatal_write(&fact, fd,
				&(struct evidence){ .code = truth->code,
						    .confidence = "certain",
						    .text = truth->text ?: "" });
}

pid_t fork_child(void)
{
	pid_t child = scenario_fork();

	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

noreturn void live_on(void)
{
	for (;;)
		pause();
}

void wait_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}
