// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

#define VERSION_1 "/sys/fs/cgroup/memory"

static bool write_file(const char *directory, const char *name, const char *text)
{
	char path[320];
	int fd;
	bool written;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return written;
}

static bool make_below(struct memory_cgroup *cgroup, const char *mount, const char *limit_file)
{
	char limit[32];

	snprintf(limit, sizeof(limit), "%u", MEMORY_CGROUP_LIMIT);
	snprintf(cgroup->name, sizeof(cgroup->name), "sp-memory-%d", scenario_pid());
	snprintf(cgroup->path, sizeof(cgroup->path), "%s/%s", mount, cgroup->name);
	snprintf(cgroup->procs, sizeof(cgroup->procs), "%s/cgroup.procs", cgroup->path);
	if (mkdir(cgroup->path, 0755) < 0)
		return false;
	if (write_file(cgroup->path, limit_file, limit)) {
		/* Where there is swap. */
		write_file(cgroup->path, "memory.swap.max", "0");
		write_file(cgroup->path, "memory.swappiness", "0");
		return true;
	}
	rmdir(cgroup->path);
	return false;
}

void memory_cgroup_make(struct memory_cgroup *ret_cgroup)
{
	char mount[128];

	if (cgroup2_mount(mount, sizeof(mount))) {
		write_file(mount, "cgroup.subtree_control", "+memory");
		if (make_below(ret_cgroup, mount, "memory.max"))
			return;
	}
	if (!make_below(ret_cgroup, VERSION_1, "memory.limit_in_bytes"))
		scenario_skip("no controller for memory: %s", strerror(errno));
}

void memory_cgroup_kill_together(const struct memory_cgroup *cgroup)
{
	int error;

	if (write_file(cgroup->path, "memory.oom.group", "1"))
		return;
	error = errno;
	memory_cgroup_remove(cgroup);
	scenario_skip("memory.oom.group: %s", strerror(error));
}

void memory_cgroup_enter(const struct memory_cgroup *cgroup)
{
	int fd = open(cgroup->procs, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		scenario_die("%s", cgroup->procs);
	close(fd);
}

void memory_cgroup_remove(const struct memory_cgroup *cgroup)
{
	for (int i = 0; i < 100 && rmdir(cgroup->path) < 0; i++)
		usleep(10000);
}
