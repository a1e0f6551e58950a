// SPDX-License-Identifier: GPL-2.0-or-later
/* Has sigpath written its report? Reads the file whenever inotify(7) reports a change. */
#include "reported.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "scenario.h"

static bool is_reported(const char *path, pid_t pid)
{
	FILE *report = fopen(path, "re");
	char wanted[32], *line = NULL;
	bool found = false;
	size_t size = 0;

	if (!report)
		scenario_die("%s", path);
	snprintf(wanted, sizeof(wanted), "\"process\":{\"pid\":%d,", pid);
	while (!found && getline(&line, &size, report) > 0)
		found = strstr(line, wanted) && strchr(line, '\n');
	free(line);
	fclose(report);
	return found;
}

void reported_wait(pid_t pid)
{
	const char *path = getenv("SCENARIO_REPORT");
	char events[4096];
	int watch;

	if (!path)
		return;
	watch = inotify_init1(IN_CLOEXEC);
	if (watch < 0 || inotify_add_watch(watch, path, IN_MODIFY) < 0)
		scenario_die("inotify: %s", path);
	/* If the line never comes, the runner's time limit ends this program. */
	while (!is_reported(path, pid)) {
		if (read(watch, events, sizeof(events)) < 0 && errno != EINTR)
			scenario_die("inotify: read");
	}
	close(watch);
}
