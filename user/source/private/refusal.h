/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why does a kernel that has everything refuse to load the programs? */
#pragma once

#include <stdbool.h>

/* Lockdown in the mode confidentiality, as far as this host shows it (securityfs). */
bool refusal_by_lockdown(void);

/*
 * The reason for which the kernel refuses programs of this process, which has the capabilities;
 * NULL if there is none that we know. Each is found by asking the kernel. Static.
 */
const char *refusal_reason(void);
