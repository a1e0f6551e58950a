/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting until every BPF program that is running now has ended. */
#pragma once

/*
 * Waits for an RCU grace period of the kernel, and with it for the programs that run on other CPUs:
 * afterwards all that they wrote is seen. 0, or -errno where the kernel offers no way to wait.
 */
int grace_wait(void);
