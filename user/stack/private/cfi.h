/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One step of unwinding by call frame information (.eh_frame, .debug_frame). */
#pragma once

#include <elfutils/libdw.h>

#include "machine.h"

struct cfi_step {
	bool is_outermost;    /* the return address is undefined: there is no caller */
	bool is_signal_frame; /* a signal interrupted the caller, so its pc does not follow a call */
};

/*
 * From MACHINE's frame, whose code is at ADDRESS of CFI's file, to its caller's registers. 0;
 * -ENOENT: CFI says nothing about the address; -EFAULT: memory that the snapshot does not hold;
 * -EINVAL: corrupt.
 */
int cfi_step(Dwarf_CFI *cfi, uint64_t address, const struct machine *machine,
	     struct registers *ret_caller, struct cfi_step *ret_step);
