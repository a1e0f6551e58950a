// SPDX-License-Identifier: GPL-2.0-or-later
#include "filter.h"

#include <string.h>

#include "units.h"

/* As in a live run: the numbers in the PID namespace of the sigpath that made the record. */
static bool wants_pid(const struct options *options, uint32_t pid)
{
	for (size_t i = 0; i < options->pid_count; i++) {
		if ((uint32_t)options->pids[i] == pid)
			return true;
	}
	return !options->pid_count;
}

static const char *skip_slashes(const char *path)
{
	return path + strspn(path, "/");
}

/*
 * The rest of PATH after the components of START; NULL if PATH does not begin with them. Repeated
 * and trailing slashes do not count.
 */
static const char *skip_components(const char *path, const char *start)
{
	for (;;) {
		size_t length;

		path = skip_slashes(path);
		start = skip_slashes(start);
		length = strcspn(start, "/");
		if (!length)
			return path;
		if (length != strcspn(path, "/") || memcmp(path, start, length) != 0)
			return NULL;
		path += length;
		start += length;
	}
}

/*
 * The PATH of --cgroup may begin with a mount point of cgroup2, or be relative to the root of the
 * hierarchy.
 */
static bool wants_cgroup(const char *wanted, const struct incident_path *cgroup)
{
	/* Beside version 1, systemd mounts version 2 at the second. */
	static const char *const mounts[] = { "/", "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	/* A truncated path has lost its first components, so the answer is not known. */
	if (!cgroup->have || cgroup->truncated)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		const char *below = skip_components(wanted, mounts[i]);

		if (below && skip_components(cgroup->text, below))
			return true;
	}
	return false;
}

static bool wants_process(const struct options *options, const struct incident_process *process)
{
	if (!wants_pid(options, incident_number_here(process->pid, process->pid_here)))
		return false;
	if (options->tid &&
	    (uint32_t)options->tid != incident_number_here(process->tid, process->tid_here))
		return false;
	if (options->have_uid && options->uid != process->uid)
		return false;
	if (options->comm && strcmp(options->comm, process->comm) != 0 &&
	    strcmp(options->comm, process->thread) != 0)
		return false;
	return !options->cgroup || wants_cgroup(options->cgroup, &process->cgroup);
}

bool filter_wants_outcome(const struct options *options, enum ev_outcome outcome)
{
	return !options->outcomes || options->outcomes & (UINT32_C(1) << outcome);
}

bool filter_wants_class(const struct options *options, enum incident_class class,
			enum severity severity)
{
	const uint32_t bit = UINT32_C(1) << class;

	if (options->classes ? !(options->classes & bit) : options->classes_not & bit)
		return false;
	return severity >= options->min_severity;
}

bool filter_wants(const struct options *options, const struct incident *incident)
{
	if (!filter_wants_outcome(options, incident->outcome))
		return false;
	if (options->objects && !(options->objects & (UINT32_C(1) << incident->object.type)))
		return false;
	if (!(options->signals & (UINT64_C(1) << (incident->signal.number - 1))))
		return false;
	return wants_process(options, &incident->process);
}
