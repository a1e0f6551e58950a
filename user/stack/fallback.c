// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find the caller without call frame information. Each method relies on a layout that the kernel or
 * the ABI defines. Nothing is guessed from a word that only looks like a return address.
 */
#include "fallback.h"
#include "units.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/* struct sigcontext of arch/x86/include/uapi/asm/sigcontext.h: r8.., rdi, rsi, rbp, rbx, ... */
static const uint16_t x86_64_saved[] = {
	104, 96, 112, 80, 72, 64, 88, 120, 0, 8, 16, 24, 32, 40, 48, 56, 128,
};

/* Of the same file: gs fs es ds edi esi ebp esp ebx edx ecx eax trapno err eip. */
static const uint16_t i386_saved[] = { 44, 40, 36, 32, 28, 24, 20, 16, 56 };

/* struct user_regs_struct of arch/riscv/include/uapi/asm/ptrace.h: pc, x1, x2, ... x31. There is no
 * x0: it is always 0, and no rule asks for it. */
static const uint16_t riscv64_saved[] = {
	0,   8,	  16,  24,  32,	 40,  48,  56,	64,  72,  80,  88,  96,	 104, 112, 120, 128,
	136, 144, 152, 160, 168, 176, 184, 192, 200, 208, 216, 224, 232, 240, 248, 0,
};

/* rt_sigreturn(2) as every C library and Go's runtime have it; the frame starts at sp. */
static const unsigned char x86_64_rax[] = { 0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05 };
static const unsigned char x86_64_eax[] = { 0xb8, 15, 0, 0, 0, 0x0f, 0x05 };
static const unsigned char i386_rt[] = { 0xb8, 173, 0, 0, 0, 0xcd, 0x80 };
static const unsigned char i386_old[] = { 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 };
/* mov x8, #139; svc #0 */
static const unsigned char aarch64_rt[] = { 0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4 };

/* li a7, 139; ecall */
static const unsigned char riscv64_rt[] = { 0x93, 0x08, 0xb0, 0x08, 0x73, 0x00, 0x00, 0x00 };

static const struct signal_layout {
	enum ev_abi abi;
	const unsigned char *code;
	size_t code_bytes;
	uint64_t context; /* of struct sigcontext from sp */
	const uint16_t *saved;
} signal_layouts[] = {
	/* struct ucontext: flags, link, stack_t, then the sigcontext */
	{ EV_ABI_X86_64, x86_64_rax, sizeof(x86_64_rax), 40, x86_64_saved },
	{ EV_ABI_X86_64, x86_64_eax, sizeof(x86_64_eax), 40, x86_64_saved },
	/* struct rt_sigframe_ia32 without pretcode: sig, info pointer, context pointer, siginfo */
	{ EV_ABI_I386, i386_rt, sizeof(i386_rt), 12 + 128 + 20, i386_saved },
	/* struct sigframe_ia32 without pretcode: sig */
	{ EV_ABI_I386, i386_old, sizeof(i386_old), 4, i386_saved },
	/* siginfo; flags, link, stack_t, mask of 128 bytes, padding to 16 */
	{ EV_ABI_AARCH64, aarch64_rt, sizeof(aarch64_rt), 128 + 176, NULL },
	{ EV_ABI_RISCV64, riscv64_rt, sizeof(riscv64_rt), 128 + 176, riscv64_saved },
};

/* regs[31], sp and pc follow the fault address of struct sigcontext in the order of DWARF. */
static uint64_t saved_offset(const struct signal_layout *layout, unsigned int number)
{
	return layout->saved ? layout->saved[number] : 8 + 8 * (uint64_t)number;
}

static int restore(const struct machine *machine, const struct signal_layout *layout,
		   struct registers *ret_caller)
{
	struct registers caller = {};
	uint64_t context;

	if (!registers_know(&machine->registers, machine->abi->sp))
		return -EFAULT;
	context = machine->registers.value[machine->abi->sp] + layout->context;
	for (unsigned int i = 0; i < machine->abi->register_count; i++) {
		uint64_t value;

		if (machine_read_word(machine, context + saved_offset(layout, i), &value))
			return -EFAULT;
		registers_set(&caller, i, value);
	}
	*ret_caller = caller;
	return 0;
}

int fallback_signal_frame(const struct machine *machine, const struct code_bytes *code,
			  struct registers *ret_caller)
{
	const struct machine_abi *abi = machine->abi;
	const struct signal_layout *layout = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(signal_layouts); i++) {
		const struct signal_layout *candidate = &signal_layouts[i];

		if (candidate->abi == abi->abi && code->length >= candidate->code_bytes &&
		    !memcmp(code->bytes, candidate->code, candidate->code_bytes))
			layout = candidate;
	}
	return layout ? restore(machine, layout, ret_caller) : -ENOENT;
}

