// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is this process? Every number is the host's, because /proc is the one of the host. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"

#define START_TIME_FIELD 22 /* of /proc/PID/stat */

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

pid_t identity_tid(void)
{
	char link[64];
	ssize_t length = readlink("/proc/thread-self", link, sizeof(link) - 1);

	if (length <= 0)
		return 0;
	link[length] = '\0';
	return strtol(strrchr(link, '/') + 1, NULL, 10);
}

static uint64_t start_ticks(const char *stat)
{
	const char *at = strrchr(stat, ')');

	/* The name may hold spaces. The field after it is the third one. */
	for (int field = 2; at && field < START_TIME_FIELD; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

static void read_cmdline(char text[ACTOR_COMMAND_SIZE])
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, ACTOR_COMMAND_SIZE - 1);

	close(fd);
	/* Every argument ends with a NUL. */
	length = length > 0 ? length - 1 : 0;
	for (ssize_t i = 0; i < length; i++)
		if (!text[i])
			text[i] = ' ';
	text[length] = '\0';
}

void identity_read(struct identity *ret_identity)
{
	char stat[1024];
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
	const char *name, *name_end;

	memset(ret_identity, 0, sizeof(*ret_identity));
	close(fd);
	stat[length > 0 ? length : 0] = '\0';
	ret_identity->pid = strtol(stat, NULL, 10);
	ret_identity->start_ticks = start_ticks(stat);
	ret_identity->uid = getuid();
	name = strchr(stat, '(');
	name_end = strrchr(stat, ')');
	if (name && name_end)
		snprintf(ret_identity->comm, sizeof(ret_identity->comm), "%.*s",
			 (int)(name_end - name - 1), name + 1);
	length = readlink("/proc/self/exe", ret_identity->exe, sizeof(ret_identity->exe) - 1);
	if (length < 0)
		ret_identity->exe[0] = '\0';
	read_cmdline(ret_identity->cmdline);
}
