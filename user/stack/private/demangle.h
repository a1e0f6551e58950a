/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of symbols as the source has them: C++, Rust (legacy and v0); others stay as they are. */
#pragma once

#include <stddef.h>

/* Writes at most SIZE bytes, the NUL included; what is longer is cut, with "..." at its end. */
void demangle(const char *symbol, char *buffer, size_t size);
