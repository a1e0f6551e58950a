/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals that a run handles, and what each of them asks for. */
#pragma once

#include <signal.h>
#include <stdbool.h>

enum signals_request {
	SIGNALS_NOTHING,
	SIGNALS_END,
	SIGNALS_REOPEN,	 /* the files of -o and -w */
	SIGNALS_RELOAD,	 /* the same, and the file of --config */
	SIGNALS_SUMMARY, /* so far */
};

/*
 * Blocks the signals that the run handles, and ignores SIGPIPE and SIGXFSZ. Call it while the
 * process has one thread, and after the command was started, which inherits the mask. WITH_COMMAND:
 * also those that a process may send for the command. SIGHUP that was ignored at the start stays
 * ignored: see nohup(1).
 */
void signals_block(bool with_command);
/* Those that signals_block() has blocked. */
const sigset_t *signals_blocked(void);

/*
 * SIGHUP asks for the end if the process had a controlling terminal at signals_block(). Later it
 * may have lost that terminal, which is what the signal says.
 */
enum signals_request signals_request(int number);

/* True if a signal that asks for the end is blocked and pending. Leaves it pending. */
bool signals_end_is_pending(void);
/* Takes one pending signal that asks for something else, for a run that reads no signalfd. */
enum signals_request signals_take(void);
