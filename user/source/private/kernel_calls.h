/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct bpf_program;
struct btf;

/*
 * The calls of kernel functions that PROGRAM makes by CALL_KERNEL() (bpf/signal.bpf.c) get their
 * numbers in KERNEL, the types of the running kernel. Before PROGRAM is loaded. Returns 0, -ENOENT
 * if the kernel lacks one of the functions, or another -errno. After an error PROGRAM is as it was,
 * and cannot be loaded.
 */
int kernel_calls_set(struct bpf_program *program, const struct btf *kernel);
