// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which systemd unit, container and pod does a cgroup path name? Work on the string alone, as the
 * path outlives the process.
 *
 * Whoever owns a part of the cgroup tree can give the cgroups in it any name: a user below
 * user@UID.service, a service with Delegate=yes, the root of a container. So a container or a pod
 * counts only if nobody but root and its runtimes can have made each cgroup down to it: slices, and
 * names that is_of_a_runtime() knows. Of containers in containers it is the outermost. A container
 * of a user is told with that user. The unit is the innermost one, and no proof.
 *
 * /system.slice/docker-<id>.scope              docker, systemd driver
 * /docker/<id>                                 docker, cgroupfs driver
 * /kubepods.slice/kubepods-pod<uid>.slice/cri-containerd-<id>.scope
 * /kubepods/burstable/pod<uid>/<id>            kubelet, cgroupfs driver
 * /system.slice/containerd.service/kubepods-besteffort-pod<uid>.slice:cri-containerd:<id>
 * /user.slice/user-1000.slice/user@1000.service/user.slice/libpod-<id>.scope/container
 * /lxc.payload.web/system.slice/nginx.service
 * /machine.slice/machine-web.scope/payload
 */
#include "blocks.h"
#include "units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define CONTAINER_ID_LENGTH 64

struct part {
	const char *text;
	size_t length;
};

static bool next_part(const char **cursor, struct part *ret_part)
{
	const char *text = *cursor + strspn(*cursor, "/");

	if (*text == '\0')
		return false;
	ret_part->text = text;
	ret_part->length = strcspn(text, "/");
	*cursor = text + ret_part->length;
	return true;
}

static bool part_equals(struct part part, const char *text)
{
	return part.length == strlen(text) && memcmp(part.text, text, part.length) == 0;
}

/*
 * Removes PREFIX from the start of PART. False, and PART unchanged, if PART does not start with it
 * or is nothing else.
 */
static bool take_prefix(struct part *part, const char *prefix)
{
	size_t length = strlen(prefix);

	if (part->length <= length || memcmp(part->text, prefix, length) != 0)
		return false;
	part->text += length;
	part->length -= length;
	return true;
}

static bool take_suffix(struct part *part, const char *suffix)
{
	size_t length = strlen(suffix);

	if (part->length <= length ||
	    memcmp(part->text + part->length - length, suffix, length) != 0)
		return false;
	part->length -= length;
	return true;
}

/* Removes everything up to and including the last MARK from PART. */
static bool take_through_last(struct part *part, const char *mark)
{
	size_t length = strlen(mark);

	for (size_t at = part->length; at-- > 0;) {
		if (part->length - at > length && memcmp(part->text + at, mark, length) == 0) {
			part->text += at + length;
			part->length -= at + length;
			return true;
		}
	}
	return false;
}

/* Hexadecimal in lower case, as the runtimes write it. */
static bool is_hex(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

static bool is_container_id(struct part part)
{
	if (part.length != CONTAINER_ID_LENGTH)
		return false;
	for (size_t at = 0; at < part.length; at++) {
		if (!is_hex(part.text[at]))
			return false;
	}
	return true;
}

/* unit_name_is_valid() of systemd: only these bytes. */
static bool is_unit_byte(char byte)
{
	return isalnum((unsigned char)byte) || (byte && strchr(":-_.\\@", byte));
}

/* The unit types that have processes, without slices: those group units. */
static bool find_unit(struct part part, struct part *ret_unit)
{
	static const char *const suffixes[] = { ".service", ".scope", ".socket", ".mount",
						".swap" };
	bool have_suffix = false;

	/*
	 * cg_escape() of systemd adds a '_' before names that would collide with names of the
	 * kernel.
	 */
	take_prefix(&part, "_");
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		struct part stem = part;

		if (take_suffix(&stem, suffixes[i]))
			have_suffix = true;
	}
	for (size_t at = 0; have_suffix && at < part.length; at++)
		have_suffix = is_unit_byte(part.text[at]);
	if (have_suffix)
		*ret_unit = part;
	return have_suffix;
}

