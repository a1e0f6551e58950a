/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hostile snapshot whose registers and stack often point into one mapping, or into the stack. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "snapshot.h"

#define HOSTILE_CODE_START 0x400000
#define HOSTILE_CODE_BYTES 0x100000
#define HOSTILE_STACK_BYTES 1024

/* The first bytes of an input. */
struct hostile_snapshot {
	uint8_t abi;
	uint8_t flags;
	uint16_t registers[33]; /* offsets, so that many of them point into the code or the stack */
	uint8_t stack[HOSTILE_STACK_BYTES];
};

#define HOSTILE_TRUNCATED 1u /* the stack has more bytes */

/* With one mapping. Its stack is that of INPUT, whose words are made addresses. */
void hostile_snapshot(struct hostile_snapshot *input, struct snapshot *ret_snapshot);
