/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who read a pipe, where no hook sees the close. `head` and `tee` close their input just before
 * they exit. A process is the reader if the kernel side saw all of this (core/holders.bpf.h), and
 * tests/worlds measures how often the rule is right: it alone was started with the read end open;
 * it did not fork and had no unix socket to pass the end on; the pipe was not opened again; the
 * pipe had no reader any more when it exited; and it exited before the write or soon after it.
 */
#pragma once

#include "exits.h"
#include "incident.h"

/*
 * How long after the failed write the reader may end. head takes some 50 us from the close of its
 * input to its exit (under strace), longer if another process gets its CPU in between.
 */
#define READER_MS 20

enum reader_state {
	READER_NONE, /* nobody, or it is not proven */
	READER_LIVES,
	READER_ENDED,
};

/* ENDED: RET_EXIT is its end. */
enum reader_state readers_find(const struct exits *exits, const struct incident *incident,
			       struct ev_exit *ret_exit);
