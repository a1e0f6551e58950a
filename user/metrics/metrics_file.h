/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --metrics FILE.prom, for the textfile collector of node_exporter. A new file is written beside it
 * and renamed, so no reader sees half a file. A thread of its own writes, because a file system may
 * not answer.
 */
#pragma once

#include "metrics.h"
#include "strbuf.h"

struct metrics_file;

/*
 * Finds the directory of PATH, which stays the same one from here on. 0; -EPERM and WHY, as it
 * reads after "PATH: "; or another -errno.
 */
int metrics_file_open(const char *path, struct metrics_file **ret_file, struct strbuf *why);
/* Where it writes (O_PATH). It removes files there, too. The file owns the descriptor. */
int metrics_file_directory(const struct metrics_file *file);
/* Starts the thread, with the rights of the calling one. 0 or -errno. METRICS outlives it. */
int metrics_file_start(struct metrics_file *file, struct metrics *metrics);
/*
 * After metrics_file_start(): the thread writes for the last time and ends. False: the last file
 * was not written within TIMEOUT_MS, which it has said.
 */
bool metrics_file_finish(struct metrics_file *file, int timeout_ms);
/*
 * Ends a thread that is not finished, too. One that hangs is left behind with the file, and does
 * not use METRICS any more. NULL is allowed.
 */
void metrics_file_free(struct metrics_file *file);
