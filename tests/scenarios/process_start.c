// SPDX-License-Identifier: GPL-2.0-or-later
/* Starts a program as a shell would, although the runner itself ignores SIGPIPE. */
#include "process_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "strbuf.h"

int child_stream(bool read_here, int *ret_here, int *ret_there)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*ret_here = ends[read_here ? 0 : 1];
	*ret_there = ends[read_here ? 1 : 0];
	fcntl(*ret_here, F_SETFL, O_NONBLOCK);
	return 0;
}

static void pass_on(int fd, const char *name)
{
	char number[16];

	if (fd < 0) {
		unsetenv(name);
		return;
	}
	fcntl(fd, F_SETFD, 0);
	snprintf(number, sizeof(number), "%d", fd);
	setenv(name, number, 1);
}

static void run_child(char *const argv[], const struct child_streams *streams, int error_fd)
{
	sigset_t none;
	int error;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(streams->input, STDIN_FILENO);
	dup2(streams->output, STDOUT_FILENO);
	dup2(streams->error, STDERR_FILENO);
	pass_on(streams->go, "SCENARIO_GO_FD");
	pass_on(streams->facts, "SCENARIO_FACTS_FD");
	if (streams->report)
		setenv("SCENARIO_REPORT", streams->report, 1);
	execv(argv[0], argv);
	error = errno;
	if (write(error_fd, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

int child_start(char *const argv[], const struct child_streams *streams, struct child *ret_child)
{
	struct child child = CHILD_NONE;
	int ends[2], error = 0;
	ssize_t got;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child.pid = fork();
	if (child.pid == 0)
		run_child(argv, streams, ends[1]);
	error = child.pid < 0 ? errno : 0;
	close(ends[1]);
	if (!error) {
		got = read(ends[0], &error, sizeof(error));
		error = got == sizeof(error) ? error : 0;
		child.pidfd = syscall(SYS_pidfd_open, child.pid, 0);
		if (!error && child.pidfd < 0)
			error = errno;
	}
	close(ends[0]);
	if (error) {
		child_stop(&child);
		return -error;
	}
	*ret_child = child;
	return 0;
}

void child_poll(struct child *child)
{
	if (child->pid <= 0 || child->ended ||
	    waitpid(child->pid, &child->status, WNOHANG) != child->pid)
		return;
	child->ended = true;
	close(take_fd(&child->pidfd));
}

void child_stop(struct child *child)
{
	if (child->pid <= 0)
		return;
	/* Its children may outlive it. */
	kill(-child->pid, SIGKILL);
	if (!child->ended)
		waitpid(child->pid, &child->status, 0);
	if (child->pidfd >= 0)
		close(child->pidfd);
	*child = CHILD_NONE;
}

void child_tell_end(const struct child *child, struct strbuf *text)
{
	if (WIFSIGNALED(child->status))
		strbuf_printf(text, "was killed by SIG%s", sigabbrev_np(WTERMSIG(child->status)));
	else
		strbuf_printf(text, "exited with %d", WEXITSTATUS(child->status));
}
