// SPDX-License-Identifier: GPL-2.0-or-later
/* A write in a thread with the smallest possible stack. */
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

#include "marker.h"

void *work(void *argument);

static int __attribute__((noinline)) step(void)
{
	int done = (int)write(1, STACK_MARKER, sizeof(STACK_MARKER));

	__asm__ volatile("");
	return done;
}

void *work(void *argument)
{
	return step() ? argument : NULL;
}

int main(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN));
	if (pthread_create(&thread, &attributes, work, NULL))
		return 1;
	return pthread_join(thread, NULL);
}
