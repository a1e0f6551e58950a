/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all processes of this stage do when they begin. */
#pragma once

#include <sys/types.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAVE_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAVE_SANITIZER 1
#endif
#endif

/*
 * stdin, stdout and stderr become /dev/null, and descriptors from FIRST on are closed: the outputs
 * of the tracer must end when it ends. A sanitizer reports on stderr, so its builds keep that.
 */
void own_process_close(unsigned int first);
/* Ignores the signals that a terminal sends to all processes of the tracer: the tracer decides. */
void own_process_ignore_signals(void);
/* The kernel kills this process when PARENT ends; if that has happened, it ends here. */
void own_process_end_with(pid_t parent);
/* When memory runs out, the kernel ends this process first, also after execve(). */
void own_process_go_first(void);
