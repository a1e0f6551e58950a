/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the kernel compile BPF programs? On some architectures it does so only if it was told to. */
#pragma once

#include <stdbool.h>

struct bpf_object;

#define JIT_SYSCTL "net.core.bpf_jit_enable"

enum jit {
	JIT_ON,
	JIT_OFF,
	JIT_NOT_SHOWN, /* to this user, in this network namespace, or without JIT in this kernel */
};

/*
 * True if one of the loaded programs of OBJECT is not compiled, and this kernel is one that crashes
 * when it interprets such a program. From 6.10 on, the verifier of arm64 and riscv64 leaves calls
 * of bpf_get_current_task() and the like to the compiler, also if there is none
 * (bpf_jit_inlines_helper_call()). The interpreter then jumps to an address that is none. Met on
 * 6.12 for arm64.
 */
bool jit_is_vital(const struct bpf_object *object);

/* From /proc/sys (kernel/bpf/core.c: bpf_jit_enable). Only root of the host's network sees it. */
enum jit jit_read(void);
