/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capture file of -w and -r: a struct ev_session, then the records one after the other as the
 * kernel sent them, in the byte order of the machine that wrote it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "session.h"

/* Describes this machine and the current time. ID becomes part of the incident ids. */
void capture_session_init(struct ev_session *session, uint32_t id);

/* How far CLOCK_REALTIME is ahead of these clocks, in nanoseconds. */
struct capture_offsets {
	int64_t monotonic_ns; /* changes when the time is set, and while the host is suspended */
	int64_t boottime_ns;  /* changes when the time is set */
};

struct capture_offsets capture_read_offsets(void);

/* True if the same boot of the kernel still runs. Then its addresses still have their names. */
bool capture_is_of_this_boot(const struct ev_session *session);

struct replay;

/* Called for each record in order. A result other than 0 ends the replay and is returned. */
typedef int (*replay_record_fn)(void *context, const void *record, size_t size);

/*
 * Opens the capture file at PATH. 0; -errno of open; -EBADMSG if it is not a capture file of this
 * version: then replay_error(*ret_replay) has the reason, and the caller must close *ret_replay.
 */
int replay_open(const char *path, struct replay **ret_replay);
void replay_close(struct replay *replay);
const struct ev_session *replay_session(const struct replay *replay);

/*
 * Passes every record to FN. 0 at the end of the file; -EBADMSG if the file is truncated or corrupt
 * (the records before that were passed on; replay_error() has the offset); or FN's result.
 */
int replay_run(struct replay *replay, replay_record_fn fn, void *context);
const char *replay_error(const struct replay *replay);
