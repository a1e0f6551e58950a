/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which hook of each kind this kernel gives, found by really loading and attaching, not by its
 * version: distributions carry features back, and a kernel may refuse what its BTF promises. Only
 * what would be preempted cannot be found out that way (preemption.h).
 */
#pragma once

#include <stdbool.h>

#include "live.h"

struct sigpath_bpf;

/*
 * Chooses among the alternatives, between open and load: what is not chosen is not loaded. A
 * program that would make the whole object fail to load is tried on its own first. Fills in
 * config.hooks of the skeleton.
 */
void hooks_choose(struct sigpath_bpf *skeleton, const struct bpf_config *config);

/*
 * Attaches all; RET_HOOKS says which. 0, or -errno if a hook fails that must be there:
 * signal_generate, and with config->follow those on the birth and the end of processes.
 * RET_FAILED (static) then names it. Every other hook falls back as far as it can.
 */
int hooks_attach(struct sigpath_bpf *skeleton, const struct bpf_config *config,
		 struct live_hooks *ret_hooks, const char **ret_failed);

/* Calls of the hooks of WHAT that the kernel passed over, since they were loaded (preemption.h). 0
 * before 5.12. */
uint64_t hooks_unseen(const struct sigpath_bpf *skeleton, enum live_unseen what);