/* Selectors of user code and data, in 32-bit mode of a 64-bit kernel and of a 32-bit one. */
static bool are_user_selectors(uint64_t cs, uint64_t ss)
{
	return (cs == 0x23 && ss == 0x2b) || (cs == 0x73 && ss == 0x7b);
}

/*
 * The image of the 32-bit vdso is not available, so its code cannot be read. But only two of its
 * functions are ever returned into, __kernel_rt_sigreturn and __kernel_sigreturn. Their frames can
 * be recognized by pointers into themselves and by the segment selectors.
 */
int fallback_vdso32_signal(const struct machine *machine, struct registers *ret_caller)
{
	static const struct signal_layout layouts[] = {
		{ EV_ABI_I386, NULL, 0, 12 + 128 + 20, i386_saved },
		{ EV_ABI_I386, NULL, 0, 4, i386_saved },
	};

	if (!registers_know(&machine->registers, machine->abi->sp))
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		uint64_t sp = machine->registers.value[machine->abi->sp], info = sp + 12, cs, ss;
		uint64_t context = sp + layouts[i].context;

		if (i == 0 && (machine_read_word(machine, sp + 4, &info) || info != sp + 12))
			continue;
		if (machine_read_word(machine, context + 60, &cs) ||
		    machine_read_word(machine, context + 72, &ss) ||
		    !are_user_selectors(cs & 0xffff, ss & 0xffff))
			continue;
		return restore(machine, &layouts[i], ret_caller);
	}
	return -ENOENT;
}

/*
 * __kernel_vsyscall (arch/x86/entry/vdso/vdso32/system_call.S, since 4.4) pushes ecx, edx and ebp
 * before it enters the kernel, and the saved pc is behind that.
 */
int fallback_vdso32_syscall(const struct machine *machine, struct registers *ret_caller)
{
	struct registers caller = machine->registers;
	uint64_t sp, ebp, edx, ecx, pc;

	if (!registers_know(&machine->registers, machine->abi->sp))
		return -EFAULT;
	sp = machine->registers.value[machine->abi->sp];
	if (machine_read_word(machine, sp, &ebp) || machine_read_word(machine, sp + 4, &edx) ||
	    machine_read_word(machine, sp + 8, &ecx) || machine_read_word(machine, sp + 12, &pc))
		return -EFAULT;
	registers_set(&caller, 5, ebp);
	registers_set(&caller, 2, edx);
	registers_set(&caller, 1, ecx);
	registers_set(&caller, machine->abi->sp, sp + 16);
	registers_set(&caller, machine->abi->pc, pc);
	*ret_caller = caller;
	return 0;
}

int fallback_leaf(const struct machine *machine, struct registers *ret_caller)
{
	const struct machine_abi *abi = machine->abi;
	struct registers caller = machine->registers;
	uint64_t sp, pc;

	if (abi->link != MACHINE_NO_REGISTER) {
		if (!registers_know(&machine->registers, abi->link))
			return -EFAULT;
		pc = machine->registers.value[abi->link];
	} else {
		if (!registers_know(&machine->registers, abi->sp))
			return -EFAULT;
		sp = machine->registers.value[abi->sp];
		if (machine_read_word(machine, sp, &pc))
			return -EFAULT;
		registers_set(&caller, abi->sp, sp + abi->word_bytes);
	}
	registers_set(&caller, abi->pc, pc);
	*ret_caller = caller;
	return 0;
}

/* Callee-saved registers other than the frame pointer may have changed: they become unknown. */
int fallback_frame_pointer(const struct machine *machine, struct registers *ret_caller)
{
	const struct machine_abi *abi = machine->abi;
	struct registers caller = {};
	uint64_t fp, record, next, pc;

	if (!registers_know(&machine->registers, abi->fp))
		return -EFAULT;
	fp = machine->registers.value[abi->fp];
	if (!fp)
		return -ENOENT;
	/* On RISC-V the register is the end of the frame, and the record is below it. */
	record = abi->abi == EV_ABI_RISCV64 ? fp - 2 * abi->word_bytes : fp;
	if (fp % abi->word_bytes || machine_read_word(machine, record, &next) ||
	    machine_read_word(machine, record + abi->word_bytes, &pc))
		return -EFAULT;
	registers_set(&caller, abi->fp, next);
	registers_set(&caller, abi->pc, pc);
	/*
	 * On AArch64 the frame record is at the bottom of the frame, so the end of the frame is
	 * unknown.
	 */
	if (abi->abi != EV_ABI_AARCH64)
		registers_set(&caller, abi->sp, record + 2 * abi->word_bytes);
	if (abi->link != MACHINE_NO_REGISTER)
		registers_set(&caller, abi->link, pc);
	*ret_caller = caller;
	return 0;
}

