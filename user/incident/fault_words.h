/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of what a fault has: the same words for text and JSON. */
#pragma once

#include "incident.h"

/* "read", "write", "execute"; NULL: not known. */
const char *word_access(enum ev_access access);
/* "rip" of the registers of ABI (struct ev_thread); NULL: it has no name. */
const char *word_register(enum ev_abi abi, size_t index);

#define WORD_PERMISSIONS_SIZE 5
/* As in /proc/PID/maps: "rw-p". FLAGS: vm_flags. */
const char *word_permissions(uint64_t flags, char buffer[WORD_PERMISSIONS_SIZE]);

/* vm_flags, the same on all kernels and machines (include/linux/mm.h). */
#define MAPPING_READ 0x1u
#define MAPPING_WRITE 0x2u
#define MAPPING_EXEC 0x4u
#define MAPPING_SHARED 0x8u
#define MAPPING_GROWS_DOWN 0x100u
#define MAPPING_UFFD_MISSING 0x200u
#define MAPPING_HUGETLB 0x400000u
