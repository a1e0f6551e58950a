/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walls around the process that reads hostile files. */
#pragma once

#include <sys/types.h>

/*
 * Gives up, for good: files by name (an empty mount namespace; landlock), the network, System V
 * memory and semaphores (namespaces), all capabilities, and all system calls but some twenty that
 * need no name. A namespace or landlock that the kernel does not give is done without. From then
 * on the process ends with PARENT. 0; -errno: the capabilities or the system calls are still there,
 * and nothing hostile may be read.
 */
int confine(pid_t parent);
