/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do hooks on functions run here? A kernel may attach a hook that never runs: kprobes that are
 * disarmed, tracing of functions that is switched off. So a program of its own counts one call that
 * this process makes.
 */
#pragma once

#include <stddef.h>

struct btf;

enum trial {
	TRIAL_REFUSED, /* it does not load or attach */
	TRIAL_SILENT,  /* it attaches, but does not run */
	TRIAL_WORKS,   /* it runs; also if the call could not be made, which proves nothing */
};

/*
 * Of sk_stream_error(), by fentry and by kprobe. BTF is that of the kernel, or NULL. They make no
 * incident, also not for another sigpath: the call fails by EOPNOTSUPP.
 */
enum trial trial_fentry(const struct btf *btf);
enum trial trial_kprobe(void);

/* Why hooks that attach do not run, as far as the kernel says it; else an empty text. Static. */
const char *trial_silent_reason(void);
/* How to let them run, if that is only switched off; else NULL. Static. */
const char *trial_remedy(void);
