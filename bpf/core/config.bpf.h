/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration of the programs. user/source fills it in before it loads the object. */
#pragma once

#include "core/kernel_types.bpf.h"
#include "config.h"

const volatile struct bpf_config config __weak = {
	.signals = 1ULL << 12, /* SIGPIPE */
	.stack_bytes = 16384,
	.kernel_stack = true,
	.history = true,
	.hooks = { .stream_errors = true },
	.machine = { .window_jiffies = 250, .page_shift = 12, .cpus = 1, .slots = 5 },
};
