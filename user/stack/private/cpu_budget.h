/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU time that the stacks of one user may cost. What is not used adds up to a limit, so that a few
 * large programs are no problem and a flood of them is one for its own user only.
 */
#pragma once

#include <stdint.h>

#define CPU_BUDGET_USERS 64

struct cpu_budget {
	uint64_t most_ns;   /* that a user can have; 0: no limit */
	uint64_t second_ns; /* that a user gets each second */
	/* Users who have less than all. When there is no room for one more, they share the last. */
	struct cpu_user {
		uint32_t uid;
		int64_t left_ns; /* below 0: a debt */
		uint64_t at_ns;	 /* CLOCK_MONOTONIC of LEFT_NS; 0: nobody's place */
	} users[CPU_BUDGET_USERS];
};

/* What UID may use now: 0 to most_ns; UINT64_MAX: no limit. */
uint64_t cpu_budget_left(struct cpu_budget *budget, uint32_t uid, uint64_t now_ns);
void cpu_budget_spend(struct cpu_budget *budget, uint32_t uid, uint64_t now_ns, uint64_t spent_ns);
