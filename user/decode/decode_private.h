/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of this stage only. */
#pragma once

#include "decode.h"

/* The head of a record, and its table of blocks: every span in it is inside the record. */
struct record_view {
	const struct ev_session *session;
	const unsigned char *bytes;
	size_t size;
	uint32_t cpu;
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	enum ev_subject subject;
	uint64_t group;
	struct ev_span block[EV_BLOCKS]; /* all zero: absent, or not known to the writer */
};

/* Looks through RECORD. 0, or -EBADMSG if it is no incident, or points outside of itself. */
int record_view_init(const struct ev_session *session, const void *record, size_t size,
		     struct record_view *ret_view);

bool block_have(const struct record_view *view, enum ev_block block);
/* Its bytes, as many as the writer had. */
const unsigned char *block_bytes(const struct record_view *view, enum ev_block block,
				 size_t *ret_size);
/*
 * Copies a block of fixed size, TO of SIZE bytes: what the writer had more is left out, what it had
 * not is 0. Whether it has the block.
 */
bool block_read(const struct record_view *view, enum ev_block block, void *to, size_t size);
/* Components from leaf to root, each with its NUL, as a path from the root. FLAGS: EV_SPAN_*. 0 or
 * -EBADMSG. */
int path_decode(const unsigned char *bytes, size_t size, uint32_t flags,
		struct incident_path *path);
/* The same for a block; one that is absent is not readable. */
int block_path(const struct record_view *view, enum ev_block block, struct incident_path *path);

/* The blocks OBJECT, EVIDENCE and PATH (object.c). 0 or -EBADMSG. */
int object_decode(const struct record_view *view, struct incident *incident);
/* Adds a process that may have been at the other end; too many are left out (peers.c). */
void candidate_of_closer(struct incident *incident, const struct ev_closer *closer);
/* Notes what of a tcp connection's past no hook has seen (history.c). */
void history_note_missing(struct incident *incident);

/* The name of a system call, static, or NULL (names.c). */
const char *syscall_name(enum ev_abi abi, uint32_t number);
