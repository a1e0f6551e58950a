/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hides secrets in command lines (--redact), before anything is written: of the process, and of the
 * process at the other end. A rule can only find what looks like a secret. docs/security.md lists
 * what the rules find, and says what they cannot find.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct incident;
struct incident_cmdline;

/* What stands in place of what was hidden. */
#define REDACTED_TEXT "[redacted]"

enum redact {
	REDACT_AUTH, /* values that look like secrets */
	REDACT_NONE,
	REDACT_ARGS, /* every argument; the name of the program stays */
	REDACT_ALL,  /* the whole command line */
};

/* Sets `redacted` if something was hidden, and leaves it alone otherwise. */
void redact_cmdline(enum redact how, struct incident_cmdline *cmdline);

/*
 * The command lines of INCIDENT, before enrich_peer(). RECORD, *SIZE bytes in memory of CAPACITY,
 * is the incident's record: it gets the same, and its old bytes are overwritten.
 */
void redact_incident(enum redact how, struct incident *incident, void *record, size_t *size,
		     size_t capacity);
