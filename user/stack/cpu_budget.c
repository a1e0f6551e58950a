// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu_budget.h"

#include <stdbool.h>
#include <stddef.h>

#include "units.h"

/* Adds what the time has brought. False: all is there again, so the place is free. */
static bool refill(const struct cpu_budget *budget, struct cpu_user *user, uint64_t now_ns)
{
	uint64_t missing = (uint64_t)((int64_t)budget->most_ns - user->left_ns);
	uint64_t passed_ms = (now_ns - user->at_ns) / NSEC_PER_MSEC;

	if (!user->at_ns)
		return false;
	if (passed_ms >= missing / (budget->second_ns / 1000 ?: 1)) {
		*user = (struct cpu_user){};
		return false;
	}
	user->left_ns += (int64_t)(passed_ms * (budget->second_ns / 1000));
	user->at_ns += passed_ms * NSEC_PER_MSEC;
	return true;
}

/* The place of UID. NULL: UID has all, and no place. */
static struct cpu_user *find(struct cpu_budget *budget, uint32_t uid, uint64_t now_ns, bool make)
{
	struct cpu_user *shared = &budget->users[CPU_BUDGET_USERS - 1], *free = NULL;

	for (size_t i = 0; i < CPU_BUDGET_USERS - 1; i++) {
		struct cpu_user *user = &budget->users[i];

		if (!refill(budget, user, now_ns))
			free = free ?: user;
		else if (user->uid == uid)
			return user;
	}
	/* Somebody without a place shares the last one only while there is no other. */
	if (!free)
		free = refill(budget, shared, now_ns) ? shared : NULL;
	else if (!make)
		free = NULL;
	if (!make || free == shared)
		return free;
	free = free ?: shared;
	*free = (struct cpu_user){
		.uid = uid,
		.left_ns = (int64_t)budget->most_ns,
		.at_ns = now_ns ?: 1,
	};
	return free;
}

uint64_t cpu_budget_left(struct cpu_budget *budget, uint32_t uid, uint64_t now_ns)
{
	const struct cpu_user *user;

	if (!budget->most_ns)
		return UINT64_MAX;
	user = find(budget, uid, now_ns, false);
	if (!user)
		return budget->most_ns;
	return user->left_ns > 0 ? (uint64_t)user->left_ns : 0;
}

void cpu_budget_spend(struct cpu_budget *budget, uint32_t uid, uint64_t now_ns, uint64_t spent_ns)
{
	if (budget->most_ns)
		find(budget, uid, now_ns, true)->left_ns -= (int64_t)spent_ns;
}
