/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DWARF expressions of call frame information, evaluated over one thread's registers and stack. */
#pragma once

#include <elfutils/libdw.h>

#include "machine.h"

enum expression_form {
	EXPRESSION_ADDRESS,  /* the value is the address of the result in memory */
	EXPRESSION_VALUE,    /* the value is the result */
	EXPRESSION_REGISTER, /* the value is the number of the register that holds the result */
};

struct expression_result {
	enum expression_form form;
	uint64_t value;
};

/*
 * CFA: of the frame, or NULL while it is what is computed. 0; -EFAULT: it needs memory or a
 * register that the snapshot does not have; -EINVAL: not an expression that can be here.
 */
int expression_eval(const struct machine *machine, const uint64_t *cfa, const Dwarf_Op *ops,
		    size_t count, struct expression_result *ret_result);
