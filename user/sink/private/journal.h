/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the sink of the journal: entries, and how they get there.
 *
 * An entry is the bytes of one datagram of systemd's native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/): fields "NAME=value\n", or, where a value has
 * several lines, "NAME\n", its length as 64 bits in little-endian, the value, "\n". The names are
 * our own, and every byte that a process chose is escaped, so it cannot add a field.
 * docs/journal.md describes the fields.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "classes.h"
#include "incident.h"
#include "line_format.h"
#include "sink.h"
#include "strbuf.h"

/* --- fields: journal_fields.c --- */

/* VALUE is escaped. NULL: no field. */
void journal_add_text(struct strbuf *buf, const char *name, const char *value);
/* SENTENCE as by strbuf_add_sentence(). An empty one: no field. */
void journal_add_sentence(struct strbuf *buf, const char *name, const char *sentence);
void journal_add_bytes(struct strbuf *buf, const char *name, const void *bytes, size_t size);
void journal_add_uint(struct strbuf *buf, const char *name, uint64_t value);
/* In UTC. Zero: no field. */
void journal_add_time(struct strbuf *buf, const char *name, struct timespec time);
/* One that is cut off starts with ".../". Not known: no field. */
void journal_add_path(struct strbuf *buf, const char *name, const struct incident_path *path);
/* A number of the host, and NAME_HERE where it is another one here. */
void journal_add_number(struct strbuf *buf, const char *name, const char *name_here,
			uint32_t number, struct incident_here here);
/*
 * A value of several lines: the caller adds lines to BUF, already escaped, and then calls
 * journal_end() with the result. The last newline is not a part of the value.
 */
size_t journal_begin(struct strbuf *buf, const char *name);
void journal_end(struct strbuf *buf, size_t start);

/* --- units: journal_unit.c --- */

#define JOURNAL_UNIT_SIZE 256 /* UNIT_NAME_MAX of systemd, and its NUL */

/* As journald names the units of a process: _SYSTEMD_UNIT and _SYSTEMD_USER_UNIT. Empty: none. */
struct journal_units {
	char system[JOURNAL_UNIT_SIZE], user[JOURNAL_UNIT_SIZE];
};

/*
 * The outermost unit of CGROUP, and the outermost one below a user's manager. Whoever owns a
 * delegated part of the tree can choose names in it, but not the part above it. So no user can put
 * an entry under a unit of the system that is not theirs.
 */
void journal_units_find(const struct incident_path *cgroup, struct journal_units *ret_units);
/*
 * A backslash is a usual byte of these names, so a valid one is not escaped: journalctl compares
 * it. Empty: no field.
 */
void journal_add_unit(struct strbuf *buf, const char *name, const char *unit);

/* --- entries: journal_entry.c, journal_incident.c --- */

struct journal_entries; /* what repeats need to know of earlier incidents */

/* THIS_BOOT: see sinks_add_journal(). NULL: no memory. */
struct journal_entries *journal_entries_new(const struct line_options *options, bool this_boot);
void journal_entries_free(struct journal_entries *entries);

/* Each adds the bytes of one entry. */
void journal_entry_start(struct journal_entries *entries, const struct sink_start *start,
			 struct strbuf *buf);
void journal_entry_incident(struct journal_entries *entries, const struct incident *incident,
			    const struct explanation *explanation, struct strbuf *buf);
void journal_entry_repeat(struct journal_entries *entries, const struct sink_repeat *repeat,
			  struct strbuf *buf);
void journal_entry_end(struct journal_entries *entries, const struct sink_end *end,
		       struct strbuf *buf);
void journal_entry_lost(struct journal_entries *entries, uint64_t count, struct timespec time,
			struct strbuf *buf);
void journal_entry_summary(struct journal_entries *entries, const struct sink_summary *summary,
			   struct strbuf *buf);

/* journal_death.c: the sender, or the terminal; what the kernel killed it for. */
void journal_add_sender(const struct incident_signal *signal, struct strbuf *buf);
void journal_add_death(const struct incident *incident, struct strbuf *buf);

/* journal_incident.c */
void journal_add_core(const struct incident_core *core, struct strbuf *buf);
/* The fields of an incident that start with SIGPATH_. */
void journal_add_incident(const struct incident *incident, const struct explanation *explanation,
			  struct strbuf *buf);

/* --- the way to journald: journal_socket.c --- */

/*
 * Sends an entry. Waits as long as journald is not there or does not read, so the run must be able
 * to leave the calling thread behind. 0; or another -errno, which it has said.
 */
int journal_send(struct journal *journal, const void *entry, size_t size);
