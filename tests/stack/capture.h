/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes with ptrace(2) what sigpath's kernel side would capture of a program: runs the program
 * until it writes the marker, stores registers, stack and mappings, and kills it.
 */
#pragma once

#include "incident.h"
#include "snapshot.h"

#define CAPTURE_STACK_MAX 65536

struct capture {
	struct incident incident; /* the fields that unwinding needs */
	struct snapshot snapshot;
	unsigned char stack[CAPTURE_STACK_MAX];
	int pid; /* of the stopped program if it is kept alive; else 0 */
};

/* STACK_BYTES: as --stack-size. KEEP_ALIVE: it stays stopped until capture_kill(). 0 or -errno. */
int capture_program(char *const argv[], size_t stack_bytes, bool keep_alive,
		    struct capture *ret_capture);
void capture_kill(struct capture *capture);
