// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Evaluate a DWARF expression of call frame information. The expression is hostile: it comes from
 * the traced program's file. So depth and steps are limited, and every operand is checked.
 */
#include "expression.h"

#include <dwarf.h>
#include <errno.h>

/* Real expressions have fewer than twenty operations. A backward branch could loop for ever. */
#define STEPS_MAX 512
#define DEPTH_MAX 64

struct evaluation {
	const struct machine *machine;
	const uint64_t *cfa;
	uint64_t stack[DEPTH_MAX];
	size_t depth;
};

static int push(struct evaluation *eval, uint64_t value)
{
	if (eval->depth == DEPTH_MAX)
		return -EINVAL;
	if (eval->machine->abi->word_bytes == 4)
		value = (uint32_t)value;
	eval->stack[eval->depth++] = value;
	return 0;
}

static int push_register(struct evaluation *eval, uint64_t number, uint64_t offset)
{
	const struct registers *registers = &eval->machine->registers;

	if (number >= eval->machine->abi->register_count)
		return -EINVAL;
	if (!registers_know(registers, number))
		return -EFAULT;
	return push(eval, registers->value[number] + offset);
}

static int dereference(struct evaluation *eval, size_t size)
{
	uint64_t value;

	if (!eval->depth || (size != 1 && size != 2 && size != 4 && size != 8))
		return -EINVAL;
	if (machine_read(eval->machine, eval->stack[eval->depth - 1], size, &value))
		return -EFAULT;
	eval->depth--;
	return push(eval, value);
}

static int64_t as_signed(const struct evaluation *eval, uint64_t value)
{
	return eval->machine->abi->word_bytes == 4 ? (int32_t)value : (int64_t)value;
}

static int binary(struct evaluation *eval, uint8_t atom)
{
	uint64_t right, left, bits = eval->machine->abi->word_bytes * 8;
	int64_t sleft, sright;

	if (eval->depth < 2)
		return -EINVAL;
	right = eval->stack[--eval->depth];
	left = eval->stack[--eval->depth];
	sleft = as_signed(eval, left);
	sright = as_signed(eval, right);
	switch (atom) {
	case DW_OP_and:
		return push(eval, left & right);
	case DW_OP_or:
		return push(eval, left | right);
	case DW_OP_xor:
		return push(eval, left ^ right);
	case DW_OP_plus:
		return push(eval, left + right);
	case DW_OP_minus:
		return push(eval, left - right);
	case DW_OP_mul:
		return push(eval, left * right);
	case DW_OP_div:
		/* INT64_MIN / -1 raises SIGFPE. */
		if (!sright || sright == -1)
			return sright ? push(eval, 0 - left) : -EINVAL;
		return push(eval, (uint64_t)(sleft / sright));
	case DW_OP_mod:
		return right ? push(eval, left % right) : -EINVAL;
	case DW_OP_shl:
		return push(eval, right < bits ? left << right : 0);
	case DW_OP_shr:
		return push(eval, right < bits ? left >> right : 0);
	case DW_OP_shra:
		return push(eval, (uint64_t)(sleft >> (right < bits ? right : bits - 1)));
	case DW_OP_eq:
		return push(eval, sleft == sright);
	case DW_OP_ge:
		return push(eval, sleft >= sright);
	case DW_OP_gt:
		return push(eval, sleft > sright);
	case DW_OP_le:
		return push(eval, sleft <= sright);
	case DW_OP_lt:
		return push(eval, sleft < sright);
	case DW_OP_ne:
		return push(eval, sleft != sright);
	}
	return -EINVAL;
}

static int unary(struct evaluation *eval, const Dwarf_Op *op)
{
	uint64_t *top;

	if (!eval->depth)
		return -EINVAL;
	top = &eval->stack[eval->depth - 1];
	switch (op->atom) {
	case DW_OP_dup:
		return push(eval, *top);
	case DW_OP_drop:
		eval->depth--;
		return 0;
	case DW_OP_abs:
		if (as_signed(eval, *top) < 0)
			*top = 0 - *top;
		break;
	case DW_OP_neg:
		*top = 0 - *top;
		break;
	case DW_OP_not:
		*top = ~*top;
		break;
	case DW_OP_plus_uconst:
		*top += op->number;
		break;
	default:
		return -EINVAL;
	}
	if (eval->machine->abi->word_bytes == 4)
		*top = (uint32_t)*top;
	return 0;
}

/* dup, over, pick, swap, rot: operations on the stack itself. */
static int shuffle(struct evaluation *eval, const Dwarf_Op *op)
{
	uint64_t *stack = eval->stack, saved;
	uint64_t index = op->atom == DW_OP_over ? 1 : op->number;

	switch (op->atom) {
	case DW_OP_over:
	case DW_OP_pick:
		return index < eval->depth ? push(eval, stack[eval->depth - 1 - index]) : -EINVAL;
	case DW_OP_swap:
		if (eval->depth < 2)
			return -EINVAL;
		saved = stack[eval->depth - 1];
		stack[eval->depth - 1] = stack[eval->depth - 2];
		stack[eval->depth - 2] = saved;
		return 0;
	case DW_OP_rot:
		if (eval->depth < 3)
			return -EINVAL;
		saved = stack[eval->depth - 1];
		stack[eval->depth - 1] = stack[eval->depth - 2];
		stack[eval->depth - 2] = stack[eval->depth - 3];
		stack[eval->depth - 3] = saved;
		return 0;
	}
	return -EINVAL;
}

