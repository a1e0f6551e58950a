/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the end of a process was seen (-s fatal). A part of incident.h, which includes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct incident_death {
	bool have;
	enum ev_stage stage; /* the moment at which the kernel side made the record */
	enum ev_ungenerated ungenerated;
	bool thread_alone; /* only this thread ended */
	bool have_status;
	int status;	   /* wait status, at the exit */
	bool have_after;   /* the generation was seen */
	uint64_t after_ns; /* from the generation to that moment */
};
