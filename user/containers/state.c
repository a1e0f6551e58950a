// SPDX-License-Identifier: GPL-2.0-or-later
#include "state.h"

#include <errno.h>
#include <string.h>

#include "units.h"

/* From where a directory may be about the pod, and a file about the container. RUNTIMES: bits. */
static const struct {
	state_place_fn *find;
	unsigned int runtimes;
} places[] = {
	{ state_of_pod_logs, ~0u },
	{ state_of_container_logs, ~0u },
	{ state_of_containerd, 1u << EV_RUNTIME_CONTAINERD | 1u << EV_RUNTIME_UNKNOWN },
	{ state_of_crio, 1u << EV_RUNTIME_CRIO | 1u << EV_RUNTIME_UNKNOWN },
	{ state_of_docker, 1u << EV_RUNTIME_DOCKER | 1u << EV_RUNTIME_UNKNOWN },
	{ state_of_podman, 1u << EV_RUNTIME_PODMAN | 1u << EV_RUNTIME_UNKNOWN },
};

bool state_is_name(const char *text, size_t length, size_t size)
{
	if (!length || length >= size)
		return false;
	for (size_t at = 0; at < length; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", text[at]) || !text[at])
			return false;
	return true;
}

/* One of the names, and what is said about it. */
static void join(char *name, size_t size, const char *other, unsigned char *state)
{
	if (!other[0])
		return;
	if (!name[0] && *state != EV_NAMES_DISAGREE) {
		memcpy(name, other, strnlen(other, size - 1) + 1);
		*state = EV_NAMES_FOUND;
	} else if (name[0] && strcmp(name, other) != 0) {
		*state = EV_NAMES_DISAGREE;
	}
}

static enum ev_names_state state_of_error(int error)
{
	switch (error) {
	case -ENOENT:
	case -EACCES:
	case -EPERM:
		return EV_NAMES_NONE;
	case -ENOTUNIQ:
		return EV_NAMES_DISAGREE;
	case -E2BIG:
		return EV_NAMES_MANY;
	default:
		return EV_NAMES_UNREADABLE;
	}
}

/* A place that could not be asked counts where no other one has the name; a contradiction always. */
static void note_error(enum ev_names_state state, unsigned char *to)
{
	if (state == EV_NAMES_DISAGREE || *to == EV_NAMES_NONE)
		*to = state;
}

static void join_names(const struct state_names *from, struct ev_names *to)
{
	unsigned char name_space = to->pod_state;

	join(to->container, sizeof(to->container), from->container, &to->container_state);
	join(to->pod, sizeof(to->pod), from->pod, &to->pod_state);
	join(to->pod_namespace, sizeof(to->pod_namespace), from->pod_namespace, &name_space);
	if (name_space == EV_NAMES_DISAGREE)
		to->pod_state = EV_NAMES_DISAGREE;
	if (!to->runtime)
		to->runtime = from->runtime;
}

void state_find(int root, const struct state_question *question, struct ev_names *ret_names)
{
	struct ev_names *names = ret_names;

	names->container_state = question->id[0] ? EV_NAMES_NONE : EV_NAMES_NOT_ASKED;
	names->pod_state = question->uid[0] ? EV_NAMES_NONE : EV_NAMES_NOT_ASKED;
	names->runtime = question->runtime;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct state_names found = { 0 };
		int error;

		if (!(places[i].runtimes & 1u << question->runtime) || (i && !question->id[0]))
			continue;
		error = places[i].find(root, question, &found);
		if (!error) {
			join_names(&found, names);
			continue;
		}
		/* The directories of pods say nothing about containers. */
		if (i && question->id[0])
			note_error(state_of_error(error), &names->container_state);
		if (question->uid[0])
			note_error(state_of_error(error), &names->pod_state);
	}
	if (names->container_state != EV_NAMES_FOUND)
		names->container[0] = '\0';
	if (names->pod_state != EV_NAMES_FOUND)
		names->pod[0] = names->pod_namespace[0] = '\0';
	/* Who disagrees about the pod of a container is not believed about the container either. */
	if (names->pod_state == EV_NAMES_DISAGREE && names->container[0]) {
		names->container_state = EV_NAMES_DISAGREE;
		names->container[0] = '\0';
	}
}
