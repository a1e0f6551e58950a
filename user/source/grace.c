// SPDX-License-Identifier: GPL-2.0-or-later
#include "grace.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

/* A map of maps and the map in it, for wait_by_map(); -1: not needed. They live as long as we do. */
static int outer_map = -1, inner_map = -1;

/* A map can only be made while CAP_BPF is held. */
static int make_maps(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, options);
	const __u32 size = sizeof(__u32);

	inner_map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sigpath_grace", size, size, 1, NULL);
	if (inner_map < 0)
		return -errno;
	options.inner_map_fd = inner_map;
	outer_map = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "sigpath_grace", size, size, 1,
				   &options);
	return outer_map < 0 ? -errno : 0;
}

int grace_prepare(void)
{
	long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	if (outer_map >= 0 || (commands > 0 && commands & MEMBARRIER_CMD_GLOBAL))
		return 0;
	return make_maps();
}

/*
 * Updates a map of maps. The kernel then waits for running programs, so that none of them still
 * uses the map that was replaced (maybe_wait_bpf_programs() in kernel/bpf/syscall.c, 5.0).
 */
static int wait_by_map(void)
{
	__u32 key = 0;

	return bpf_map_update_elem(outer_map, &key, &inner_map, BPF_ANY) ? -errno : 0;
}

/*
 * The global memory barrier is an RCU grace period (synchronize_rcu() in kernel/sched/membarrier.c)
 * and needs no privileges. Kernels with nohz_full do not have it.
 */
int grace_wait(void)
{
	int error;

	if (!syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		return 0;
	log_debug("membarrier: %s; waiting by the update of a map instead", strerror(errno));
	error = wait_by_map();
	if (error)
		log_debug("no update of a map of maps: %s", strerror(-error));
	return error;
}