/* <runtime>-<id>.scope, or <id> alone below a parent of any name. The monitors of the runtimes
 * (crio-conmon-<id>.scope, libpod-conmon-<id>.scope) are outside of the container. */
static bool find_container_id(struct part part, struct part *ret_id,
			      enum ev_container_runtime *ret_runtime)
{
	static const struct {
		const char *prefix;
		enum ev_container_runtime runtime;
	} runtimes[] = {
		{ "docker-", EV_RUNTIME_DOCKER },      { "cri-containerd-", EV_RUNTIME_CONTAINERD },
		{ "crio-", EV_RUNTIME_CRIO },	       { "libpod-", EV_RUNTIME_PODMAN },
		{ "nerdctl-", EV_RUNTIME_CONTAINERD },
	};
	struct part slice = part;

	take_suffix(&part, ".scope");
	/* kubepods-besteffort-pod<uid>.slice:cri-containerd:<id> */
	if (take_through_last(&part, ":") && take_through_last(&slice, ".slice:") &&
	    take_prefix(&slice, "cri-containerd:"))
		*ret_runtime = EV_RUNTIME_CONTAINERD;
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++) {
		if (!take_prefix(&part, runtimes[i].prefix))
			continue;
		*ret_runtime = runtimes[i].runtime;
		break;
	}
	if (!is_container_id(part))
		return false;
	*ret_id = part;
	return true;
}

/* Containers with a name instead of an ID: LXC, LXD, systemd-nspawn. */
static bool find_container_name(struct part previous, struct part part, struct part next,
				struct part *ret_name, enum ev_container_runtime *ret_runtime)
{
	struct part name = part;

	*ret_runtime = EV_RUNTIME_LXC;
	if (take_prefix(&name, "lxc.payload.") || part_equals(previous, "lxc") ||
	    part_equals(previous, "lxc.payload")) {
		*ret_name = name;
		return true;
	}
	*ret_runtime = EV_RUNTIME_NSPAWN;
	/* systemd-nspawn itself sits in "supervisor" beside the container's "payload". libvirt
	 * names the scope of a virtual machine machine-qemu\x2d<n>\x2d<name>.scope. */
	if (take_prefix(&name, "machine-") && take_suffix(&name, ".scope")) {
		struct part guest = name;

		if (part_equals(next, "supervisor") || take_prefix(&guest, "qemu\\x2d"))
			return false;
		*ret_name = name;
		return true;
	}
	name = part;
	if (take_prefix(&name, "systemd-nspawn@") && take_suffix(&name, ".service") &&
	    part_equals(next, "payload")) {
		*ret_name = name;
		return true;
	}
	return false;
}

/* A UUID with dashes or, in a slice, underscores; static pods have 32 digits without any. */
static bool is_pod_uid(struct part part)
{
	size_t digits = 0;

	for (size_t at = 0; at < part.length; at++) {
		bool separator = part.text[at] == '-' || part.text[at] == '_';

		if (!separator && !is_hex(part.text[at]))
			return false;
		if (separator !=
		    (part.length == 36 && (at == 8 || at == 13 || at == 18 || at == 23)))
			return false;
		digits += !separator;
	}
	return digits == 32;
}

