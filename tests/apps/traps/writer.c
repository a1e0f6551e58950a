// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes to its broken standard output, in one of the ways that surprise people. Starts after a
 * line of its standard input. If it survives, it exits at the end of its input.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wait_for_line(void)
{
	char byte = 0;

	while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
		;
}

static void on_pipe(int number)
{
	(void)number;
}

static void on_pipe_raise(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

static void *write_it(void *unused)
{
	ssize_t sent = write(STDOUT_FILENO, "trap\n", 5);

	(void)sent;
	return unused;
}

static void *write_blocked(void *unused)
{
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	write_it(NULL);
	wait_for_line();
	return unused;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "write";
	pthread_t thread;

	wait_for_line();
	if (!strcmp(how, "stdio")) {
		puts("trap");
		fflush(stdout);
	} else if (!strcmp(how, "blocked")) {
		if (pthread_create(&thread, NULL, write_blocked, NULL))
			return EXIT_FAILURE;
		pthread_join(thread, NULL);
	} else {
		if (!strcmp(how, "handler"))
			signal(SIGPIPE, on_pipe);
		else if (!strcmp(how, "raise"))
			signal(SIGPIPE, on_pipe_raise);
		write_it(NULL);
		wait_for_line();
	}
	return EXIT_SUCCESS;
}
