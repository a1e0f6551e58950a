/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of system calls, from libseccomp's tables: each ABI has its own numbers. */
#include <seccomp.h>

#include "decode_private.h"

#define NUMBERS_MAX 1024 /* above every ABI's largest number; x32 has its own up to 547 */

static uint32_t seccomp_architecture(enum ev_abi abi)
{
	switch (abi) {
	case EV_ABI_X86_64:
		return SCMP_ARCH_X86_64;
	case EV_ABI_I386:
		return SCMP_ARCH_X86;
	case EV_ABI_X32:
		return SCMP_ARCH_X32;
	case EV_ABI_AARCH64:
		return SCMP_ARCH_AARCH64;
	case EV_ABI_ARM:
		return SCMP_ARCH_ARM;
	case EV_ABI_RISCV64:
		return SCMP_ARCH_RISCV64;
	case EV_ABI_RISCV32: /* libseccomp does not have it */
		break;
	}
	return SCMP_ARCH_NATIVE;
}

/*
 * libseccomp allocates a new string for each call. They are kept, so the names are static for all
 * callers.
 */
const char *syscall_name(enum ev_abi abi, uint32_t number)
{
	static char *names[EV_ABI_LAST + 1][NUMBERS_MAX];
	int scmp_number = number;

	if (abi > EV_ABI_LAST || abi == EV_ABI_RISCV32 || number >= NUMBERS_MAX)
		return NULL;
	if (abi == EV_ABI_X32)
		scmp_number |= 0x40000000;
	if (!names[abi][number])
		names[abi][number] =
			seccomp_syscall_resolve_num_arch(seccomp_architecture(abi), scmp_number);
	return names[abi][number];
}
