/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The key of the map c_libraries, shared with user space. */
#pragma once

#include <linux/types.h>

/*
 * A file. Not by its device: an overlay shows another one than the file below it has. A reader of
 * the value checks what it finds.
 */
struct c_library_key {
	__u64 inode;
	__u64 size;
};
