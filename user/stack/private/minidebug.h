/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MiniDebugInfo: a symbol table that distributions keep, compressed, in .gnu_debugdata. */
#pragma once

#include "elf_file.h"

/* 0; -ENOENT: FILE has none; -EBADMSG: corrupt, or larger than any real one; -ENOMEM. */
int minidebug_open(const struct elf_file *file, struct elf_file *ret_minidebug);
