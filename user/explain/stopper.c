// SPDX-License-Identifier: GPL-2.0-or-later
#include "stopper.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cgroup_unit.h"
#include "units.h"

/* Programs that send signals into containers. The runtimes start the first three for each signal. */
static const char *const container_programs[] = {
	"runc",
	"crun",
	"youki",
	"containerd-shim-runc-v2",
	"containerd-shim",
	"containerd",
	"dockerd",
	"kubelet",
	"conmon",
	"crio",
	"k3s",
};

/* And the services that they belong to, which only root can make. */
static const struct {
	const char *unit, *name;
} container_services[] = {
	{ "containerd.service", "containerd" },
	{ "docker.service", "docker" },
	{ "crio.service", "cri-o" },
	{ "kubelet.service", "kubelet" },
	{ "k3s.service", "k3s" },
	{ "k3s-agent.service", "k3s" },
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && !strcmp(text + length - size, end);
}

static bool is_whole(const struct incident_path *path)
{
	return path->have && !path->truncated;
}

/*
 * systemd is in init.scope, and what it manages is in the cgroups beside that: at the root of the
 * tree, in a container, or below user@1000.service. Nobody but a manager has this scope there: a
 * manager of a user can only send signals to processes of that user.
 */
static bool is_manager_of(const struct incident_sender *sender,
			  const struct incident_process *process, struct stopper *ret_stopper)
{
	static const char scope[] = "/init.scope";
	size_t base;
	char user[sizeof("/user@4294967295.service")];

	if (!is_whole(&sender->cgroup) || !is_whole(&process->cgroup) ||
	    !ends_with(sender->cgroup.text, scope))
		return false;
	base = strlen(sender->cgroup.text) - strlen(scope);
	if (strncmp(sender->cgroup.text, process->cgroup.text, base) != 0 ||
	    process->cgroup.text[base] != '/' || !strcmp(process->cgroup.text + base, scope))
		return false;
	if (!cgroup_unit(&process->cgroup, base, ret_stopper->unit))
		ret_stopper->unit[0] = '\0';
	if (!strstr(sender->cgroup.text, "/user@"))
		return sender->uid == 0;
	ret_stopper->is_of_user = true;
	snprintf(user, sizeof(user), "/user@%" PRIu32 ".service", sender->uid);
	return base >= strlen(user) &&
	       !strncmp(sender->cgroup.text + base - strlen(user), user, strlen(user));
}

static bool is_systemd(const struct incident *incident, struct stopper *ret_stopper)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return is_whole(&sender->exe) && ends_with(sender->exe.text, "/systemd/systemd") &&
	       is_manager_of(sender, &incident->process, ret_stopper);
}

static const char *runtime_name(const struct incident_sender *sender)
{
	for (size_t i = 0; i < ARRAY_SIZE(container_services); i++)
		if (!strcmp(sender->names.unit, container_services[i].unit))
			return container_services[i].name;
	return NULL;
}

static bool is_container_program(const struct incident_path *exe)
{
	const char *name = is_whole(exe) ? strrchr(exe->text, '/') : NULL;

	for (size_t i = 0; name && i < ARRAY_SIZE(container_programs); i++)
		if (!strcmp(name + 1, container_programs[i]))
			return true;
	return false;
}

/* It is root's and outside of all containers, and the process is in one. */
static bool is_runtime(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return sender->uid == 0 && is_whole(&sender->cgroup) && !sender->names.container[0] &&
	       incident->process.names.container[0] && is_container_program(&sender->exe) &&
	       runtime_name(sender);
}

struct stopper stopper_find(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;
	struct stopper systemd = { .kind = STOPPER_SYSTEMD, .name = "systemd" };

	if (!sender->have || sender->pid == incident->process.pid)
		return (struct stopper){ .kind = STOPPER_NONE };
	if (is_systemd(incident, &systemd))
		return systemd;
	if (is_runtime(incident))
		return (struct stopper){ .kind = STOPPER_RUNTIME, .name = runtime_name(sender) };
	return (struct stopper){ .kind = STOPPER_NONE };
}
