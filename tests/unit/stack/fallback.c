// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames whose layout the kernel or the ABI fixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "fallback.h"

static unsigned char memory[1024];

static struct machine machine_of(enum ev_abi abi, uint64_t sp)
{
	struct machine machine = {
		.abi = machine_find_abi(abi),
		.memory = { 0x1000, memory, sizeof(memory) },
	};

	memset(memory, 0, sizeof(memory));
	registers_set(&machine.registers, machine.abi->sp, sp);
	return machine;
}

static void put(uint64_t address, uint64_t value, size_t size)
{
	memcpy(memory + (address - 0x1000), &value, size);
}

static void frame_pointer_chain(void **state)
{
	struct machine machine = machine_of(EV_ABI_X86_64, 0x1000);
	struct registers caller;

	registers_set(&machine.registers, 6, 0x1100);
	put(0x1100, 0x1200, 8);
	put(0x1108, 0x401234, 8);
	assert_int_equal(fallback_frame_pointer(&machine, &caller), 0);
	assert_int_equal(caller.value[6], 0x1200);
	assert_int_equal(caller.value[7], 0x1110);
	assert_int_equal(caller.value[16], 0x401234);
	/* Other registers may have changed. */
	assert_false(registers_know(&caller, 3));
	registers_set(&machine.registers, 6, 0x1101);
	assert_int_equal(fallback_frame_pointer(&machine, &caller), -EFAULT);
	registers_set(&machine.registers, 6, 0x13f8);
	assert_int_equal(fallback_frame_pointer(&machine, &caller), -EFAULT);
	registers_set(&machine.registers, 6, UINT64_MAX - 7);
	assert_int_equal(fallback_frame_pointer(&machine, &caller), -EFAULT);
	registers_set(&machine.registers, 6, 0);
	assert_int_equal(fallback_frame_pointer(&machine, &caller), -ENOENT);
}

static void aarch64_chain_and_leaf(void **state)
{
	struct machine machine = machine_of(EV_ABI_AARCH64, 0x1000);
	struct registers caller;

	registers_set(&machine.registers, 29, 0x1100);
	registers_set(&machine.registers, 30, 0x400200);
	put(0x1100, 0x1200, 8);
	put(0x1108, 0x400100, 8);
	assert_int_equal(fallback_frame_pointer(&machine, &caller), 0);
	assert_int_equal(caller.value[29], 0x1200);
	/* The record is at the bottom of its frame. */
	assert_false(registers_know(&caller, 31));
	assert_int_equal(caller.value[30], 0x400100);
	assert_int_equal(caller.value[32], 0x400100);
	assert_int_equal(fallback_leaf(&machine, &caller), 0);
	assert_int_equal(caller.value[32], 0x400200);
	assert_int_equal(caller.value[31], 0x1000);
}

/* A signal frame as the kernel lays it out, seen from the trampoline. */
static void x86_64_signal(void **state)
{
	static const struct code_bytes code = {
		.length = 16,
		.bytes = { 0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05 },
	};
	struct code_bytes other = code;
	struct machine machine = machine_of(EV_ABI_X86_64, 0x1010);
	struct registers caller;

	for (unsigned int i = 0; i < 17; i++)
		put(0x1010 + 40 + 8 * i, 0x100 + i, 8);
	assert_int_equal(fallback_signal_frame(&machine, &code, &caller), 0);
	assert_int_equal(caller.value[8], 0x100);  /* r8 */
	assert_int_equal(caller.value[15], 0x107); /* r15 */
	assert_int_equal(caller.value[5], 0x108);  /* rdi */
	assert_int_equal(caller.value[0], 0x10d);  /* rax */
	assert_int_equal(caller.value[7], 0x10f);  /* rsp */
	assert_int_equal(caller.value[16], 0x110); /* rip */
	other.length = 8;
	assert_int_equal(fallback_signal_frame(&machine, &other, &caller), -ENOENT);
	registers_set(&machine.registers, 7, 0x13f0);
	assert_int_equal(fallback_signal_frame(&machine, &code, &caller), -EFAULT);
}

