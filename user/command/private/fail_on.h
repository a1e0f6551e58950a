/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --fail-on: counts what makes the run fail. What the filters left out does not count. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "explain.h"
#include "incident.h"
#include "options.h"
#include "sink.h"
#include "strbuf.h"

struct fail_on {
	uint64_t killed, classes[CLASS_LAST + 1];
	bool have_first;
	char first[256]; /* the first incident that counted: when and what; it is printable */
};

void fail_on_incident(struct fail_on *counts, const struct options_fail_on *limits,
		      const struct incident *incident, const struct explanation *explanation);
void fail_on_repeat(struct fail_on *counts, const struct sink_repeat *repeat);
/* Whether one of the limits is reached. Then LINE gets what happened. */
bool fail_on_is_reached(const struct fail_on *counts, const struct options_fail_on *limits,
			struct strbuf *line);
