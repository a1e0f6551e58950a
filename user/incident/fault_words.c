// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault_words.h"

#include "units.h"

static const char *const accesses[] = {
	[EV_ACCESS_READ] = "read",
	[EV_ACCESS_WRITE] = "write",
	[EV_ACCESS_EXECUTE] = "execute",
};
static const char *const x86_64[] = { "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8",
				      "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip" };
static const char *const i386[] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip" };
static const char *const aarch64[] = { "x0",  "x1",  "x2",  "x3",  "x4",  "x5",	 "x6",
				       "x7",  "x8",  "x9",  "x10", "x11", "x12", "x13",
				       "x14", "x15", "x16", "x17", "x18", "x19", "x20",
				       "x21", "x22", "x23", "x24", "x25", "x26", "x27",
				       "x28", "x29", "x30", "sp",  "pc" };
/* arch/arm64/include/asm/ptrace.h: compat_sp, compat_lr. */
static const char *const arm[] = { "r0", "r1",	"r2",  "r3",  "r4", "r5", "r6", "r7", "r8",
				   "r9", "r10", "r11", "r12", "sp", "lr", NULL, NULL, NULL,
				   NULL, NULL,	NULL,  NULL,  NULL, NULL, NULL, NULL, NULL,
				   NULL, NULL,	NULL,  NULL,  NULL, "pc" };
static const char *const riscv[] = { "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0",
				     "s1",   "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
				     "s2",   "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10",
				     "s11",  "t3", "t4", "t5", "t6", "pc" };

const char *word_access(enum ev_access access)
{
	return (size_t)access < ARRAY_SIZE(accesses) ? accesses[access] : NULL;
}

const char *word_register(enum ev_abi abi, size_t index)
{
	switch (abi) {
	case EV_ABI_X86_64:
	case EV_ABI_X32:
		return index < ARRAY_SIZE(x86_64) ? x86_64[index] : NULL;
	case EV_ABI_I386:
		return index < ARRAY_SIZE(i386) ? i386[index] : NULL;
	case EV_ABI_AARCH64:
		return index < ARRAY_SIZE(aarch64) ? aarch64[index] : NULL;
	case EV_ABI_ARM:
		return index < ARRAY_SIZE(arm) ? arm[index] : NULL;
	case EV_ABI_RISCV64:
	case EV_ABI_RISCV32:
		return index < ARRAY_SIZE(riscv) ? riscv[index] : NULL;
	}
	return NULL;
}

const char *word_permissions(uint64_t flags, char buffer[WORD_PERMISSIONS_SIZE])
{
	buffer[0] = flags & MAPPING_READ ? 'r' : '-';
	buffer[1] = flags & MAPPING_WRITE ? 'w' : '-';
	buffer[2] = flags & MAPPING_EXEC ? 'x' : '-';
	buffer[3] = flags & MAPPING_SHARED ? 's' : 'p';
	buffer[4] = '\0';
	return buffer;
}
