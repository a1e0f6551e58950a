/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of containers and pods, from what the runtimes and the kubelet keep on disk. A process
 * of its own (sigpath-names) reads: it has no capability, can open files only to read them and only
 * below /run, /var/lib and /var/log, makes no socket, and answers with names of a fixed form. It is
 * asked once for each container; answers are kept for a time.
 */
#pragma once

#include "event.h"
#include "incident.h"

struct containers;

/*
 * Starts that process, which sees the file system below ROOT ("/"; tests have another). Call it
 * while this process has one thread. 0 or -errno.
 */
int containers_start(const char *root, struct containers **ret_containers);
/* Ends it. NULL is allowed. */
void containers_stop(struct containers *containers);

/*
 * What is known about the container and the pod that NAMES has, which must be those of a cgroup
 * path (enrich/container.c). Fills state, runtime and names of RET_NAMES, and leaves the rest.
 * Waits at most a quarter of a second; while an earlier question has no answer yet, not at all.
 * CONTAINERS is NULL: nothing is asked. One thread at a time.
 */
void containers_find(struct containers *containers, const struct incident_names *names,
		     struct ev_names *ret_names);
