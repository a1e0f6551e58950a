/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --pidfile: the file with the number of this process. It is locked while the process lives, so
 * that a number of a process that was killed is not taken for one that runs (pkill -L). When rights
 * are given up the file cannot be removed, so at the end it becomes empty. One in a process.
 */
#pragma once

/*
 * Opens the file, or makes one of mode 0644, and locks it. NULL: there is none. 0; -EBUSY if
 * another process has locked it; or another -errno, which it has said.
 */
int pidfile_open(const char *path);
/* Writes the number. 0 or -errno, which it has said. */
int pidfile_write(void);
/* Empties and closes the file, if it is open. */
void pidfile_close(void);
