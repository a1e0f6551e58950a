// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deaths: does sigpath -s fatal tell each death by a signal exactly once? Makes processes of each
 * kind (victims.c), waits for them, and compares what wait(2) says with the incidents. Also: of the
 * processes that another one kills, at least 99 % have a command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare.h"
#include "run.h"
#include "stuck.h"
#include "victims.h"

#define EACH 22	      /* of most kinds: more than 1,000 in all */
#define EACH_SLOW 2   /* of those that take a second */
#define EACH_KILL 500 /* of the first two kinds */

static size_t how_many(size_t kind, size_t each)
{
	if (victims[kind].slow)
		return EACH_SLOW;
	return kind < 2 && each == EACH ? EACH_KILL : each;
}

static pid_t start(const struct victim *victim, int ready, int go)
{
	pid_t pid = fork();
	char ready_text[16], byte;

	if (pid)
		return pid;
	/* Only when the parent has its number. */
	if (read(go, &byte, 1) != 1)
		_exit(126);
	snprintf(ready_text, sizeof(ready_text), "%d", ready);
	execl("/proc/self/exe", "deaths", "--victim", victim->name, ready_text, (char *)NULL);
	_exit(126);
}

/* Starts a process, harms it when it waits, and waits for its end. */
static void play(const struct victim *victim, struct ends *ends)
{
	int ready[2], go[2], status = 0;
	char byte;
	pid_t pid;

	if (pipe(ready) || pipe2(go, O_CLOEXEC))
		die("pipe");
	pid = start(victim, ready[1], go[0]);
	if (pid < 0)
		die("fork");
	close(ready[1]);
	if (write(go[1], "g", 1) != 1)
		die("write");
	if (victim->harm && read(ready[0], &byte, 1) == 1)
		victim->harm(pid);
	while (waitpid(pid, &status, 0) == pid && !WIFEXITED(status) && !WIFSIGNALED(status))
		ptrace_continue(pid, status);
	close(ready[0]);
	close(go[0]);
	close(go[1]);
	ends_add(ends, pid, status, victim);
}

static void play_all(const char *only, size_t each, struct ends *ends)
{
	for (size_t kind = 0; kind < victim_count; kind++) {
		if (only && strcmp(only, victims[kind].name) != 0)
			continue;
		/* Says where it hangs, if it does. */
		fprintf(stderr, "%s\n", victims[kind].name);
		for (size_t i = how_many(kind, each); i; i--)
			play(&victims[kind], ends);
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: deaths --sigpath FILE [--each N] [--only KIND] [--signals LIST] "
			"[--listed] [--burst N] [--stuck N]\n");
	return 2;
}

static int victim_of(char **argv)
{
	for (size_t i = 0; i < victim_count; i++)
		if (!strcmp(victims[i].name, argv[0]))
			return victim_main(&victims[i], atoi(argv[1]));
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "sigpath", required_argument, NULL, 's' },
		{ "each", required_argument, NULL, 'e' },
		{ "only", required_argument, NULL, 'o' },
		{ "signals", required_argument, NULL, 'l' },
		{ "stuck", required_argument, NULL, 't' },
		{ "listed", no_argument, NULL, 'i' },
		{ "burst", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	const char *sigpath = NULL, *only = NULL, *signals = "fatal", *burst = "0";
	size_t each = EACH, stuck = 0;
	struct ends ends = { 0 };
	struct run run;
	int letter;

	if (argc == 4 && !strcmp(argv[1], "--victim"))
		return victim_of(argv + 2);
	if (argc == 2 && !strcmp(argv[1], "--nothing"))
		return 0;
	while ((letter = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (letter == 's')
			sigpath = optarg;
		else if (letter == 'e')
			each = strtoul(optarg, NULL, 10);
		else if (letter == 'o')
			only = optarg;
		else if (letter == 'l')
			signals = optarg;
		else if (letter == 't')
			stuck = strtoul(optarg, NULL, 10);
		else if (letter == 'b')
			burst = optarg;
		else if (letter == 'i')
			ends.listed = true;
		else
			return usage();
	}
	if (!sigpath || optind != argc)
		return usage();
	ends.limited = strcmp(burst, "0") != 0;
	run_start(sigpath, signals, burst, &run);
	if (!stuck)
		play_all(only, each, &ends);
	else if (!stuck_play(stuck, &ends))
		return run_skip(&run, "no FUSE file system here, so no process can hang");
	run_stop(&run);
	return compare(&run, &ends, stuck) ? 0 : 1;
}
