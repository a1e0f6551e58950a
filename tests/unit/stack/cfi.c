// SPDX-License-Identifier: GPL-2.0-or-later
/* One step with call frame information, for this program's own frames. */
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cfi.h"
#include "elf_file.h"
#include "own_root.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static struct elf_file file;
static Dwarf_CFI *cfi;
static uint64_t code; /* an address of the file that has a frame description */

static int open_self(void **state)
{
	struct stat stat;
	int fd = open(own_path(), O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &stat) || elf_file_open(fd, &stat, true, &file))
		return -1;
	cfi = dwarf_getcfi_elf(file.elf);
	return cfi ? 0 : -1;
}

static int close_self(void **state)
{
	dwarf_cfi_end(cfi);
	elf_file_close(&file);
	return 0;
}

static int find_base(struct dl_phdr_info *info, size_t size, void *base)
{
	*(uint64_t *)base = info->dlpi_addr;
	return 1;
}

/* At a function's first instruction the return address is on top of the stack, or in the link
 * register. */
static void first_instruction(void **state)
{
	unsigned char bytes[64] = {};
	struct machine machine = {
		.abi = machine_find_abi(sizeof(void *) == 8 ? EV_ABI_X86_64 : EV_ABI_I386),
		.memory = { 0x7000, bytes, sizeof(bytes) },
	};
	uint64_t base = 0, value = 0x1234567;
	struct registers caller;
	struct cfi_step step;

#if defined(__aarch64__)
	machine.abi = machine_find_abi(EV_ABI_AARCH64);
	registers_set(&machine.registers, 30, value);
#elif defined(__riscv)
	machine.abi = machine_find_abi(EV_ABI_RISCV64);
	registers_set(&machine.registers, 1, value);
#endif
	dl_iterate_phdr(find_base, &base);
	code = (uintptr_t)(void *)open_self - base;
	memcpy(bytes, &value, sizeof(value));
	registers_set(&machine.registers, machine.abi->sp, 0x7000);
	registers_set(&machine.registers, machine.abi->fp, 0x7777);
	assert_int_equal(cfi_step(cfi, code, &machine, &caller, &step), 0);
	assert_int_equal(caller.value[machine.abi->pc], value);
	assert_int_equal(caller.value[machine.abi->fp], 0x7777);
	assert_false(step.is_outermost);
	assert_false(step.is_signal_frame);
}

static void what_cannot_be_done(void **state)
{
	struct machine machine = { .abi = machine_find_abi(EV_ABI_X86_64) };
	struct registers caller;
	struct cfi_step step;

	assert_int_equal(cfi_step(cfi, UINT64_C(1) << 50, &machine, &caller, &step), -ENOENT);
#if defined(__x86_64__)
	/* Without a stack pointer, then with one outside of the snapshot. */
	assert_int_equal(cfi_step(cfi, code, &machine, &caller, &step), -EFAULT);
	registers_set(&machine.registers, machine.abi->sp, 0x7000);
	assert_int_equal(cfi_step(cfi, code, &machine, &caller, &step), -EFAULT);
	/* A return address in a register that the ABI does not have. */
	machine.abi = machine_find_abi(EV_ABI_I386);
	assert_int_equal(cfi_step(cfi, code, &machine, &caller, &step), -EINVAL);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_instruction),
		cmocka_unit_test(what_cannot_be_done),
	};

	return cmocka_run_group_tests(tests, open_self, close_self);
}
