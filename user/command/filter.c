// SPDX-License-Identifier: GPL-2.0-or-later
#include "filter.h"

#include <arpa/inet.h>
#include <string.h>

#include "cleanup.h"
#include "command.h"
#include "explain.h"
#include "log.h"
#include "nearest.h"
#include "strbuf.h"
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

static bool is_name(const struct options_name *name, const char *text, const char *suffix)
{
	return !strncmp(text, name->text, name->length) &&
	       (!text[name->length] || !strcmp(text + name->length, suffix));
}

/* TEXT may end with SUFFIX, which the list may leave out. NULL: there is none. */
static bool has_name(const struct options_names *names, const char *text, const char *suffix)
{
	for (size_t i = 0; text && i < names->count; i++) {
		if (is_name(&names->list[i], text, suffix))
			return true;
	}
	return false;
}

/* LISTED: what the list is about is in it. */
static bool selects(const struct options_names *names, bool listed)
{
	return !names->count || listed != names->excluded;
}

static bool selects_name(const struct options_names *names, const char *text, const char *suffix)
{
	return selects(names, has_name(names, text, suffix));
}

/* As comm_is_listed() of the kernel side: the name of the process or that of the thread. */
static bool selects_comm(const struct options_names *names, const struct incident_process *process)
{
	return selects(names,
		       has_name(names, process->comm, "") || has_name(names, process->thread, ""));
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
	if (!selects_comm(&options->comms, process))
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

static int refuse_cause(const struct options_name *name)
{
	cleanup(cleanup_free) char *typed = strndup(name->text, name->length);
	cleanup(strbuf_free) struct strbuf line = { 0 };
	struct nearest nearest = { 0 };
	const char *code;

	strbuf_add_escaped(&line, name->text, name->length);
	strbuf_add_text(&line, "': expected a cause of docs/causes.md");
	for (size_t i = 0; typed && (code = explain_code(i)); i++)
		nearest_add(&nearest, typed, code);
	if (nearest.word)
		strbuf_printf(&line, "; did you mean '%s'?", nearest.word);
	log_error("option --cause: '%s (see sigpath --help)", line.text ?: "");
	return EXIT_USAGE;
}

int command_check_options(const struct options *options)
{
	for (size_t i = 0; i < options->causes.count; i++) {
		const struct options_name *name = &options->causes.list[i];
		const char *code;

		for (size_t at = 0; (code = explain_code(at)); at++)
			if (strlen(code) == name->length && !memcmp(code, name->text, name->length))
				break;
		if (!code)
			return refuse_cause(name);
	}
	return 0;
}

/* The address of the other end, of which IPv4 becomes a mapped one. False: it has none. */
static bool read_peer_address(const struct incident_object *object, struct in6_addr *ret_address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (!object->have_addresses)
		return false;
	if (inet_pton(AF_INET6, object->peer_address, ret_address) == 1)
		return true;
	memcpy(ret_address->s6_addr, mapped, sizeof(mapped));
	return inet_pton(AF_INET, object->peer_address, ret_address->s6_addr + sizeof(mapped)) == 1;
}

static bool selects_peer(const struct options_peers *peers, const struct incident_object *object)
{
	struct in6_addr address;

	if (!peers->count)
		return true;
	if (!read_peer_address(object, &address))
		return peers->excluded;
	for (size_t i = 0; i < peers->count; i++) {
		const struct options_peer *peer = &peers->list[i];

		if (!memcmp(&peer->address, &address, sizeof(address)) &&
		    (!peer->port || peer->port == object->peer_port))
			return !peers->excluded;
	}
	return peers->excluded;
}

/* docker and podman show the first digits of an id. */
#define ID_DIGITS 12

static bool is_short_id(const struct options_name *name, const char *id)
{
	return name->length >= ID_DIGITS && strlen(id) > name->length &&
	       strspn(id, "0123456789abcdef") == strlen(id) &&
	       !strncmp(id, name->text, name->length);
}

static bool selects_container(const struct options_names *wanted,
			      const struct incident_names *names)
{
	bool listed = has_name(wanted, names->container, "") ||
		      has_name(wanted, names->container_name, "");

	for (size_t i = 0; i < wanted->count; i++)
		listed |= is_short_id(&wanted->list[i], names->container);
	return selects(wanted, listed);
}

/* NAME, or NAMESPACE/NAME. */
static bool is_pod(const struct options_name *name, const struct incident_names *names)
{
	size_t length = strlen(names->pod_namespace);
	const struct options_name rest = { name->text + length + 1, name->length - length - 1 };

	if (!names->pod_name[0])
		return false;
	if (is_name(name, names->pod_name, ""))
		return true;
	return length && name->length > length + 1 && name->text[length] == '/' &&
	       !strncmp(names->pod_namespace, name->text, length) &&
	       is_name(&rest, names->pod_name, "");
}

static bool selects_pod(const struct options_names *wanted, const struct incident_names *names)
{
	bool listed = has_name(wanted, names->pod, "");

	for (size_t i = 0; i < wanted->count; i++)
		listed |= is_pod(&wanted->list[i], names);
	return selects(wanted, listed);
}

bool filter_selects(const struct options *options, const struct incident *incident,
		    const char *code)
{
	const struct incident_peer_process *peer = &incident->peer;
	const char *peer_comm = peer->have && peer->have_comm ? peer->comm : NULL;

	return selects_name(&options->causes, code, "") &&
	       selects_name(&options->units, incident->process.names.unit, ".service") &&
	       selects_container(&options->containers, &incident->process.names) &&
	       selects_pod(&options->pods, &incident->process.names) &&
	       selects_name(&options->peer_comms, peer_comm, "") &&
	       selects_peer(&options->peers, &incident->object);
}

bool filter_wants(const struct options *options, const struct incident *incident)
{
	if (!filter_wants_outcome(options, incident->outcome))
		return false;
	if (options->objects && !(options->objects & (UINT32_C(1) << incident->object.type)))
		return false;
	if (incident->subject == EV_SUBJECT_EXIT)
		return wants_process(options, &incident->process);
	if (!(options->signals & (UINT64_C(1) << (incident->signal.number - 1))) &&
	    !(options->fatal && (incident->outcome == EV_OUTCOME_KILLED || incident->death.have)))
		return false;
	return wants_process(options, &incident->process);
}
