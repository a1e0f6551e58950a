/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the bytes of a record to a struct incident. Every bounds check of the record is here: the
 * bytes may come from a file, and what is in them came from a traced process.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "session.h"
#include "incident.h"
#include "snapshot.h"

/* The kind of the record, or 0 if it is too short for a header or its size is not SIZE. */
uint16_t decode_kind(const void *record, size_t size);

/*
 * Decodes an incident; NUMBER is its place in the session, from 1. 0; -EBADMSG if the record is too
 * short, of another version, or has values out of their range: RET_INCIDENT is undefined then.
 */
int decode_incident(const struct ev_session *session, uint64_t number, const void *record,
		    size_t size, struct incident *ret_incident);

/*
 * Facts that come after the record of an incident. decode_incident() calls these for the blocks END
 * and READER. What happened to the process: 0, or -EBADMSG if END has impossible values.
 */
int decode_end(const struct ev_end *from, struct incident *incident);
/* Adds a candidate: a process that was started as the only reader of the pipe and has ended. */
void decode_reader(const struct ev_exit *reader, struct incident *incident);

/* Components from leaf to root, each with its NUL, as a path from the root. FLAGS: EV_SPAN_*. 0 or
 * -EBADMSG. */
int path_decode(const unsigned char *bytes, size_t size, uint32_t flags,
		struct incident_path *path);
/* Arguments, each with its NUL. 0, or -EBADMSG if they are longer than EV_CMDLINE_MAX. */
int cmdline_decode(const unsigned char *bytes, size_t size, bool truncated,
		   struct incident_cmdline *cmdline);

/*
 * Appends BLOCK, LENGTH bytes at BYTES, to the incident in RECORD: *SIZE bytes in memory of
 * CAPACITY. 0; -ENOSPC if there is no room; -EBADMSG if RECORD is no incident or knows no such
 * block.
 */
int record_add_block(void *record, size_t *size, size_t capacity, enum ev_block block,
		     const void *bytes, size_t length);

/*
 * Puts LENGTH bytes at BYTES, with FLAGS (EV_SPAN_*), in the place of what BLOCK holds, whose bytes
 * are overwritten. If there is no room, the block gets the flags and is empty. A block that is
 * absent or empty is left alone. For a record that was decoded.
 */
void record_replace_block(void *record, size_t *size, size_t capacity, enum ev_block block,
			  const void *bytes, size_t length, uint32_t flags);

/*
 * The bytes of BLOCK, with their number in RET_LENGTH. NULL: RECORD does not have the block, or is
 * no incident.
 */
const unsigned char *record_block(const void *record, size_t size, enum ev_block block,
				  size_t *ret_length);

/*
 * Copies the incident in RECORD without memory of the process: no stack, registers or mappings, but
 * LENGTH bytes at FRAMES (EV_BLOCK_FRAMES). What it does not know it leaves out. RET_RECORD has
 * EV_RECORD_MAX bytes. 0; -EBADMSG; -ENOSPC: RET_SIZE is undefined.
 */
int record_strip(const void *record, size_t size, const void *frames, size_t length,
		 void *ret_record, size_t *ret_size);

/*
 * The stack snapshot of an incident's record. Its stack points into RECORD. 0, also if there is no
 * snapshot (have is then false, with a reason); -EBADMSG: RET_SNAPSHOT is undefined.
 */
int decode_snapshot(const void *record, size_t size, struct snapshot *ret_snapshot);

/* How many records an EV_KIND_LOST record counts. 0 or -EBADMSG. */
int decode_lost(const struct ev_session *session, const void *record, size_t size,
		uint64_t *ret_count, struct timespec *ret_time);

/* Takes the clocks of an EV_KIND_CLOCK record into SESSION, for the records after it. 0 or
 * -EBADMSG. */
int decode_clock(struct ev_session *session, const void *record, size_t size);

/* The end of a core that was expected: an EV_KIND_END record. 0 or -EBADMSG. */
int decode_core_end(const void *record, size_t size, struct ev_core_end *ret_end);

/* How many events a record stands for: the count of a line of repeats or losses, none of a clock
 * or of an end, otherwise 1. */
uint64_t decode_event_count(const void *record, size_t size);

/* The id of incident NUMBER: "5f0c2a91-000017". */
void decode_id(const struct ev_session *session, uint64_t number, char *ret_id, size_t size);

/* What an EV_KIND_REPEAT record counts. */
struct repeat {
	uint64_t group; /* of incidents; 0: of several groups */
	uint64_t count;
	struct timespec first, last; /* CLOCK_REALTIME */
	enum ev_outcome outcome;
	bool several; /* of one owner, not told apart; `process` is the last of them */
	struct incident_named process;
};

/* 0 or -EBADMSG. */
int decode_repeat(const struct ev_session *session, const void *record, size_t size,
		  struct repeat *ret_repeat);

/* CLOCK_MONOTONIC of the session's machine as wall clock time. */
struct timespec decode_time(const struct ev_session *session, uint64_t monotonic_ns);
