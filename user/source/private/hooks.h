/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which hooks this kernel supports. sigpath finds out by loading and attaching them, not by the
 * kernel's version: distributions backport features, and a kernel may refuse what its BTF promises.
 * Only preemption cannot be found out in this way (preemption.h).
 */
#pragma once

#include <stdbool.h>

#include "live.h"

struct btf;
struct sigpath_bpf;

/*
 * Chooses among the alternatives, after open and before load. What is not chosen is not loaded. A
 * program that could make the whole load fail is tried alone first. BTF: the types of the kernel;
 * NULL: not known. Fills in config.hooks of the skeleton.
 */
void hooks_choose(struct sigpath_bpf *skeleton, const struct btf *btf,
		  const struct bpf_config *config);

/* After hooks_choose(): the number of slots (enum scratch_slot) that the chosen hooks need. */
uint32_t hooks_slots(const struct sigpath_bpf *skeleton);

/*
 * Attaches the hooks; RET_HOOKS says which. 0, or -errno if a required hook fails: signal_generate
 * and, with config->follow, those on the start and the end of processes. RET_FAILED (static) then
 * has its name. Every other hook falls back to the next alternative.
 */
int hooks_attach(struct sigpath_bpf *skeleton, const struct bpf_config *config,
		 struct live_hooks *ret_hooks, const char **ret_failed);

/*
 * The number of calls of the hooks of WHAT that the kernel skipped, since they were loaded
 * (preemption.h). 0 before 5.12. LIVE_UNSEEN_LATE: events of CPUs that have no memory.
 */
uint64_t hooks_unseen(const struct sigpath_bpf *skeleton, enum live_unseen what);
