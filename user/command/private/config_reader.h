/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that reads the file of --config for a running trace, which has neither the files nor,
 * with --run-as, the user to do so. It is who the caller was, without capabilities, can write
 * nothing, and gives the bytes of this one file. It learns nothing about traced processes.
 */
#pragma once

#include <stddef.h>

#include "config_file.h"
#include "strbuf.h"

struct config_reader;

/*
 * Starts it for FILE, whose directory this process closes: nothing outside its walls stays open.
 * Call it while this process has one thread. 0 or -errno.
 */
int config_reader_start(struct config_file *file, struct config_reader **ret_reader);
/* From now on all questions, and one under way, get -EPIPE. Any thread. */
void config_reader_cancel(struct config_reader *reader);
/* Ends it. NULL is allowed. */
void config_reader_stop(struct config_reader *reader);

/*
 * What has the name of the file now: as config_file_read(), from which WHY and errors are; or
 * -EPIPE: the process has ended. Waits as long as the file system does. One thread at a time.
 */
int config_reader_ask(struct config_reader *reader, char **ret_bytes, size_t *ret_size,
		      struct strbuf *why);
