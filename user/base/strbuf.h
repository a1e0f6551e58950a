/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing byte string for rendering lines, and the escaping of hostile bytes. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *text; /* NUL-terminated once anything was added; NULL before */
	size_t length;
	size_t capacity;
	bool failed; /* memory ran out: the text is incomplete */
};

void strbuf_add(struct strbuf *buf, const void *bytes, size_t size);
void strbuf_add_text(struct strbuf *buf, const char *text);
void strbuf_printf(struct strbuf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/*
 * Adds bytes of unknown origin as printable UTF-8: control characters (C0, DEL, C1), line and
 * paragraph separators, bidirectional overrides, invalid UTF-8 and the backslash become \n, \t,
 * \\ or \xHH of each byte. What comes out is valid UTF-8 that no terminal acts on.
 */
void strbuf_add_escaped(struct strbuf *buf, const void *bytes, size_t size);
/* Empties the buffer and keeps its memory. */
void strbuf_reset(struct strbuf *buf);
void strbuf_free(struct strbuf *buf);
