// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plays worlds, one after the other: for each order that comes from the runner, a coordinator makes
 * the processes of one world, leads it to its failing write, and tells what was true.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"
#include "stage.h"

#define TRUTH_SIZE 4096

/* Until sigpath has started, which must not see the end of the object. */
static void park(struct world *world)
{
	char go;

	if (send(world->channel, CREW_PARKED, strlen(CREW_PARKED), MSG_NOSIGNAL) < 0 ||
	    recv(world->channel, &go, 1, 0) != 1)
		stage_fail(world, "no word to go on");
}

static void play(uint64_t seed, int channel, int number, const struct networks *networks)
{
	static char truth[TRUTH_SIZE];
	static struct world world;
	struct plan plan;

	plan_make(seed, &plan);
	world.plan = &plan;
	world.channel = channel;
	world.number = number;
	world.networks = *networks;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	act_setting(&world);
	act_break(&world);
	if (plan.before_start)
		park(&world);
	act_write(&world);
	truth_write(&world, truth, sizeof(truth));
	stage_clear(&world);
	if (send(channel, truth, strlen(truth), MSG_NOSIGNAL) < 0)
		_exit(1);
	_exit(0);
}

/* world play NUMBER: orders come from descriptor 3, a seed each. */
static int serve(int number)
{
	const struct rlimit no_core = { 0, 0 };
	struct networks networks;
	uint64_t seed;
	char directory[16];
	pid_t child;

	umask(0);
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(directory, sizeof(directory), "k%d", number);
	if (mkdir(directory, 0777) && errno != EEXIST)
		return 1;
	network_make(&networks);
	while (recv(CREW_CHANNEL_FD, &seed, sizeof(seed), 0) == sizeof(seed)) {
		child = fork();
		if (child == 0)
			play(seed, CREW_CHANNEL_FD, number, &networks);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "actor") == 0)
		return actor_main(argc, argv);
	if (argc == 3 && strcmp(argv[1], "play") == 0)
		return serve(strtol(argv[2], NULL, 10));
	fputs("world: the program `worlds` starts it\n", stderr);
	return 2;
}