/* jal ra, or auipc and jalr ra: 20 bits of pages and 12 of bytes, signed. */
static int find_riscv_target(const unsigned char *code, size_t length, uint64_t pc,
			     uint64_t *ret_target)
{
	uint32_t word, before;
	int32_t distance;

	if (length < 4)
		return -ENOENT;
	memcpy(&word, code + length - 4, 4);
	if ((word & 0xfff) == 0x0ef) {
		distance = (int32_t)((word >> 31 & 1) << 20 | (word >> 12 & 0xff) << 12 |
				     (word >> 20 & 1) << 11 | (word >> 21 & 0x3ff) << 1);
		/* 21 bits, signed */
		*ret_target = pc - 4 + (uint64_t)(int64_t)(distance - (distance >> 20 << 21));
		return 0;
	}
	if (length < 8 || (word & 0x7fff) != 0x0e7)
		return -ENOENT;
	memcpy(&before, code + length - 8, 4);
	if ((before & 0x7f) != 0x17 || (before >> 7 & 31) != (word >> 15 & 31))
		return -ENOENT;
	distance = (int32_t)word >> 20;
	*ret_target = pc - 8 + (uint64_t)(int64_t)(int32_t)(before & 0xfffff000) +
		      (uint64_t)(int64_t)distance;
	return 0;
}

/* Target of the direct call that CODE seems to end with. */
static int find_direct_target(const struct machine_abi *abi, const unsigned char *code,
			      size_t length, uint64_t pc, uint64_t *ret_target)
{
	uint32_t word;
	int32_t distance;

	if (abi->abi == EV_ABI_AARCH64) {
		if (length < 4)
			return -ENOENT;
		memcpy(&word, code + length - 4, 4);
		/* bl: 26 bits of instructions, signed, from the call itself */
		if (word >> 26 != 0x25)
			return -ENOENT;
		distance = (int32_t)(word << 6) >> 4;
		*ret_target = pc - 4 + (uint64_t)(int64_t)distance;
		return 0;
	}
	if (abi->abi == EV_ABI_RISCV64)
		return find_riscv_target(code, length, pc, ret_target);
	if (length < 5 || code[length - 5] != 0xe8)
		return -ENOENT;
	memcpy(&distance, code + length - 4, 4);
	*ret_target = pc + (uint64_t)(int64_t)distance;
	return 0;
}

bool fallback_is_call_of(const struct machine_abi *abi, const unsigned char *code, size_t length,
			 uint64_t pc, uint64_t target)
{
	uint64_t found;

	return !find_direct_target(abi, code, length, pc, &found) && found == target;
}

static bool is_x86(const struct machine_abi *abi)
{
	return abi->elf_machine == EM_X86_64 || abi->elf_machine == EM_386;
}

static bool ends_with_indirect_x86_call(const unsigned char *code, size_t length)
{
	/* Lengths of `call *operand` (ff /2), prefixes not counted. */
	static const uint8_t indirect[] = { 2, 3, 4, 6, 7 };

	for (size_t i = 0; i < sizeof(indirect); i++) {
		const unsigned char *call = code + length - indirect[i];

		if (length >= indirect[i] && call[0] == 0xff && (call[1] >> 3 & 7) == 2)
			return true;
	}
	return false;
}

/* c.jalr, two bytes long. */
static bool ends_with_short_riscv_call(const unsigned char *code, size_t length)
{
	uint16_t half;

	if (length < 2)
		return false;
	memcpy(&half, code + length - 2, 2);
	return (half & 0xf07f) == 0x9002 && half & 0x0f80;
}

static bool ends_with_riscv_call(const unsigned char *code, size_t length)
{
	uint32_t word;

	if (ends_with_short_riscv_call(code, length))
		return true;
	if (length < 4)
		return false;
	memcpy(&word, code + length - 4, 4);
	/* jal ra, jalr ra */
	return (word & 0xfff) == 0x0ef || (word & 0x7fff) == 0x0e7;
}

bool fallback_ends_with_call(const struct machine_abi *abi, const unsigned char *code,
			     size_t length)
{
	uint32_t word;

	if (abi->abi == EV_ABI_RISCV64)
		return ends_with_riscv_call(code, length);
	if (is_x86(abi))
		return (length >= 5 && code[length - 5] == 0xe8) ||
		       ends_with_indirect_x86_call(code, length);
	if (length < 4)
		return false;
	memcpy(&word, code + length - 4, 4);
	/* bl, blr, and blraa and kin, which authenticate the pointer */
	return word >> 26 == 0x25 || (word & 0xfffffc1f) == 0xd63f0000 ||
	       (word & 0xfefff800) == 0xd63f0800;
}

int fallback_call_target(const struct machine_abi *abi, const unsigned char *code, size_t length,
			 uint64_t pc, uint64_t *ret_target)
{
	/* Code with instructions of several lengths is ambiguous when it is read backwards. */
	if (abi->abi == EV_ABI_RISCV64 && ends_with_short_riscv_call(code, length))
		return -ENOENT;
	if (is_x86(abi) && ends_with_indirect_x86_call(code, length))
		return -ENOENT;
	return find_direct_target(abi, code, length, pc, ret_target);
}