/* Index of the operation that a DW_OP_skip or DW_OP_bra at index AT goes to; COUNT: the end. */
static int find_target(const Dwarf_Op *ops, size_t count, size_t at, size_t *ret_target)
{
	/* Opcode and operand are three bytes; the operand counts from behind them. */
	uint64_t wanted = ops[at].offset + 3 + (uint64_t)(int64_t)(int16_t)ops[at].number;

	for (size_t i = 0; i < count; i++) {
		if (ops[i].offset == wanted && ops[i].atom != DW_OP_call_frame_cfa) {
			*ret_target = i;
			return 0;
		}
	}
	if (wanted <= ops[count - 1].offset)
		return -EINVAL;
	*ret_target = count;
	return 0;
}

static int constant_or_register(struct evaluation *eval, const Dwarf_Op *op)
{
	uint8_t atom = op->atom;

	if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
		return push(eval, atom - DW_OP_lit0);
	if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
		return push_register(eval, atom - DW_OP_breg0, op->number);
	switch (atom) {
	case DW_OP_addr:
	case DW_OP_const1u:
	case DW_OP_const1s:
	case DW_OP_const2u:
	case DW_OP_const2s:
	case DW_OP_const4u:
	case DW_OP_const4s:
	case DW_OP_const8u:
	case DW_OP_const8s:
	case DW_OP_constu:
	case DW_OP_consts:
		return push(eval, op->number);
	case DW_OP_bregx:
		return push_register(eval, op->number, op->number2);
	case DW_OP_call_frame_cfa:
		return eval->cfa ? push(eval, *eval->cfa) : -EINVAL;
	case DW_OP_deref:
		return dereference(eval, eval->machine->abi->word_bytes);
	case DW_OP_deref_size:
		return dereference(eval, op->number);
	}
	return -EINVAL;
}

static int step(struct evaluation *eval, const Dwarf_Op *op)
{
	switch (op->atom) {
	case DW_OP_nop:
		return 0;
	case DW_OP_dup:
	case DW_OP_drop:
	case DW_OP_abs:
	case DW_OP_neg:
	case DW_OP_not:
	case DW_OP_plus_uconst:
		return unary(eval, op);
	case DW_OP_over:
	case DW_OP_pick:
	case DW_OP_swap:
	case DW_OP_rot:
		return shuffle(eval, op);
	case DW_OP_and:
	case DW_OP_or:
	case DW_OP_xor:
	case DW_OP_plus:
	case DW_OP_minus:
	case DW_OP_mul:
	case DW_OP_div:
	case DW_OP_mod:
	case DW_OP_shl:
	case DW_OP_shr:
	case DW_OP_shra:
	case DW_OP_eq:
	case DW_OP_ge:
	case DW_OP_gt:
	case DW_OP_le:
	case DW_OP_lt:
	case DW_OP_ne:
		return binary(eval, op->atom);
	}
	return constant_or_register(eval, op);
}

static int branch(struct evaluation *eval, const Dwarf_Op *ops, size_t count, size_t *at)
{
	if (ops[*at].atom == DW_OP_bra) {
		if (!eval->depth)
			return -EINVAL;
		if (!eval->stack[--eval->depth]) {
			++*at;
			return 0;
		}
	}
	return find_target(ops, count, *at, at);
}

/* DW_OP_reg* alone: not an address, a register. */
static bool is_register(const Dwarf_Op *ops, size_t count, struct expression_result *ret_result)
{
	if (count != 1)
		return false;
	if (ops->atom == DW_OP_regx)
		ret_result->value = ops->number;
	else if (ops->atom >= DW_OP_reg0 && ops->atom <= DW_OP_reg31)
		ret_result->value = ops->atom - DW_OP_reg0;
	else
		return false;
	ret_result->form = EXPRESSION_REGISTER;
	return true;
}

int expression_eval(const struct machine *machine, const uint64_t *cfa, const Dwarf_Op *ops,
		    size_t count, struct expression_result *ret_result)
{
	struct evaluation eval = { .machine = machine, .cfa = cfa };
	enum expression_form form = EXPRESSION_ADDRESS;
	size_t at = 0;

	if (is_register(ops, count, ret_result))
		return 0;
	for (unsigned int steps = 0; at < count; steps++) {
		int error;

		if (steps == STEPS_MAX)
			return -EINVAL;
		if (ops[at].atom == DW_OP_stack_value) {
			form = EXPRESSION_VALUE;
			break;
		}
		if (ops[at].atom == DW_OP_skip || ops[at].atom == DW_OP_bra)
			error = branch(&eval, ops, count, &at);
		else
			error = step(&eval, &ops[at++]);
		if (error)
			return error;
	}
	if (!eval.depth)
		return -EINVAL;
	*ret_result = (struct expression_result){ form, eval.stack[eval.depth - 1] };
	return 0;
}
