/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of a container and of a pod, from the files and directories that the runtimes and the
 * kubelet keep on this host. state.c asks all places; each of the others knows one kind of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "event.h"

#define STATE_ID_SIZE 65
#define STATE_UID_SIZE 40

/* Who is asked for: texts of a cgroup path, which is proof (enrich/container.c). */
struct state_question {
	char id[STATE_ID_SIZE];	  /* 64 hexadecimal digits; empty: there is no container */
	char uid[STATE_UID_SIZE]; /* of the pod; empty: there is none */
	unsigned char runtime;	  /* enum ev_container_runtime */
};

/* What one place says. Empty: nothing. */
struct state_names {
	char container[sizeof(((struct ev_names *)0)->container)];
	char pod[sizeof(((struct ev_names *)0)->pod)];
	char pod_namespace[sizeof(((struct ev_names *)0)->pod_namespace)];
	unsigned char runtime;
};

/*
 * Each returns 0 with RET_NAMES; -ENOENT: it has nothing about it; -EBADMSG: it has something, but
 * not what the runtimes write, or about another pod; -ENOTUNIQ: it has several; -E2BIG: it has too
 * many entries; another -errno. ROOT: the directory that is "/".
 */
typedef int state_place_fn(int root, const struct state_question *question,
			   struct state_names *ret_names);
state_place_fn state_of_pod_logs, state_of_container_logs; /* logs.c */
state_place_fn state_of_containerd, state_of_crio, state_of_docker,
	state_of_podman; /* runtimes.c */

/* Asks all places. Fills state, runtime and names of RET_NAMES, and leaves the rest. */
void state_find(int root, const struct state_question *question, struct ev_names *ret_names);

/* A name of Kubernetes: lower-case letters, digits, '-' and '.', up to SIZE - 1 bytes. */
bool state_is_name(const char *text, size_t length, size_t size);
