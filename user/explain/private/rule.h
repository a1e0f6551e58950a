/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The causes as data. Each subject, and for failed writes each type of object, has its own file
 * with a table, the conditions and the sentences of its rows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "explain.h"
#include "text.h"
#include "units.h"

/*
 * One row of a table. The first row that matches is the cause; the last row always matches.
 * {"listening", CONFIDENCE_CERTAIN, is_listening, tell_listening} becomes
 * "cause  written to a listening socket, which carries no data".
 */
struct rule {
	const char *code; /* a section of docs/causes.md */
	enum confidence confidence;
	bool (*matches)(const struct incident *incident); /* NULL, in the last row: always */
	void (*tell)(const struct incident *incident, struct text *text);
	const struct advice *advice; /* for this cause whatever the outcome; NULL: none */
	const char *last_packet;     /* tcp: what its last packet was; NULL: not known */
};

extern const struct rule sent_rules[], kernel_rules[], unexplained_rules[], exit_rules[];
extern const struct rule fault_rules[], abort_rules[];
/* Of signals of the kernel with such a place (sent_kernel.c). */
extern const struct rule sent_kernel_rules[];
bool sent_kernel_knows(const struct incident *incident);
extern const struct rule oom_rules[], limit_rules[], seccomp_rules[], namespace_end_rules[];
extern const struct rule pipe_rules[], tcp_rules[], unix_rules[], socket_rules[];
extern const struct rule unknown_rules[]; /* writes to something else, or to nothing known */

/* All tables; NULL ends the list. */
extern const struct rule *const rule_tables[];

const struct rule *rules_match(const struct incident *incident);
