/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the kernel compile BPF programs? On some architectures it does so only if it was told to. */
#pragma once

#define JIT_SYSCTL "net.core.bpf_jit_enable"

enum jit {
	JIT_ON,
	JIT_OFF,
	JIT_NOT_SHOWN, /* to this user, in this network namespace, or without JIT in this kernel */
};

/* From /proc/sys (kernel/bpf/core.c: bpf_jit_enable). Only root of the host's network sees it. */
enum jit jit_read(void);
