/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a process died, for the logs that have fields: what had asked for the end, a limit, memory, a
 * filter, the init of its namespace. Which facts there are is said once; each log has its own names
 * for them.
 */
#pragma once

#include <stdint.h>

#include "incident.h"

/* Its names in the journal, in OTLP and in syslog. NULL: this log does not have it. */
struct death_field {
	const char *journal;
	const char *journal_here; /* of the number that a process has here */
	const char *otlp, *syslog;
};

/* Each adds one field to TO. VALUE is not escaped yet; an empty text is not known. */
struct death_writer {
	void (*put_text)(void *to, const struct death_field *field, const char *value);
	void (*put_int)(void *to, const struct death_field *field, int64_t value);
	void (*put_uint)(void *to, const struct death_field *field, uint64_t value);
	/* A process of the host, and its number here. */
	void (*put_process)(void *to, const struct death_field *field, uint32_t pid,
			    struct incident_here here);
};

/* Only what is known, and only fields that the incident's subject has. */
void death_fields_put(const struct incident *incident, const struct death_writer *writer, void *to);
