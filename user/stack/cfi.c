// SPDX-License-Identifier: GPL-2.0-or-later
/* Find the caller's registers by call frame information. */
#include "cfi.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "expression.h"

static int eval_cfa(Dwarf_Frame *frame, const struct machine *machine, uint64_t *ret_cfa)
{
	struct expression_result result;
	Dwarf_Op *ops;
	size_t count;
	int error;

	if (dwarf_frame_cfa(frame, &ops, &count) || !count)
		return -EINVAL;
	error = expression_eval(machine, NULL, ops, count, &result);
	if (error)
		return error;
	if (result.form == EXPRESSION_REGISTER)
		return -EINVAL;
	*ret_cfa = result.value;
	return 0;
}

/* The value that RESULT of a rule describes. */
static int fetch(const struct machine *machine, const struct expression_result *result,
		 uint64_t *ret_value)
{
	switch (result->form) {
	case EXPRESSION_VALUE:
		*ret_value = result->value;
		return 0;
	case EXPRESSION_ADDRESS:
		return machine_read_word(machine, result->value, ret_value);
	case EXPRESSION_REGISTER:
		if (!registers_know(&machine->registers, result->value))
			return -EFAULT;
		*ret_value = machine->registers.value[result->value];
		return 0;
	}
	return -EINVAL;
}

enum rule {
	RULE_UNDEFINED,
	RULE_SAME,
	RULE_VALUE,
};

static int eval_register(Dwarf_Frame *frame, const struct machine *machine, uint64_t cfa,
			 unsigned int number, enum rule *ret_rule, uint64_t *ret_value)
{
	struct expression_result result;
	Dwarf_Op memory[3], *ops;
	size_t count;
	int error;

	if (dwarf_frame_register(frame, (int)number, memory, &ops, &count))
		return -EINVAL;
	if (!count) {
		/*
		 * libdw reports both "undefined" and "same value" without an expression. This tells
		 * them apart.
		 */
		*ret_rule = ops ? RULE_UNDEFINED : RULE_SAME;
		return 0;
	}
	*ret_rule = RULE_VALUE;
	error = expression_eval(machine, &cfa, ops, count, &result);
	return error ? error : fetch(machine, &result, ret_value);
}

static void caller_keep(const struct machine *machine, unsigned int number,
			struct registers *caller)
{
	if (registers_know(&machine->registers, number))
		registers_set(caller, number, machine->registers.value[number]);
}

/*
 * All registers except the return address. A register that cannot be found becomes unknown; that is
 * no error.
 */
static void eval_others(Dwarf_Frame *frame, const struct machine *machine, uint64_t cfa,
			unsigned int return_column, struct registers *caller)
{
	const struct machine_abi *abi = machine->abi;

	for (unsigned int i = 0; i < abi->register_count; i++) {
		enum rule rule = RULE_UNDEFINED;
		uint64_t value = 0;

		if (i == abi->pc || i == return_column)
			continue;
		if (eval_register(frame, machine, cfa, i, &rule, &value))
			continue;
		if (rule == RULE_VALUE)
			registers_set(caller, i, value);
		else if (i == abi->sp)
			registers_set(caller, i, cfa);
		else if (rule == RULE_SAME)
			caller_keep(machine, i, caller);
	}
}

static int eval_return_address(Dwarf_Frame *frame, const struct machine *machine, uint64_t cfa,
			       unsigned int column, struct registers *caller, struct cfi_step *step)
{
	enum rule rule;
	uint64_t value = 0;
	int error = eval_register(frame, machine, cfa, column, &rule, &value);

	if (error)
		return error;
	if (rule == RULE_UNDEFINED) {
		step->is_outermost = true;
		return 0;
	}
	if (rule == RULE_SAME) {
		/* Only if a register holds it: the link register of a leaf function. */
		if (column == machine->abi->pc || !registers_know(&machine->registers, column))
			return -EINVAL;
		value = machine->registers.value[column];
	}
	registers_set(caller, column, value);
	registers_set(caller, machine->abi->pc, value);
	return 0;
}

int cfi_step(Dwarf_CFI *cfi, uint64_t address, const struct machine *machine,
	     struct registers *ret_caller, struct cfi_step *ret_step)
{
	cleanup(cleanup_free) Dwarf_Frame *frame = NULL;
	struct registers caller = {};
	struct cfi_step step = {};
	uint64_t cfa;
	int column, error;

	if (dwarf_cfi_addrframe(cfi, address, &frame)) {
		frame = NULL;
		return -ENOENT;
	}
	column = dwarf_frame_info(frame, NULL, NULL, &step.is_signal_frame);
	if (column < 0 || column >= machine->abi->register_count)
		return -EINVAL;
	error = eval_cfa(frame, machine, &cfa);
	if (error)
		return error;
	error = eval_return_address(frame, machine, cfa, (unsigned int)column, &caller, &step);
	if (error)
		return error;
	if (!step.is_outermost)
		eval_others(frame, machine, cfa, (unsigned int)column, &caller);
	*ret_caller = caller;
	*ret_step = step;
	return 0;
}
