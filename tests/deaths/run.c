// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READY_MS 120000 /* in an emulated machine */
#define SETTLE_MS 1500	/* longer than sigpath watches a process, and than a window */

void die(const char *what)
{
	perror(what);
	exit(1);
}

static void sleep_ms(long milliseconds)
{
	const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static bool says(int fd, const char *text)
{
	char bytes[8192];
	ssize_t length = pread(fd, bytes, sizeof(bytes) - 1, 0);

	bytes[length > 0 ? length : 0] = '\0';
	return strstr(bytes, text);
}

void run_start(const char *sigpath, const char *signals, const char *burst, struct run *ret_run)
{
	int output = memfd_create("output", 0), messages = memfd_create("messages", 0);

	if (output < 0 || messages < 0)
		die("memfd_create");
	fflush(NULL);
	ret_run->pid = fork();
	if (ret_run->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(output, STDOUT_FILENO);
		dup2(messages, STDERR_FILENO);
		/* A victim is started as /proc/self/exe. */
		execl(sigpath, sigpath, "--format", "json", "-s", signals, "--burst", burst,
		      "--buffer-size", "64M", "--advice", "none",
		      strcmp(burst, "0") != 0 ? "--comm" : (char *)NULL, "exe", (char *)NULL);
		_exit(127);
	}
	for (int waited = 0; !says(messages, "sigpath: ready"); waited += 10) {
		if (waited > READY_MS || waitpid(ret_run->pid, NULL, WNOHANG)) {
			char bytes[4096] = "";

			pread(messages, bytes, sizeof(bytes) - 1, 0);
			fprintf(stderr, "sigpath is not ready: %s\n", bytes);
			exit(1);
		}
		sleep_ms(10);
	}
	close(messages);
	ret_run->output = fdopen(output, "r");
	if (!ret_run->output)
		die("fdopen");
}

void run_stop(struct run *run)
{
	int status;

	sleep_ms(SETTLE_MS);
	kill(run->pid, SIGTERM);
	if (waitpid(run->pid, &status, 0) != run->pid || status) {
		fprintf(stderr, "sigpath ended with wait status %d\n", status);
		exit(1);
	}
	rewind(run->output);
}

int run_skip(struct run *run, const char *why)
{
	run_stop(run);
	printf("skip deaths: %s\n0 passed, 0 failed, 1 skipped\n", why);
	return SKIPPED;
}
