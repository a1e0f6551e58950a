/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's table of its symbols, /proc/kallsyms: how it is opened, and one line of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Opens PATH, which is "/proc/kallsyms"; tests have their own. Who opens it needs CAP_SYSLOG, who
 * reads it later does not. So a service manager can open it: if it is the process's stdin, that is
 * taken, with the offset that it has. A file descriptor or -errno.
 */
int kallsyms_table_open(const char *path);

/*
 * Takes a LINE apart: "ffffffff8132f0a0 T pipe_write", or "ffffffffc04f3000 t tls_push [tls]".
 * RET_NAME is in LINE and ends where white space or the line ends. False: it is no function.
 */
bool kallsyms_table_line(const char *line, uint64_t *ret_start, const char **ret_name);