static void aarch64_signal(void **state)
{
	static const struct code_bytes code = {
		.length = 8,
		.bytes = { 0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4 },
	};
	struct machine machine = machine_of(EV_ABI_AARCH64, 0x1000);
	struct registers caller;

	for (unsigned int i = 0; i < 33; i++)
		put(0x1000 + 304 + 8 + 8 * i, 0x100 + i, 8);
	assert_int_equal(fallback_signal_frame(&machine, &code, &caller), 0);
	for (unsigned int i = 0; i < 33; i++)
		assert_int_equal(caller.value[i], 0x100 + i);
}

static void riscv64_chain_and_leaf(void **state)
{
	struct machine machine = machine_of(EV_ABI_RISCV64, 0x1000);
	struct registers caller;

	registers_set(&machine.registers, 8, 0x1110);
	registers_set(&machine.registers, 1, 0x10200);
	put(0x1100, 0x1200, 8);
	put(0x1108, 0x10100, 8);
	assert_int_equal(fallback_frame_pointer(&machine, &caller), 0);
	assert_int_equal(caller.value[8], 0x1200);
	/* The register is the end of the frame. */
	assert_int_equal(caller.value[2], 0x1110);
	assert_int_equal(caller.value[1], 0x10100);
	assert_int_equal(caller.value[32], 0x10100);
	assert_int_equal(fallback_leaf(&machine, &caller), 0);
	assert_int_equal(caller.value[32], 0x10200);
	assert_int_equal(caller.value[2], 0x1000);
}

static void riscv64_signal(void **state)
{
	static const struct code_bytes code = {
		.length = 8,
		.bytes = { 0x93, 0x08, 0xb0, 0x08, 0x73, 0x00, 0x00, 0x00 },
	};
	struct machine machine = machine_of(EV_ABI_RISCV64, 0x1000);
	struct registers caller;

	for (unsigned int i = 0; i < 32; i++)
		put(0x1000 + 128 + 176 + 8 * i, 0x100 + i, 8);
	assert_int_equal(fallback_signal_frame(&machine, &code, &caller), 0);
	assert_int_equal(caller.value[32], 0x100); /* the pc is where x0 would be */
	for (unsigned int i = 1; i < 32; i++)
		assert_int_equal(caller.value[i], 0x100 + i);
}

static void riscv64_calls(void **state)
{
	const struct machine_abi *riscv = machine_find_abi(EV_ABI_RISCV64);
	/* jal -16, jal 0x12345a; auipc ra,0x12 and jalr -1(ra); c.jalr a5; jr ra; c.mv a5,a0 */
	static const unsigned char back[] = { 0xef, 0xf0, 0x1f, 0xff };
	static const unsigned char forth[] = { 0xef, 0x30, 0xa2, 0x45 };
	static const unsigned char far[] = { 0x97, 0x20, 0x01, 0x00, 0xe7, 0x80, 0xf0, 0xff };
	static const unsigned char by_register[] = { 0x01, 0x00, 0x82, 0x97 };
	static const unsigned char jump[] = { 0x67, 0x80, 0x00, 0x00 };
	static const unsigned char move[] = { 0x01, 0x00, 0xaa, 0x87 };
	uint64_t target;

	assert_int_equal(fallback_call_target(riscv, back, 4, 0x10014, &target), 0);
	assert_int_equal(target, 0x10000);
	assert_true(fallback_is_call_of(riscv, far, 8, 0x10008, 0x10000 + 0x12000 - 1));
	assert_int_equal(fallback_call_target(riscv, forth, 4, 0x10004, &target), 0);
	assert_int_equal(target, 0x10000 + 0x2345a);
	assert_true(fallback_ends_with_call(riscv, back, 4));
	assert_true(fallback_ends_with_call(riscv, far, 8));
	assert_true(fallback_ends_with_call(riscv, by_register, 4));
	assert_int_equal(fallback_call_target(riscv, by_register, 4, 0x10004, &target), -ENOENT);
	assert_false(fallback_ends_with_call(riscv, jump, 4));
	assert_false(fallback_ends_with_call(riscv, move, 4));
	assert_false(fallback_ends_with_call(riscv, move, 0));
}

