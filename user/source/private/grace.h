/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits until every BPF program that is running now has finished. */
#pragma once

/*
 * Call it before CAP_BPF is given up. 0, or -errno if grace_wait() will fail because the kernel has
 * no way to wait.
 */
int grace_prepare(void);
/*
 * Waits for an RCU grace period of the kernel, and so for the programs on other CPUs. Afterwards
 * everything that they wrote is visible. 0, or -errno if the kernel has no way to wait.
 */
int grace_wait(void);
