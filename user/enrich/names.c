// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The names of a container and a pod. They belong to the id and the uid in the cgroup path, and to
 * nothing else: what is on disk was asked for by these.
 */
#include "blocks.h"

#include <string.h>

#include "containers.h"

/* Where the reasons go. */
struct name_fields {
	enum missing_field container_name, pod_name; /* with its namespace */
};

static enum missing_reason reason_of(unsigned char state)
{
	switch (state) {
	case EV_NAMES_NONE:
		return WHY_NOT_ON_DISK;
	case EV_NAMES_DISAGREE:
		return WHY_SOURCES_DISAGREE;
	case EV_NAMES_UNREADABLE:
		return WHY_STATE_UNREADABLE;
	case EV_NAMES_LATE:
		return WHY_FILE_SYSTEM_HANGS;
	case EV_NAMES_MANY:
		return WHY_TOO_MANY_ENTRIES;
	default:
		return WHY_NOT_RECORDED;
	}
}

/* A record can be hostile. */
static bool copy(const char *from, size_t size, char *to)
{
	if (!from[0] || strnlen(from, size) == size)
		return false;
	memcpy(to, from, size);
	return true;
}

/* LXC and systemd-nspawn name the cgroup by the name. */
static bool has_name_in_path(const struct incident_names *names)
{
	return names->runtime == EV_RUNTIME_LXC || names->runtime == EV_RUNTIME_NSPAWN;
}

static enum missing_reason take_container(const struct ev_names *disk, struct incident_names *names)
{
	if (has_name_in_path(names)) {
		strcpy(names->container_name, names->container);
		return WHY_NONE;
	}
	if (names->have_user)
		return WHY_NAMES_OF_USER;
	if (disk->container_state != EV_NAMES_FOUND)
		return reason_of(disk->container_state);
	return copy(disk->container, sizeof(disk->container), names->container_name)
		       ? WHY_NONE
		       : WHY_STATE_UNREADABLE;
}

static enum missing_reason take_pod(const struct ev_names *disk, struct incident_names *names)
{
	if (disk->pod_state != EV_NAMES_FOUND)
		return reason_of(disk->pod_state);
	if (copy(disk->pod, sizeof(disk->pod), names->pod_name) &&
	    copy(disk->pod_namespace, sizeof(disk->pod_namespace), names->pod_namespace))
		return WHY_NONE;
	names->pod_name[0] = '\0';
	return WHY_STATE_UNREADABLE;
}

static void apply(struct incident *incident, const struct ev_names *disk,
		  struct incident_names *names, const struct name_fields *fields)
{
	if (names->container[0]) {
		incident_note_missing(incident, fields->container_name,
				      take_container(disk, names));
		if (!names->runtime && disk->runtime < EV_RUNTIMES)
			names->runtime = disk->runtime;
	}
	if (names->pod[0])
		incident_note_missing(incident, fields->pod_name, take_pod(disk, names));
}

static const struct ev_names nothing;

void names_enrich(struct incident *incident, const struct enrich_options *options)
{
	static const struct name_fields fields = {
		MISSING_CONTAINER_NAME,
		MISSING_POD_NAME,
	};
	struct incident_process *process = &incident->process;
	struct ev_names *disk = &incident->on_disk;
	bool is_it;

	if (options->live && (process->names.container[0] || process->names.pod[0])) {
		containers_find(options->containers, &process->names, disk);
		disk->pid = process->pid;
		disk->start_boot_ns = process->start_boot_ns;
	}
	is_it = disk->pid == process->pid && disk->start_boot_ns == process->start_boot_ns;
	apply(incident, is_it ? disk : &nothing, &process->names, &fields);
}

bool peer_names_read(const struct enrich_options *options, struct incident *incident)
{
	const struct ev_peer *detail = &incident->peer_detail;
	struct ev_names *disk = &incident->peer_on_disk;
	struct names_missing missing;
	struct incident_names names;
	struct incident_path cgroup = { 0 };

	peer_detail_cgroup(detail, &cgroup);
	container_find(&cgroup, &names, &missing);
	if (!names.container[0] && !names.pod[0])
		return false;
	containers_find(options->containers, &names, disk);
	disk->pid = detail->pid;
	disk->start_boot_ns = detail->start_boot_ns;
	return true;
}

void peer_names_apply(struct incident *incident)
{
	static const struct name_fields fields = {
		MISSING_PEER_CONTAINER_NAME,
		MISSING_PEER_POD_NAME,
	};
	struct incident_peer_process *peer = &incident->peer;
	const struct ev_names *disk = &incident->peer_on_disk;
	bool is_it = disk->pid == peer->pid && disk->start_boot_ns == peer->start_boot_ns;

	apply(incident, is_it ? disk : &nothing, &peer->names, &fields);
}
