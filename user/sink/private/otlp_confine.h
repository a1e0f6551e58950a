/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the process that sends to a collector gives up. */
#pragma once

#include "otlp.h"

struct rights_user;

/*
 * Becomes USER (NULL: stays who it is), without capabilities. With landlock it can read the files
 * of the resolver, of TLS and of the system's libraries, and those that SETTINGS name, and write to
 * the directory DIRECTORY_FD (-1: none) only. 0 or -errno.
 */
int otlp_confine_files(const struct otlp_settings *settings, const struct rights_user *user,
		       int directory_fd);
/*
 * After it: the system calls. No program, no process, and no socket but those of the network: many
 * programs do what uid 0 tells them over a unix socket. 0 or -errno.
 */
int otlp_confine_calls(void);
