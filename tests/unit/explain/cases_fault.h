/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "case.h"
#include "states_fault.h"

#define FAULT(name, prepare, code, text)                     \
	{                                                    \
		name, prepare, code, CERTAIN, text, {}, NULL \
	}

static const struct test_case fault_cases[] = {
	FAULT("int3", trap_instruction, "breakpoint", "a breakpoint instruction"),
	FAULT("single step", trap_step, "breakpoint", "a single step"),
	FAULT("division", division, "divide_by_zero", "divided by zero, or the quotient"),
	FAULT("float", floating_point, "floating_point", "(FPE_FLTDIV)"),
	FAULT("ud2", illegal, "illegal_instruction", "(ILL_ILLOPN)"),
	FAULT("bad memory", bad_memory, "hardware_error", "0x7f0000001000 has a hardware error"),
	FAULT("misaligned", misaligned, "misaligned", "read from 0x7f0000001001, which is mis"),
	FAULT("misaligned, x86", misaligned_somewhere, "misaligned", "an address is misaligned"),
	FAULT("behind the file", behind_file, "beyond_file_end",
	      "byte 8208 of /srv/cache, which ends at byte 100"),
	FAULT("no huge page", no_huge_page, "filesystem_full", "huge pages of /srv/cache: none"),
	FAULT("tmpfs", tmpfs_full, "filesystem_full", "its tmpfs of 1000 pages is full"),
	{ "nearly full",
	  tmpfs_nearly_full,
	  "filesystem_full",
	  LIKELY,
	  "its tmpfs of 1000 pages is full",
	  {},
	  NULL },
	FAULT("half full", tmpfs_half_full, "io_error", "an I/O error, or no space for it"),
	FAULT("userfaultfd", user_fault, "page_missing", "its userfaultfd"),
	FAULT("disk", disk_error, "io_error", "could not provide the page: an I/O error"),
	FAULT("swap", swap_error, "io_error", "could not be read back from swap"),

	FAULT("stack limit", stack_limit, "stack_overflow", "8388608 bytes (RLIMIT_STACK"),
	FAULT("stack gap", stack_gap, "stack_overflow", "keeps 1048576 bytes free"),
	FAULT("stack growth", stack_growth, "stack_overflow", "did not let it grow"),
	FAULT("wild pointer", wild_below_stack, "not_mapped", "nothing is mapped there"),
	FAULT("thread", thread_guard, "stack_overflow", "into the guard below it (4096 bytes"),
	FAULT("glibc 2.42", thread_marked_guard, "stack_overflow", "(MADV_GUARD_INSTALL)"),

	FAULT("not canonical", not_canonical, "address_unknown", "(trap 13)"),
	FAULT("by the stack register", stack_not_canonical, "address_unknown", "(trap 12)"),
	{ "old trap", old_trap, "unknown", UNKNOWN, "is not known", {}, NULL },
	FAULT("null", null_read, "null_pointer", "read from 0x18: a null pointer with an offset"),
	FAULT("null call", null_call, "null_pointer", "jump to 0x0: a null pointer"),
	FAULT("unmapped", unmapped, "not_mapped", "ends 16 bytes below; the next one begins 8176"),
	FAULT("kernel", kernel_address, "not_mapped", "an address of the kernel"),
	FAULT("guard", guard, "guard_page", "the page is a guard"),
	FAULT("constant", write_to_constant, "not_writable", "not writable (r--p) of /srv/cache"),
	FAULT("data", jump_to_data, "not_executable", "(rw-p) of anonymous memory"),
	FAULT("nothing", read_nothing, "no_access", "is not permitted (SEGV_ACCERR)"),
	FAULT("pkey", protection_key, "no_access", "(SEGV_PKUERR)"),
	{ "of another", fault_of_other, "unknown", UNKNOWN, "(SEGV_MAPERR); what the", {}, NULL },

	FAULT("assert", assertion, "assertion_failed",
	      "failed: \"server: server.c:37: main: Assertion `n > 0' failed.\""),
	FAULT("assert, no message", assertion_on_stack, "assertion_failed",
	      "of the program failed"),
	{ "double free",
	  double_free,
	  "heap_corrupted",
	  CERTAIN,
	  "double free detected in tcache 2",
	  {},
	  "run the program with valgrind" },
	{ "smashed",
	  smashed,
	  "stack_smashed",
	  CERTAIN,
	  "stack smashing detected",
	  {},
	  "build the program with -fsanitize=address" },
	FAULT("fortify", overflowed, "buffer_overflow", "(_FORTIFY_SOURCE)"),
	FAULT("abort", aborted, "aborted", "ended itself by SIGABRT"),
};
