// SPDX-License-Identifier: GPL-2.0-or-later
/* DWARF expressions, valid and invalid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dwarf.h>
#include <errno.h>

#include "expression.h"
#include "units.h"

static const unsigned char memory[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0xff, 0xff, 0xff };
static struct machine machine;

static int set_up(void **state)
{
	machine = (struct machine){
		.abi = machine_find_abi(EV_ABI_X86_64),
		.memory = { 0x1000, memory, sizeof(memory) },
	};
	registers_set(&machine.registers, 7, 0x1000);
	registers_set(&machine.registers, 16, 0x40100f);
	return 0;
}

#define EVAL(result, ...)                                                           \
	({                                                                          \
		const Dwarf_Op ops_[] = { __VA_ARGS__ };                            \
		uint64_t cfa_ = 0x1008;                                             \
		expression_eval(&machine, &cfa_, ops_, ARRAY_SIZE(ops_), (result)); \
	})

static void values(void **state)
{
	struct expression_result result;

	assert_int_equal(EVAL(&result, { .atom = DW_OP_lit5 }, { .atom = DW_OP_lit3 },
			      { .atom = DW_OP_minus }),
			 0);
	assert_int_equal(result.form, EXPRESSION_ADDRESS);
	assert_int_equal(result.value, 2);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_breg7, .number = 4 },
			      { .atom = DW_OP_deref_size, .number = 2 },
			      { .atom = DW_OP_stack_value }),
			 0);
	assert_int_equal(result.form, EXPRESSION_VALUE);
	assert_int_equal(result.value, 0x0605);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_call_frame_cfa },
			      { .atom = DW_OP_plus_uconst, .number = -8 }, { .atom = DW_OP_deref }),
			 0);
	assert_int_equal(result.value, 0x0807060504030201);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_regx, .number = 3 }), 0);
	assert_int_equal(result.form, EXPRESSION_REGISTER);
	assert_int_equal(result.value, 3);
}

/* What GNU ld writes for .plt: the CFA is eight bytes more from an entry's eleventh byte on. */
static void procedure_linkage_table(void **state)
{
	struct expression_result result;

	for (unsigned int byte = 0; byte < 16; byte++) {
		registers_set(&machine.registers, 16, 0x401000 + byte);
		assert_int_equal(EVAL(&result, { .atom = DW_OP_breg7, .number = 8 },
				      { .atom = DW_OP_breg16 }, { .atom = DW_OP_lit15 },
				      { .atom = DW_OP_and }, { .atom = DW_OP_lit11 },
				      { .atom = DW_OP_ge }, { .atom = DW_OP_lit3 },
				      { .atom = DW_OP_shl }, { .atom = DW_OP_plus }),
				 0);
		assert_int_equal(result.value, 0x1008 + (byte >= 11 ? 8 : 0));
	}
}

static void branches(void **state)
{
	struct expression_result result;

	/* if (1) 7 else 9 */
	assert_int_equal(EVAL(&result, { .atom = DW_OP_lit1, .offset = 0 },
			      { .atom = DW_OP_bra, .number = 4, .offset = 1 },
			      { .atom = DW_OP_lit9, .offset = 4 },
			      { .atom = DW_OP_skip, .number = 1, .offset = 5 },
			      { .atom = DW_OP_lit7, .offset = 8 },
			      { .atom = DW_OP_nop, .offset = 9 }),
			 0);
	assert_int_equal(result.value, 7);
	/* Endless, beyond the end, and before the beginning. */
	assert_int_equal(EVAL(&result, { .atom = DW_OP_lit1, .offset = 0 },
			      { .atom = DW_OP_skip, .number = (Dwarf_Word)-4, .offset = 1 }),
			 -EINVAL);
	assert_int_equal(EVAL(&result,
			      { .atom = DW_OP_skip, .number = (Dwarf_Word)-2, .offset = 0 },
			      { .atom = DW_OP_lit1, .offset = 3 }),
			 -EINVAL);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_bra, .number = 0, .offset = 0 }), -EINVAL);
}

static void errors(void **state)
{
	static const uint8_t binary[] = { DW_OP_and,   DW_OP_div,  DW_OP_minus,	     DW_OP_mod,
					  DW_OP_mul,   DW_OP_or,   DW_OP_plus,	     DW_OP_shl,
					  DW_OP_shra,  DW_OP_xor,  DW_OP_swap,	     DW_OP_rot,
					  DW_OP_over,  DW_OP_dup,  DW_OP_drop,	     DW_OP_neg,
					  DW_OP_deref, DW_OP_pick, DW_OP_stack_value };
	struct expression_result result;

	for (size_t i = 0; i < sizeof(binary); i++)
		assert_int_equal(EVAL(&result, { .atom = binary[i], .number = 1 }), -EINVAL);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_lit1 }, { .atom = DW_OP_lit0 },
			      { .atom = DW_OP_div }),
			 -EINVAL);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_lit1 }, { .atom = DW_OP_lit0 },
			      { .atom = DW_OP_mod }),
			 -EINVAL);
	/* The most negative number by -1 traps on x86. */
	assert_int_equal(EVAL(&result, { .atom = DW_OP_const8u, .number = UINT64_C(1) << 63 },
			      { .atom = DW_OP_const8s, .number = UINT64_MAX },
			      { .atom = DW_OP_div }),
			 0);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_lit1 },
			      { .atom = DW_OP_const8u, .number = 200 }, { .atom = DW_OP_shl }),
			 0);
	assert_int_equal(result.value, 0);
	/* Memory that does not exist, memory across the end, and an unknown register. */
	assert_int_equal(EVAL(&result, { .atom = DW_OP_lit1 }, { .atom = DW_OP_deref }), -EFAULT);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_breg7, .number = 9 },
			      { .atom = DW_OP_deref }),
			 -EFAULT);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_breg7, .number = (Dwarf_Word)-1 },
			      { .atom = DW_OP_deref }),
			 -EFAULT);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_breg0 }), -EFAULT);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_bregx, .number = 99 }), -EINVAL);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_call_ref }), -EINVAL);
	assert_int_equal(expression_eval(&machine, NULL, NULL, 0, &result), -EINVAL);
}

static void words_of_32_bits(void **state)
{
	struct expression_result result;

	machine.abi = machine_find_abi(EV_ABI_I386);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_const4u, .number = 0xffffffff },
			      { .atom = DW_OP_plus_uconst, .number = 2 }),
			 0);
	assert_int_equal(result.value, 1);
	assert_int_equal(EVAL(&result, { .atom = DW_OP_const4u, .number = 0xfffffffe },
			      { .atom = DW_OP_lit0 }, { .atom = DW_OP_lt }),
			 0);
	assert_int_equal(result.value, 1);
	machine.abi = machine_find_abi(EV_ABI_X86_64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),	    cmocka_unit_test(procedure_linkage_table),
		cmocka_unit_test(branches),	    cmocka_unit_test(errors),
		cmocka_unit_test(words_of_32_bits),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