static bool find_pod(struct part part, struct part *ret_uid)
{
	const char *colon = memchr(part.text, ':', part.length);

	if (colon)
		part.length = (size_t)(colon - part.text);
	if (take_suffix(&part, ".slice")) {
		if (!take_through_last(&part, "-pod"))
			return false;
	} else if (!take_prefix(&part, "pod")) {
		return false;
	}
	if (!is_pod_uid(part))
		return false;
	*ret_uid = part;
	return true;
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Copies a name and converts systemd's \xHH back to bytes. False if it does not fit. */
static bool copy_name(struct part name, char *buffer, size_t size)
{
	size_t length = 0;

	for (size_t at = 0; at < name.length; at++) {
		const char *text = name.text + at;
		int high = -1, low = -1;

		if (name.length - at >= 4 && text[0] == '\\' && text[1] == 'x') {
			high = hex_value(text[2]);
			low = hex_value(text[3]);
		}
		if (length + 1 >= size)
			return false;
		if (high >= 0 && low >= 0 && (high || low)) {
			buffer[length++] = (char)(high << 4 | low);
			at += 3;
		} else {
			buffer[length++] = *text;
		}
	}
	buffer[length] = '\0';
	return true;
}

/* --- whose part of the tree --- */

enum zone {
	ZONE_ROOT,   /* only root, and the runtimes that it has started, make cgroups here */
	ZONE_USER,   /* below the manager of a user, who owns it */
	ZONE_OTHERS, /* anybody to whom a service has given it */
};

struct found {
	struct part unit, container, pod;
	enum ev_container_runtime runtime;
	bool have_user, is_of_others;
	uint32_t user;
};

/* In which the runtimes make the cgroups of containers, as root, without systemd or beside it. */
static bool is_of_a_runtime(struct part part)
{
	static const char *const names[] = {
		"docker",
		"kubepods",
		"burstable",
		"besteffort",
		"kubelet",
		"libpod_parent",
		"k8s.io",
		"default",
		"lxc",
		"lxc.payload",
		"actions_job",
		"docker.service",
		"crio.service",
		"k3s.service",
		"k3s-agent.service",
		"containerd.service",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (part_equals(part, names[i]))
			return true;
	return false;
}

/* user@1000.service below user-1000.slice: systemd gives it to the user. */
static bool is_user_manager(struct part previous, struct part part, uint32_t *ret_uid)
{
	struct part slice = previous;
	uint64_t uid = 0;

	if (!take_prefix(&part, "user@") || !take_suffix(&part, ".service") ||
	    !take_prefix(&slice, "user-") || !take_suffix(&slice, ".slice") ||
	    part.length != slice.length || memcmp(part.text, slice.text, part.length) != 0 ||
	    part.length > 10)
		return false;
	for (size_t at = 0; at < part.length; at++) {
		if (!isdigit((unsigned char)part.text[at]))
			return false;
		uid = uid * 10 + (uint64_t)(part.text[at] - '0');
	}
	*ret_uid = (uint32_t)uid;
	return uid < UINT32_MAX;
}

/* The zone of what is below PART. */
static enum zone zone_below(enum zone zone, struct part previous, struct part part,
			    struct found *found)
{
	struct part slice = part, uid;

	if (zone != ZONE_ROOT)
		return zone;
	if (is_user_manager(previous, part, &found->user)) {
		found->have_user = true;
		return ZONE_USER;
	}
	return take_suffix(&slice, ".slice") || is_of_a_runtime(part) || find_pod(part, &uid)
		       ? ZONE_ROOT
		       : ZONE_OTHERS;
}

/* The first container on the way down has started all that is below it. */
static void take_container(enum zone zone, struct part previous, struct part part, struct part next,
			   struct found *found)
{
	enum ev_container_runtime runtime = EV_RUNTIME_UNKNOWN;
	struct part hit;

	if (found->container.length || (!find_container_id(part, &hit, &runtime) &&
					!find_container_name(previous, part, next, &hit, &runtime)))
		return;
	if (zone == ZONE_OTHERS) {
		found->is_of_others = true;
		return;
	}
	if (!runtime && part_equals(previous, "docker"))
		runtime = EV_RUNTIME_DOCKER;
	found->container = hit;
	found->runtime = runtime;
}

static void take_pod(enum zone zone, struct part part, struct found *found)
{
	struct part hit;

	if (found->container.length || found->pod.length || !find_pod(part, &hit))
		return;
	if (zone == ZONE_ROOT)
		found->pod = hit;
	else
		found->is_of_others = true;
}

static void search(const struct incident_path *cgroup, struct found *ret_found)
{
	/* Above what was cut off there may be anything. */
	enum zone zone = cgroup->truncated ? ZONE_OTHERS : ZONE_ROOT;
	struct part previous = { "", 0 }, part, next, hit;
	const char *path = cgroup->text;
	bool more = next_part(&path, &part);

	while (more) {
		next = (struct part){ "", 0 };
		more = next_part(&path, &next);
		if (find_unit(part, &hit))
			ret_found->unit = hit;
		/* The pod first: containerd without systemd has both in one component. */
		take_pod(zone, part, ret_found);
		take_container(zone, previous, part, next, ret_found);
		zone = zone_below(zone, previous, part, ret_found);
		previous = part;
		part = next;
	}
}

/* A name that was not found may be in the truncated part. */
static enum missing_reason reason_of(const struct incident_path *cgroup, enum missing_reason reason)
{
	return cgroup->truncated ? WHY_CGROUP_CUT_OFF : reason;
}

static void take_found(const struct incident_path *cgroup, const struct found *found,
		       struct incident_names *ret_names, struct names_missing *ret_missing)
{
	enum missing_reason others = found->is_of_others ? WHY_CGROUP_OF_OTHERS : WHY_NONE;

	if (found->unit.length > 0 && found->unit.length < sizeof(ret_names->unit))
		memcpy(ret_names->unit, found->unit.text, found->unit.length);
	else
		ret_missing->unit = reason_of(cgroup, WHY_NO_UNIT);

	if (found->container.length == 0) {
		ret_missing->container = reason_of(cgroup, others ?: WHY_NOT_IN_A_CONTAINER);
	} else if (!copy_name(found->container, ret_names->container,
			      sizeof(ret_names->container))) {
		ret_names->container[0] = '\0';
		ret_missing->container = WHY_NAME_TOO_LONG;
	} else {
		ret_names->runtime = found->runtime;
		ret_names->have_user = found->have_user;
		ret_names->user = found->user;
	}

	if (found->pod.length == 0 || found->pod.length >= sizeof(ret_names->pod)) {
		ret_missing->pod = reason_of(cgroup, others ?: WHY_NOT_IN_A_POD);
		return;
	}
	for (size_t at = 0; at < found->pod.length; at++)
		ret_names->pod[at] = found->pod.text[at] == '_' ? '-' : found->pod.text[at];
}

void container_find(const struct incident_path *cgroup, struct incident_names *ret_names,
		    struct names_missing *ret_missing)
{
	struct found found = {};

	*ret_names = (struct incident_names){ 0 };
	if (!cgroup->have) {
		*ret_missing =
			(struct names_missing){ WHY_NO_CGROUP, WHY_NO_CGROUP, WHY_NO_CGROUP };
		return;
	}
	*ret_missing = (struct names_missing){ WHY_NONE, WHY_NONE, WHY_NONE };
	search(cgroup, &found);
	take_found(cgroup, &found, ret_names, ret_missing);
}

void container_enrich(struct incident *incident)
{
	struct names_missing missing;

	container_find(&incident->process.cgroup, &incident->process.names, &missing);
	incident_note_missing(incident, MISSING_UNIT, missing.unit);
	incident_note_missing(incident, MISSING_CONTAINER, missing.container);
	incident_note_missing(incident, MISSING_POD, missing.pod);
}

void enrich_named(struct incident_named *process)
{
	struct incident_path path = { .have = process->cgroup[0] };
	struct incident_names names;
	struct names_missing missing;

	snprintf(path.text, sizeof(path.text), "/%s", process->cgroup);
	container_find(&path, &names, &missing);
	snprintf(process->unit, sizeof(process->unit), "%.*s", EV_CGROUP_LEN, names.unit);
}
