/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Incidents whose outcome is still open (a handler runs, the signal is pending, a debugger has it),
 * and failed writes whose process ignores the signal, wait here for the end of their process, at
 * most FOLLOW_MS. A write to a pipe may wait for the end of the process that read it, at most
 * READER_MS (readers.h), and any write for the incident of the process at the other end, at most
 * FOLLOW_PEER_MS. While one waits, later ones wait for their turn, so that incidents are told in
 * the order of time; in a flood there are not enough places, and the others pass at once.
 */
#pragma once

#include <stdbool.h>

#include "exits.h"
#include "work.h"

#define FOLLOW_MS 500
/* After the end of a process: for the record of the signal, or of the death, that says why. */
#define FOLLOW_RAISED_MS 200
/* For the incident of the process at the other end, which waits for its own end. */
#define FOLLOW_PEER_MS 250
#define FOLLOW_MAX 32	      /* whose outcome is open */
#define FOLLOW_IGNORED_MAX 32 /* that ignore the signal: they must not take the place of others */
#define FOLLOW_READER_MAX 32  /* that wait for the reader of their pipe, or for its incident */
#define FOLLOW_TURN_MAX 32    /* that wait for the incidents before them */

struct follow;

/*
 * EXITS and PROC_ROOT must outlive it. PROC_ROOT is NULL if /proc does not show the processes by
 * the numbers of the host. FATAL: the kernel side makes a record of each death by a signal that it
 * had not decided when the signal was generated. 0 or -ENOMEM.
 */
int follow_new(const struct exits *exits, const char *proc_root, bool fatal,
	       struct follow **ret_follow);
void follow_free(struct follow *follow);

/* The outcome of INCIDENT may still become "killed". */
bool follow_is_open(const struct incident *incident);

bool follow_is_empty(const struct follow *follow);
/* How many events wait: incidents, and what held repeats count. */
uint64_t follow_events(const struct follow *follow);

/*
 * Whether WORK is to be followed, or has to wait for its turn, and there is room for it. Sets its
 * end to what is known by now.
 */
bool follow_wants(const struct follow *follow, struct work *work);
/* Keeps WORK, which is wanted, until follow_take(). */
void follow_add(struct follow *follow, struct work *work);

/*
 * INCIDENT is the end of a story that waits here: the death by a signal that was held back, or, of
 * a process whose handler ran, the same signal that it has sent itself again with the default
 * action. It has become a part of the returned work, which stays here, and needs no further stage.
 * NULL: it has not.
 */
const struct work *follow_joins(struct follow *follow, const struct incident *incident);

/*
 * A repeat of the incident NUMBER: its class, and so whether it is shown, may still change while it
 * waits. True: it waits here, and its work has a copy of the RECORD. False: go on with the repeat.
 */
bool follow_holds(struct follow *follow, uint64_t number, const void *record, size_t size);

/*
 * The first work, if its process has exited, or if it has waited long enough; its end says which.
 * FINAL: in any case. CAUGHT_UP: no record waits to be read. NULL: none.
 */
struct work *follow_take(struct follow *follow, bool caught_up, bool final);

/*
 * Adds to the record and to the incident of WORK the facts that came later: its end, and a process
 * that may have read its pipe. 0 or -errno of record_add_block().
 */
int follow_complete(const struct follow *follow, struct work *work);
