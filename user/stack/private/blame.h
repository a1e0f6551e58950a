/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the files among the bad ones that a question was too much for. WATCH: of the child. */
#pragma once

#include "watch.h"

/*
 * A file system did not answer. A file that only root can write may only have been slow: it counts
 * only if the child could not be ended (ASIDE). Returns the file; inode 0: not known.
 */
struct file_id blame_for_hang(struct bad_files *bad, const struct file_watch *watch, bool aside);
/*
 * The child has crashed, with STATUS of wait(). An earlier file may have damaged its memory, and is
 * more likely one of a user than one of the system. SIGKILL was not the file.
 */
void blame_for_crash(struct bad_files *bad, const struct file_watch *watch, int status);
/* The time was over after CPU_NS. Only a question that had much time can blame a file. */
void blame_for_time(struct bad_files *bad, const struct file_watch *watch, uint64_t cpu_ns);
/* The question was answered; what was costly must not be read once more. */
void blame_for_cost(struct bad_files *bad, const struct file_watch *watch);
