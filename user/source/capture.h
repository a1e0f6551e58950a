/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capture file of -w and -r: a struct ev_session, then records as the kernel sent them, one
 * behind the other, in the byte order of the machine that wrote it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

/* Describes this machine and this moment. ID goes into incident ids. */
void capture_session_init(struct ev_session *session, uint32_t id);

/* Whether the kernel that made it still runs, so that its addresses still have their names. */
bool capture_is_of_this_boot(const struct ev_session *session);

struct replay;

/* Called for each record in order; another result than 0 ends the replay and is returned. */
typedef int (*replay_record_fn)(void *context, const void *record, size_t size);

/*
 * Opens the capture file at PATH. 0; -errno of open; -EBADMSG if it is no capture file of this
 * version, with the reason in replay_error(*ret_replay), which then is set all the same for the
 * caller to close.
 */
int replay_open(const char *path, struct replay **ret_replay);
void replay_close(struct replay *replay);
const struct ev_session *replay_session(const struct replay *replay);

/*
 * Hands every record to FN. 0 at the end of the file; -EBADMSG where it is truncated or corrupt
 * (what came before has been handed over; replay_error() names the offset); or FN's result.
 */
int replay_run(struct replay *replay, replay_record_fn fn, void *context);
const char *replay_error(const struct replay *replay);
