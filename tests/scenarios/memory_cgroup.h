/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A memory cgroup with a limit: of version 2, else of version 1. */
#pragma once

#define MEMORY_CGROUP_LIMIT (16u << 20)

struct memory_cgroup {
	char name[64];	 /* the last component of its path */
	char path[256];	 /* of its directory */
	char procs[300]; /* of its file cgroup.procs */
};

/* Ends the scenario as skipped where there is no controller for memory. */
void memory_cgroup_make(struct memory_cgroup *ret_cgroup);
/*
 * When memory runs out, the kernel kills all processes in it. Removes it, and ends the scenario as
 * skipped, where the kernel cannot (version 1, or before 4.19).
 */
void memory_cgroup_kill_together(const struct memory_cgroup *cgroup);
/* This process moves into it. */
void memory_cgroup_enter(const struct memory_cgroup *cgroup);
/* When the processes in it have ended. */
void memory_cgroup_remove(const struct memory_cgroup *cgroup);
