// SPDX-License-Identifier: GPL-2.0-or-later
/* A write in a signal handler. With an argument the handler has its own stack. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "marker.h"

void on_signal(int number);
void __attribute__((noinline)) interrupted(void);

static volatile int written;

void on_signal(int number)
{
	written = (int)write(number ? 1 : 2, STACK_MARKER, sizeof(STACK_MARKER));
}

void interrupted(void)
{
	raise(SIGUSR1);
	__asm__ volatile("");
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	stack_t stack = { .ss_size = 65536 };

	if (argc > 1) {
		stack.ss_sp = malloc(stack.ss_size);
		action.sa_flags = SA_ONSTACK;
		sigaltstack(&stack, NULL);
	}
	sigaction(SIGUSR1, &action, NULL);
	interrupted();
	return argv[0] ? 0 : 1;
}
