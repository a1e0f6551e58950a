/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long incidents may wait for debuginfod servers. Each user has 5 s, and 0.1 s more each
 * second, so that nobody makes others wait by programs that the servers do not know. After a server
 * has not answered for all of that, it is not asked for a minute.
 */
#pragma once

#include <stdbool.h>

#include "cpu_budget.h"

/* For one question. It leaves time for the stack itself, which has as much again (deadline.h). */
#define SERVERS_MOST_MS 5000u

struct servers {
	struct cpu_budget budget; /* of clock time */
	uint64_t paused_until_ns;
};

/* LIMITED: users have a budget, because incidents of others wait. */
void servers_init(struct servers *servers, bool limited);
/* How long a question of UID may wait: 0 to SERVERS_MOST_MS. NOW_NS: CLOCK_MONOTONIC. */
unsigned int servers_left_ms(struct servers *servers, uint32_t uid, uint64_t now_ns);
/* A question has waited WAITED_NS, of these LONGEST_NS for one file. */
void servers_note(struct servers *servers, uint32_t uid, uint64_t now_ns, uint64_t waited_ns,
		  uint64_t longest_ns);
