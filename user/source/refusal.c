// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "jit.h"
#include "refusal.h"
#include "units.h"

/* "none integrity [confidentiality]": the active one is in brackets. */
bool refusal_by_lockdown(void)
{
	FILE *file cleanup(cleanup_fclose) = fopen("/sys/kernel/security/lockdown", "re");
	char line[128];

	return file && fgets(line, sizeof(line), file) && strstr(line, "[confidentiality]");
}

static bool loads(const struct bpf_insn *program, size_t count)
{
	int fd cleanup(cleanup_close) = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "sigpath_try",
						      "GPL", program, count, NULL);

	return fd >= 0;
}

/*
 * Lockdown takes the helper away that reads the kernel's memory. libbpf_probe_bpf_helper() does not
 * know how newer kernels say that.
 */
static bool reading_is_refused(void)
{
	static const struct bpf_insn read_nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD, .dst_reg = BPF_REG_1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const size_t end = 2; /* the last instructions alone do nothing */

	return loads(read_nothing + ARRAY_SIZE(read_nothing) - end, end) &&
	       !loads(read_nothing, ARRAY_SIZE(read_nothing));
}

const char *refusal_reason(void)
{
	if (refusal_by_lockdown())
		return "lockdown=confidentiality forbids BPF programs to read the kernel";
	if (reading_is_refused())
		return "BPF programs may not read the kernel here, as under "
		       "lockdown=confidentiality";
	if (jit_read() == JIT_OFF)
		return "the BPF JIT is off, and this kernel refuses the programs then, or would "
		       "crash: run sysctl -w " JIT_SYSCTL "=1 first";
	if (jit_read() == JIT_NOT_SHOWN)
		return "the BPF JIT may be missing: there is no " JIT_SYSCTL " here";
	return NULL;
}
