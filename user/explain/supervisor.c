// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor.h"

#include <string.h>

#include "units.h"

/* A name of the kernel: at most 15 bytes. */
static const char *const inits[] = {
	"systemd",     "init", "runit",	    "dinit",	   "s6-svscan",
	"openrc-init", "tini", "dumb-init", "docker-init", "catatonit"
};
static const char *const shims[] = { "containerd-shim", "conmon" };
static const char *const log_takers[] = { "systemd-journal", "containerd-shim", "conmon",
					  "dockerd",	     "s6-log",		"svlogd",
					  "multilog",	     "supervisord" };

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Of the host, or of the PID namespace in which sigpath runs. */
static bool is_child_of_pid_1(const struct incident_process *process)
{
	return process->ppid == 1 || (process->ppid_here.differs && process->ppid_here.number == 1);
}

/* .../user@1000.service/app.slice/web.service */
static bool is_below_user_manager(const struct incident_process *process)
{
	const char *manager = process->cgroup.have ? strstr(process->cgroup.text, "/user@") : NULL;

	return manager && strstr(manager, ".service/") &&
	       strncmp(process->names.unit, "user@", strlen("user@")) != 0;
}

/*
 * A systemd with another number than 1 is a user manager, or PID 1 of a container. The record does
 * not have the cgroup of the parent, so that of the process has to fit.
 */
static bool is_of_systemd(const struct incident_process *process)
{
	return !strcmp(process->parent_comm, "systemd") &&
	       supervisor_is_service(process->names.unit) &&
	       (is_child_of_pid_1(process) || is_below_user_manager(process) ||
		process->names.container[0]);
}

static bool is_of_other_init(const struct incident_process *process)
{
	return is_child_of_pid_1(process) && strcmp(process->parent_comm, "systemd") != 0 &&
	       is_among(process->parent_comm, inits, ARRAY_SIZE(inits));
}

/*
 * The shim adopts the first process of the container, because the runtime that forked it exits.
 * What `exec` runs in the container has the same parent, and another number in its PID namespace.
 */
static bool is_of_shim(const struct incident_process *process)
{
	return process->names.container[0] && process->ns_pid == 1 &&
	       is_among(process->parent_comm, shims, ARRAY_SIZE(shims));
}

/*
 * All of these inits call setsid() or setpgid() for what they start. Without the flag the parent
 * may only have adopted the process.
 */
static bool is_started_by_parent(const struct incident_process *process)
{
	return process->flags & EV_PROCESS_PARENT_FORKED && process->pid &&
	       process->pgid == process->pid;
}

bool supervisor_started(const struct incident *incident)
{
	const struct incident_process *process = &incident->process;

	return is_of_shim(process) || (is_started_by_parent(process) &&
				       (is_of_systemd(process) || is_of_other_init(process)));
}

bool supervisor_is_service(const char *unit)
{
	static const char suffix[] = ".service";
	size_t length = strlen(unit), end = sizeof(suffix) - 1;

	return length > end && !strcmp(unit + length - end, suffix);
}

bool supervisor_takes_logs(const char *comm)
{
	return is_among(comm, log_takers, ARRAY_SIZE(log_takers));
}
