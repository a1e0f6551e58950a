// SPDX-License-Identifier: GPL-2.0-or-later
/* The blocks LIMIT, MEMORY, SECCOMP and NAMESPACE: the kernel's reason to kill the process. */
#include <errno.h>
#include <string.h>

#include "decode_private.h"

static void copy_text(char *to, const char *from, size_t size)
{
	memcpy(to, from, size);
	to[size] = '\0';
}

static int limit_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_limit *limit = &incident->limit;
	struct ev_limit from;

	if (!block_read(view, EV_BLOCK_LIMIT, &from, sizeof(from)))
		return 0;
	if (from.kind < EV_LIMIT_CPU || from.kind > EV_LIMIT_RTTIME)
		return -EBADMSG;
	*limit = (struct incident_limit){
		.have = true,
		.kind = from.kind,
		.is_hard = from.flags & EV_LIMIT_HARD,
		.soft = from.soft,
		.hard = from.hard,
		.have_used = from.flags & EV_LIMIT_HAVE_USED,
		.used = from.used,
		.have_offset = from.flags & EV_LIMIT_HAVE_OFFSET,
		.offset = from.offset,
	};
	return 0;
}

static void memory_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_memory *memory = &incident->memory;
	struct ev_memory from;

	if (!block_read(view, EV_BLOCK_MEMORY, &from, sizeof(from)))
		return;
	*memory = (struct incident_memory){
		.have = true,
		.flags = from.flags,
		.resident = from.resident,
		.swapped = from.swapped,
		.tables = from.tables,
		.score_adj = from.score_adj,
		.cgroup_id = from.cgroup_id,
		.limit_cgroup_id = from.limit_cgroup_id,
		.cgroup_limit = from.cgroup_limit,
		.cgroup_usage = from.cgroup_usage,
		.trigger_pid = from.trigger_pid,
		.trigger_uid = from.trigger_uid,
		.trigger_pid_here = { incident->numbers.pid_ns != 0, from.trigger_pid_here },
		.chosen_pid = from.chosen_pid,
		.chosen_pid_here = { incident->numbers.pid_ns != 0, from.chosen_pid_here },
		.chosen_start_boot_ns = from.chosen_start_boot_ns,
		.is_chosen = from.chosen_pid && from.chosen_pid == incident->process.pid &&
			     from.chosen_start_boot_ns == incident->process.start_boot_ns,
	};
	copy_text(memory->limit_cgroup, from.limit_cgroup, sizeof(from.limit_cgroup));
	copy_text(memory->trigger_comm, from.trigger_comm, sizeof(from.trigger_comm));
	copy_text(memory->chosen_comm, from.chosen_comm, sizeof(from.chosen_comm));
}

/* After the call: a record without memory has no registers, and its arguments are 0. */
static int seccomp_decode(const struct record_view *view, struct incident *incident)
{
	struct ev_seccomp from;

	if (!block_read(view, EV_BLOCK_SECCOMP, &from, sizeof(from)))
		return 0;
	if (from.action > EV_SECCOMP_KILL)
		return -EBADMSG;
	incident->seccomp = (struct incident_seccomp){
		.have = true,
		.action = from.action,
		.is_strict = from.mode == 1,
		.filters = from.filters,
		.ip = from.ip,
		.have_args = incident->syscall.have && block_have(view, EV_BLOCK_THREAD),
	};
	return 0;
}

static void namespace_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_namespace *namespace = &incident->namespace_end;
	struct ev_namespace from;

	if (!block_read(view, EV_BLOCK_NAMESPACE, &from, sizeof(from)))
		return;
	*namespace = (struct incident_namespace){
		.have = true,
		.pid = from.pid,
		.pid_here = { incident->numbers.pid_ns != 0, from.pid_here },
		.status = from.status,
		.inode = from.inode,
	};
	copy_text(namespace->comm, from.comm, sizeof(from.comm));
}

int kill_decode(const struct record_view *view, struct incident *incident)
{
	int error = limit_decode(view, incident);

	if (!error)
		error = seccomp_decode(view, incident);
	memory_decode(view, incident);
	namespace_decode(view, incident);
	return error;
}
