// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The only program in a container. Its child dies of SIGPIPE, because no signal of its own kills
 * the first process of a PID namespace. Before, it gives its runtime a second to finish.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_to_nobody(void)
{
	int ends[2];

	signal(SIGPIPE, SIG_DFL);
	if (pipe(ends) || close(ends[0]))
		return 1;
	return write(ends[1], "x", 1) == 1;
}

int main(void)
{
	int status = 0;
	pid_t pid;

	sleep(1);
	pid = fork();
	if (pid == 0)
		return write_to_nobody();
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return 1;
	return 128 + WTERMSIG(status);
}
