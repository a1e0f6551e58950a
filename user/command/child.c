/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command that sigpath runs. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cleanup.h"
#include "command.h"
#include "patience.h"

/* Only calls that are safe after fork. */
static _Noreturn void child_main(char *const argv[], int go_fd, int error_fd)
{
	int error;
	char go;

	if (read(go_fd, &go, 1) != 1)
		_exit(EXIT_ERROR);
	close(go_fd);
	execvp(argv[0], argv);
	error = errno;
	if (write(error_fd, &error, sizeof(error)) < 0)
		_exit(EXIT_ERROR);
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

int child_start(char *const argv[], struct child *child)
{
	int go[2], error[2], code;

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(error, O_CLOEXEC)) {
		code = -errno;
		close(go[0]);
		close(go[1]);
		return code;
	}
	child->pid = fork();
	if (child->pid == 0) {
		close(go[1]);
		close(error[0]);
		child_main(argv, go[0], error[1]);
	}
	close(go[0]);
	close(error[1]);
	child->go_fd = go[1];
	child->error_fd = error[0];
	if (child->pid > 0) {
		child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
		if (child->pidfd >= 0)
			return 0;
	}
	code = -errno;
	if (child->pid < 0)
		child->pid = 0;
	child_close(child);
	return code;
}

/* False: a signal asks for the end, and the file system of the command does not answer. */
static bool wait_for_exec(const struct child *child)
{
	struct pollfd known = { .fd = child->error_fd, .events = POLLIN };
	struct patience patience = { 0 };
	int left_ms;

	while ((left_ms = patience_ms(&patience)) > 0)
		if (poll(&known, 1, left_ms) > 0)
			return true;
	return false;
}

int child_release(struct child *child)
{
	int error = 0;
	ssize_t got;

	if (write(child->go_fd, "g", 1) != 1)
		return -errno;
	close(take_fd(&child->go_fd));
	if (!wait_for_exec(child)) {
		child_signal(child, SIGKILL);
		return -EINTR;
	}
	do
		got = read(child->error_fd, &error, sizeof(error));
	while (got < 0 && errno == EINTR);
	close(take_fd(&child->error_fd));
	if (got != sizeof(error)) {
		child->released = true;
		return 0;
	}
	waitpid(child->pid, &child->status, 0);
	child->ended = true;
	return -error;
}

void child_signal(const struct child *child, int number)
{
	if (child->pid && !child->ended)
		syscall(SYS_pidfd_send_signal, child->pidfd, number, NULL, 0);
}

void child_reap(struct child *child)
{
	if (child->pid && !child->ended &&
	    waitpid(child->pid, &child->status, WNOHANG) == child->pid)
		child->ended = true;
}

void child_close(struct child *child)
{
	if (child->go_fd >= 0) {
		close(take_fd(&child->go_fd));
		if (child->pid && !child->ended) {
			waitpid(child->pid, &child->status, 0);
			child->ended = true;
		}
	}
	if (child->error_fd >= 0)
		close(take_fd(&child->error_fd));
	cleanup_close(&child->pidfd);
	child->pidfd = -1;
}

int child_mirror_status(const struct child *child)
{
	sigset_t mask;
	int number;

	if (!WIFSIGNALED(child->status))
		return WEXITSTATUS(child->status);
	number = WTERMSIG(child->status);
	/* No core file: confine_rights() has set the limit. */
	signal(number, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, number);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	raise(number);
	return 128 + number;
}
