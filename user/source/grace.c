// SPDX-License-Identifier: GPL-2.0-or-later
#include "grace.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

/*
 * Updates a map of maps. The kernel then waits for running programs, so that none of them still
 * uses the map that was replaced (maybe_wait_bpf_programs() in kernel/bpf/syscall.c, 5.0).
 */
static int wait_by_map(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, options);
	int inner cleanup(cleanup_close) = -1;
	int outer cleanup(cleanup_close) = -1;
	__u32 key = 0;

	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sigpath_grace", sizeof(key), sizeof(key), 1,
			       NULL);
	if (inner < 0)
		return -errno;
	options.inner_map_fd = inner;
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "sigpath_grace", sizeof(key),
			       sizeof(key), 1, &options);
	if (outer < 0)
		return -errno;
	return bpf_map_update_elem(outer, &key, &inner, BPF_ANY) ? -errno : 0;
}

/*
 * The global memory barrier is an RCU grace period (synchronize_rcu() in kernel/sched/membarrier.c)
 * and needs no privileges. Kernels with nohz_full refuse it with EINVAL.
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
