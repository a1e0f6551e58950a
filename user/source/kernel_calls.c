// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "kernel_calls.h"
#include "units.h"

/* By the numbers in bpf/signal.bpf.c. */
static const char *const functions[] = {
	[1] = "bpf_task_from_pid",
	[2] = "bpf_task_release",
};

static int set_call(struct bpf_insn *call, const struct btf *kernel)
{
	int number;

	if (call->imm < 1 || call->imm >= (int)ARRAY_SIZE(functions))
		return -EINVAL;
	number = btf__find_by_name_kind(kernel, functions[call->imm], BTF_KIND_FUNC);
	if (number <= 0)
		return -ENOENT;
	call->imm = number;
	return 0;
}

int kernel_calls_set(struct bpf_program *program, const struct btf *kernel)
{
	size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *code cleanup(cleanup_free) = calloc(count, sizeof(*code));
	int error;

	if (!code)
		return -ENOMEM;
	memcpy(code, bpf_program__insns(program), count * sizeof(*code));
	for (size_t i = 0; i < count; i++) {
		if (code[i].code != (BPF_JMP | BPF_CALL) ||
		    code[i].src_reg != BPF_PSEUDO_KFUNC_CALL)
			continue;
		error = set_call(&code[i], kernel);
		if (error)
			return error;
	}
	return bpf_program__set_insns(program, code, count);
}
