// SPDX-License-Identifier: GPL-2.0-or-later
#include "pid_namespace.h"

#include <bpf/bpf.h>

#include "config.h"
#include "sigpath_bpf.skel.h"

#include "procdir.h"

/* DEPTH: of this process below the namespace that /proc shows. LEVEL: below that of the host. */
static enum procdir_numbers numbers_of(uint32_t depth, uint32_t level)
{
	if (depth == 1)
		return PROCDIR_NUMBERS_HERE;
	/* unshare --pid without --mount-proc, on the host. */
	if (depth == level + 1)
		return PROCDIR_NUMBERS_HOST;
	return PROCDIR_NUMBERS_NONE;
}

int pid_namespace_find(struct sigpath_bpf *skeleton, uint32_t *ret_inode)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int error;

	*ret_inode = 0;
	procdir_numbers = PROCDIR_NUMBERS_HOST;
	if (!skeleton->rodata->config.machine.pid_namespace)
		return 0;
	error = bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.own_namespace), &run);
	if (error)
		return error;
	procdir_numbers = numbers_of(procdir_own_depth(), skeleton->bss->here_level);
	if (skeleton->bss->here_level)
		*ret_inode = skeleton->bss->here_inode;
	return 0;
}
