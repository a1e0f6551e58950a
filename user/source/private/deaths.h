/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that a signal is about to end (-s fatal): the memory that core/death.bpf.h fills. */
#pragma once

struct deaths;
struct sigpath_bpf;

/* Before the programs are attached. 0 or -errno. */
int deaths_new(struct sigpath_bpf *skeleton, struct deaths **ret_deaths);
/* NULL is allowed. */
void deaths_free(struct deaths *deaths);
