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
#include <sys/wait.h>
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

static void block_pipe(int how)
{
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(how, &pipe, NULL);
}

static void *write_blocked(void *unused)
{
	block_pipe(SIG_BLOCK);
	write_it(NULL);
	wait_for_line();
	return unused;
}

static void write_in_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, write_blocked, NULL))
		exit(EXIT_FAILURE);
	pthread_join(thread, NULL);
}

/* As a library does it: the signal is gone before the thread takes signals again. */
static void write_and_take(void)
{
	sigset_t pending;
	int number;

	block_pipe(SIG_BLOCK);
	write_it(NULL);
	sigpending(&pending);
	sigwait(&pending, &number);
	block_pipe(SIG_UNBLOCK);
	wait_for_line();
}

/* In a child that runs the same program, and that the parent waits for. */
static void write_in_child(void)
{
	pid_t child;

	signal(SIGPIPE, SIG_IGN);
	child = fork();
	if (!child) {
		write_it(NULL);
		wait_for_line();
		_exit(EXIT_SUCCESS);
	}
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "write";

	wait_for_line();
	if (!strcmp(how, "stdio")) {
		puts("trap");
		fflush(stdout);
	} else if (!strcmp(how, "blocked")) {
		write_in_thread();
	} else if (!strcmp(how, "blocked-ignored")) {
		signal(SIGPIPE, SIG_IGN);
		write_in_thread();
	} else if (!strcmp(how, "take")) {
		write_and_take();
	} else if (!strcmp(how, "child")) {
		write_in_child();
	} else {
		if (!strcmp(how, "handler"))
			signal(SIGPIPE, on_pipe);
		else if (!strcmp(how, "ignore"))
			signal(SIGPIPE, SIG_IGN);
		else if (!strcmp(how, "raise"))
			signal(SIGPIPE, on_pipe_raise);
		write_it(NULL);
		wait_for_line();
	}
	return EXIT_SUCCESS;
}
