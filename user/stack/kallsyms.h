/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of kernel addresses, from /proc/kallsyms. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct kallsyms;

/*
 * Opens PATH, which is "/proc/kallsyms"; tests have their own. Who opens it needs CAP_SYSLOG, who
 * reads it later does not. So a service manager can open it: if it is the process's stdin, that is
 * taken. Nothing is read before the first lookup. 0 or -ENOMEM.
 */
int kallsyms_new(const char *path, struct kallsyms **ret_kallsyms);
void kallsyms_free(struct kallsyms *kallsyms);

/*
 * Names COUNT addresses at once: RET_NAMES[i] is static for the life of KALLSYMS, or NULL;
 * RET_OFFSETS[i] is the distance from the symbol. One scan of the file for all addresses that are
 * not cached yet, and no table of all symbols is kept: a kernel has 200,000. -ENODATA if the file
 * shows zeros (kptr_restrict without CAP_SYSLOG).
 */
int kallsyms_lookup(struct kallsyms *kallsyms, const uint64_t *addresses, size_t count,
		    const char **ret_names, uint64_t *ret_offsets);
