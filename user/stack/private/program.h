/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language that a program is written in, by its file and its mappings. */
#pragma once

#include <stdint.h>

#include "elf_file.h"

/* STACK_PROGRAM_* that the executable FILE shows; STACK_PROGRAM_SECTIONS alone: none of them. */
uint32_t program_marks_of_file(const struct elf_file *file);
/* STACK_PROGRAM_* of a runtime that comes as the library PATH; else 0. */
uint32_t program_marks_of_library(const char *path);
