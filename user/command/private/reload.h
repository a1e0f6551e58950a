/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the file of --config again while a trace runs. A thread waits for the file, whose file
 * system may not answer. It is there from the start, because a running trace can start none.
 */
#pragma once

#include <stdbool.h>

#include "options.h"

struct config_reader;
struct pipeline;
struct reload;

/* OPTIONS, of the start, READER and PIPELINE must outlive it. 0 or -errno. */
int reload_start(const struct options *options, struct config_reader *reader,
		 struct pipeline *pipeline, struct reload **ret_reload);
/*
 * Asks for it, and does not wait. stderr gets the names of the options that have changed in the
 * trace, and of those that need a restart; a file with errors changes nothing.
 */
void reload_ask(struct reload *reload);
/* The last time changed nothing, because of errors. Any thread. */
bool reload_has_failed(const struct reload *reload);
/* Ends the thread, also while it waits for READER, which gives no more answers. NULL is allowed. */
void reload_stop(struct reload *reload);
