/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only for the files of this stage. */
#pragma once

#include "decode.h"

/* The header of a record and its table of blocks. Every span in the table is inside the record. */
struct record_view {
	const struct ev_session *session;
	const unsigned char *bytes;
	size_t size;
	uint32_t cpu;
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	enum ev_subject subject;
	uint64_t group;
	uint8_t flags;			 /* EV_INCIDENT_* */
	struct ev_span block[EV_BLOCKS]; /* all zero: absent, or unknown to the writer */
};

/* Checks RECORD. 0, or -EBADMSG if it is not an incident or points outside of itself. */
int record_view_init(const struct ev_session *session, const void *record, size_t size,
		     struct record_view *ret_view);

bool block_have(const struct record_view *view, enum ev_block block);
/* The bytes of the block, as many as the writer stored. */
const unsigned char *block_bytes(const struct record_view *view, enum ev_block block,
				 size_t *ret_size);
/*
 * Copies a block of fixed size to TO of SIZE bytes. Bytes beyond SIZE are ignored; missing bytes
 * are 0. False: the record does not have the block.
 */
bool block_read(const struct record_view *view, enum ev_block block, void *to, size_t size);
/* The same for a block. An absent block is a path that was not readable. */
int block_path(const struct record_view *view, enum ev_block block, struct incident_path *path);

/* The blocks OBJECT, EVIDENCE and PATH (object.c). 0 or -EBADMSG. */
int object_decode(const struct record_view *view, struct incident *incident);
/* The block DEATH (death.c). 0 or -EBADMSG. */
int death_decode(const struct record_view *view, struct incident *incident);
/* The blocks FAULT, FAULT_PATH, MESSAGE and THREAD (fault.c). 0 or -EBADMSG. */
int fault_decode(const struct record_view *view, struct incident *incident);
/* Adds a process that may have been at the other end, if there is space (peers.c). */
void candidate_of_closer(struct incident *incident, const struct ev_closer *closer,
			 enum ev_number number);
/* Notes which events of a TCP connection no hook has seen (history.c). */
void history_note_missing(struct incident *incident);

/* The blocks of kill.h (kill.c). After the call. 0 or -EBADMSG. */
int kill_decode(const struct record_view *view, struct incident *incident);

/* The name of a system call, static, or NULL (names.c). */
const char *syscall_name(enum ev_abi abi, uint32_t number);

/* EV_COMM_LEN bytes of FROM, and a NUL. */
void copy_comm(char *to, const char *from);

/* sender.c. The clock and the numbers of INCIDENT are set. -EBADMSG: a value is none of ours. */
int sender_decode(const struct record_view *view, struct incident *incident);
/* The block STOP. After sender_decode(); likewise. */
int anyones_stop_decode(const struct record_view *view, struct incident *incident);
/* After signal.place. */
void terminal_decode(const struct record_view *view, struct incident *incident);