static void vdso32(void **state)
{
	struct machine machine = machine_of(EV_ABI_I386, 0x1000);
	struct registers caller;

	put(0x1000, 0x11, 4);
	put(0x1004, 0x22, 4);
	put(0x1008, 0x33, 4);
	put(0x100c, 0x8049000, 4);
	assert_int_equal(fallback_vdso32_syscall(&machine, &caller), 0);
	assert_int_equal(caller.value[5], 0x11);
	assert_int_equal(caller.value[2], 0x22);
	assert_int_equal(caller.value[1], 0x33);
	assert_int_equal(caller.value[8], 0x8049000);
	assert_int_equal(caller.value[4], 0x1010);

	assert_int_equal(fallback_vdso32_signal(&machine, &caller), -ENOENT);
	put(0x1004 + 60, 0x23, 4);
	put(0x1004 + 72, 0x2b, 4);
	put(0x1004 + 56, 0x8049111, 4);
	assert_int_equal(fallback_vdso32_signal(&machine, &caller), 0);
	assert_int_equal(caller.value[8], 0x8049111);
}

static void calls(void **state)
{
	const struct machine_abi *x86 = machine_find_abi(EV_ABI_X86_64);
	const struct machine_abi *arm = machine_find_abi(EV_ABI_AARCH64);
	/* call 0x402680 from 0x40266e */
	static const unsigned char direct[] = { 0x90, 0x90, 0x90, 0xe8, 0x0d, 0, 0, 0 };
	static const unsigned char by_register[] = {
		0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0
	};
	static const unsigned char by_table[] = { 0x90, 0x90, 0xff, 0x15, 1, 2, 3, 4 };
	static const unsigned char either[] = { 0x90, 0x90, 0x90, 0xe8, 0x0d, 0, 0xff, 0xd0 };
	static const unsigned char none[] = { 0x90, 0x90, 0x90, 0x90, 0xff, 0xe0, 0x90, 0x90 };
	/* bl -8, blr x0, ret */
	static const unsigned char bl[] = { 0xfe, 0xff, 0xff, 0x97 };
	static const unsigned char blr[] = { 0x00, 0x00, 0x3f, 0xd6 };
	static const unsigned char ret[] = { 0xc0, 0x03, 0x5f, 0xd6 };
	uint64_t target;

	assert_true(fallback_is_call_of(x86, direct, 8, 0x402673, 0x402680));
	assert_false(fallback_is_call_of(x86, direct, 8, 0x402673, 0x402681));
	assert_false(fallback_is_call_of(x86, none, 8, 0x402673, 0x402680));
	assert_true(fallback_ends_with_call(x86, direct, 8));
	assert_true(fallback_ends_with_call(x86, by_register, 8));
	assert_true(fallback_ends_with_call(x86, by_table, 8));
	assert_false(fallback_ends_with_call(x86, none, 8));
	assert_false(fallback_ends_with_call(x86, none, 0));
	assert_true(fallback_is_call_of(arm, bl, 4, 0x401004, 0x400ff8));
	assert_true(fallback_ends_with_call(arm, bl, 4));
	assert_true(fallback_ends_with_call(arm, blr, 4));
	assert_false(fallback_ends_with_call(arm, ret, 4));
	assert_int_equal(fallback_call_target(x86, direct, 8, 0x402673, &target), 0);
	assert_int_equal(target, 0x402680);
	assert_int_equal(fallback_call_target(x86, either, 8, 0x402673, &target), -ENOENT);
	assert_int_equal(fallback_call_target(x86, by_table, 8, 0x402673, &target), -ENOENT);
	assert_int_equal(fallback_call_target(arm, bl, 4, 0x401004, &target), 0);
	assert_int_equal(target, 0x400ff8);
	assert_int_equal(fallback_call_target(arm, blr, 4, 0x401004, &target), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_pointer_chain),
		cmocka_unit_test(aarch64_chain_and_leaf),
		cmocka_unit_test(x86_64_signal),
		cmocka_unit_test(aarch64_signal),
		cmocka_unit_test(riscv64_chain_and_leaf),
		cmocka_unit_test(riscv64_signal),
		cmocka_unit_test(riscv64_calls),
		cmocka_unit_test(vdso32),
		cmocka_unit_test(calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
