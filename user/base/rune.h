/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters of Unicode, as far as a hostile name can deceive a reader with them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Length of the well-formed UTF-8 sequence at BYTES (Unicode, table 3-7: neither overlong nor a
 * surrogate nor above U+10FFFF), or 0. RET_RUNE is its code point. SIZE is not 0.
 */
size_t rune_decode(const uint8_t *bytes, size_t size, uint32_t *ret_rune);

/*
 * True if nothing is to be seen of it, or if it changes where other characters are: control
 * characters, separators of lines, characters without a width, of a direction, variation selectors
 * and tags.
 */
bool rune_is_invisible(uint32_t rune);
/* True if it is drawn on the character before it. Only the most common blocks are known. */
bool rune_is_combining(uint32_t rune);
/* True if it is not ASCII and looks like QUOTE, which is '"' or '\''. */
bool rune_looks_like_quote(uint32_t rune, char quote);
/* True if it is not ASCII and looks like a blank, a quote, a bracket, a comma or a semicolon. */
bool rune_looks_like_separator(uint32_t rune);
