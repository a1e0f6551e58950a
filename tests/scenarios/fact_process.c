// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * process: what does this process see of itself in /proc? All paths use the /proc of the host. A
 * process in other namespaces still has that one mounted.
 */
#include "fact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scenario.h"

#define NSEC_PER_SEC 1000000000LL

/* Reads a small file and adds a NUL; returns its size. Exits if it cannot read the file. */
static size_t file_read(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = 1;

	if (fd < 0)
		scenario_die("%s", path);
	while (got > 0 && length < size - 1) {
		got = read(fd, buffer + length, size - 1 - length);
		if (got < 0)
			scenario_die("%s", path);
		length += got;
	}
	close(fd);
	buffer[length] = '\0';
	return length;
}

static void add_comm(struct fact *fact, const char *key, const char *path)
{
	char comm[64];
	size_t length = file_read(path, comm, sizeof(comm));

	if (length > 0)
		comm[length - 1] = '\0';
	fact_text(fact, key, comm);
}

static void add_identity(struct fact *fact)
{
	fact_number(fact, "pid", scenario_pid());
	fact_number(fact, "tid", scenario_tid());
	add_comm(fact, "comm", "/proc/self/comm");
	add_comm(fact, "thread", "/proc/thread-self/comm");
}

static long long status_number(const char *status, const char *key)
{
	const char *line = strstr(status, key);

	errno = 0;
	if (!line)
		scenario_die("no %s in /proc/thread-self/status", key);
	return strtoll(line + strlen(key), NULL, 10);
}

static void add_status(struct fact *fact)
{
	char status[8192], path[64];
	long long ppid;

	file_read("/proc/thread-self/status", status, sizeof(status));
	ppid = status_number(status, "\nPPid:");
	fact_number(fact, "ppid", ppid);
	snprintf(path, sizeof(path), "/proc/%lld/comm", ppid);
	add_comm(fact, "parent_comm", path);
	fact_number(fact, "uid", status_number(status, "\nUid:"));
	fact_number(fact, "gid", status_number(status, "\nGid:"));
}

static void add_cmdline(struct fact *fact)
{
	char cmdline[4096], list[8192] = "[";
	size_t size = file_read("/proc/self/cmdline", cmdline, sizeof(cmdline));
	size_t used = 1;

	/* The arguments come from the table of cases and need no escaping. */
	for (size_t at = 0; at < size; at += strlen(cmdline + at) + 1)
		used += snprintf(list + used, sizeof(list) - used, "%s\"%s\"", at ? "," : "",
				 cmdline + at);
	fact_json(fact, "cmdline", "%s]", list);
}

static void add_exe(struct fact *fact)
{
	char exe[4096] = { 0 };

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		scenario_die("/proc/self/exe");
	fact_text(fact, "exe", exe);
}

static long long clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static void add_start_time(struct fact *fact)
{
	long long boot_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	unsigned long long ticks;
	long long start_ns;
	char stat[1024], text[64];
	const char *field;
	struct tm utc;
	time_t seconds;

	file_read("/proc/self/stat", stat, sizeof(stat));
	field = strrchr(stat, ')'); /* the comm before it may hold spaces and parentheses */
	errno = 0;
	/* Fields 3 to 21 follow, then starttime. */
	if (!field || sscanf(field + 1,
			     " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			     "%*s %*s %llu",
			     &ticks) != 1)
		scenario_die("no start time in /proc/self/stat");
	start_ns = boot_ns + (long long)ticks * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
	seconds = start_ns / NSEC_PER_SEC;
	gmtime_r(&seconds, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	/* One tick because field 22 is rounded down, one for a step of the wall clock in between. */
	fact_json(fact, "start_time", "{\"$near\":\"%s.%09lldZ\",\"within_ms\":20}", text,
		  start_ns % NSEC_PER_SEC);
}

static void add_namespace(struct fact *fact, const char *key, const char *name)
{
	char path[64], link[64] = { 0 };
	const char *number;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		scenario_die("%s", path);
	number = strchr(link, '[');
	fact_number(fact, key, number ? strtoll(number + 1, NULL, 10) : -1);
}

bool cgroup2_mount(char *ret_path, size_t size)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096], root[1024], point[1024];
	bool found = false;

	if (!mounts)
		return false;
	while (!found && fgets(line, sizeof(line), mounts)) {
		if (!strstr(line, " - cgroup2 ") ||
		    sscanf(line, "%*s %*s %*s %1023s %1023s", root, point) != 2 ||
		    strcmp(root, "/") != 0)
			continue;
		snprintf(ret_path, size, "%s", point);
		found = true;
	}
	fclose(mounts);
	return found;
}

static void add_cgroup(struct fact *fact)
{
	char lines[8192], mount[1024], directory[8192];
	char *path, *end;
	struct stat st;

	file_read("/proc/self/cgroup", lines, sizeof(lines));
	path = strncmp(lines, "0::", 3) == 0 ? lines : strstr(lines, "\n0::");
	if (!path)
		return;
	path = strchr(path, '/');
	end = strchr(path, '\n');
	if (end)
		*end = '\0';
	fact_open(fact, "cgroup");
	fact_text(fact, "path", path);
	if (cgroup2_mount(mount, sizeof(mount))) {
		snprintf(directory, sizeof(directory), "%.1023s%.7000s", mount, path);
		if (stat(directory, &st) < 0)
			scenario_die("%s", directory);
		fact_number(fact, "id", st.st_ino);
	}
	fact_close(fact);
}

void fact_identity(struct fact *fact)
{
	fact_open(fact, "process");
	add_identity(fact);
	fact_close(fact);
}

void fact_process(struct fact *fact)
{
	fact_open(fact, "process");
	add_identity(fact);
	add_status(fact);
	add_exe(fact);
	add_cmdline(fact);
	add_start_time(fact);
	fact_number(fact, "ns_pid", getpid());
	add_namespace(fact, "pid_ns", "pid");
	add_namespace(fact, "net_ns", "net");
	add_cgroup(fact);
	fact_close(fact);
}
