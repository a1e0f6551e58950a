/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing byte string for rendering lines, and the escaping of hostile bytes. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct strbuf {
	char *text; /* NUL-terminated once anything was added; NULL before */
	size_t length;
	size_t capacity;
	bool failed; /* memory ran out: the text is incomplete */
	bool fixed;  /* `text` is memory of the caller, which does not grow */
};

/* A buffer that never allocates: ARRAY limits its text, and more than fits sets `failed`. */
#define STRBUF_IN(array)                                                  \
	{                                                                 \
		.text = (array), .capacity = sizeof(array), .fixed = true \
	}

void strbuf_add(struct strbuf *buf, const void *bytes, size_t size);
void strbuf_add_text(struct strbuf *buf, const char *text);
char *strbuf_extend_slowly(struct strbuf *buf, size_t size);
/* Adds SIZE bytes. The caller fills them before it adds anything else. NULL: out of memory. */
static inline char *strbuf_extend(struct strbuf *buf, size_t size)
{
	char *at;

	/* Inline: a line of JSON is made of some hundred pieces. */
	if (size >= buf->capacity - buf->length || buf->failed)
		return strbuf_extend_slowly(buf, size);
	at = buf->text + buf->length;
	buf->length += size;
	at[size] = '\0';
	return at;
}
/* Integers without printf, which takes five times as long; a line of JSON has fifty of them. */
void strbuf_add_uint(struct strbuf *buf, uint64_t value);
/* "0x7f393f38138f" */
void strbuf_add_hex(struct strbuf *buf, uint64_t value);
void strbuf_printf(struct strbuf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/*
 * Adds bytes of unknown origin as printable UTF-8: the backslash, invalid UTF-8, what
 * rune_is_invisible(), and a combining character at the beginning become \n, \t, \\ or \xHH of
 * each byte. What comes out is valid UTF-8 that no terminal acts on. The escaping is reversible.
 */
void strbuf_add_escaped(struct strbuf *buf, const void *bytes, size_t size);
/*
 * The same in double quotes. Each quote, and each backslash that strbuf_add_escaped()
 * would write, gets a backslash before it. JSON and logfmt can both read this.
 */
void strbuf_add_quoted(struct strbuf *buf, const void *bytes, size_t size);
/*
 * The same for a name in a line for people: in double quotes if it holds a blank, a quote, a
 * bracket, a comma or a semicolon, or what looks like one. So nobody takes a part of it for the
 * words around it.
 */
void strbuf_add_name(struct strbuf *buf, const void *bytes, size_t size);
/*
 * A part of a longer text that the caller puts between QUOTE, which is '"' or '\''. Characters that
 * look like the quote are escaped too. With '\'' the part must hold no single quote.
 */
void strbuf_add_inside(struct strbuf *buf, const void *bytes, size_t size, char quote);
/* Whether the bytes hold a separator of strbuf_add_name(); without ASCII: only what looks like one.
 */
bool strbuf_has_separator(const void *bytes, size_t size, bool ascii);
/*
 * A sentence of ours, in which the names that others chose are escaped. They are not escaped a
 * second time: a backslash stays as it is. What must not be there is still escaped.
 */
void strbuf_add_sentence(struct strbuf *buf, const char *sentence);

#define STRBUF_UTC_SIZE 32 /* "2026-11-22T14:03:22.117004518Z" and its NUL */

/*
 * RFC 3339 in UTC with this number of DECIMALS (0 to 9), truncated. Returns the length; 0 for a
 * year that does not have four digits.
 */
size_t strbuf_format_utc(struct timespec time, unsigned int decimals,
			 char ret_text[STRBUF_UTC_SIZE]);
/* Empties the buffer and keeps its memory. */
void strbuf_reset(struct strbuf *buf);
void strbuf_free(struct strbuf *buf);
