// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields with names, wrapped at words by the columns that a terminal shows. */
#include "layout.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wchar.h>

#include "rune.h"

#define FIELD_COLUMN (LAYOUT_INDENT + LAYOUT_NAME)
#define GLUE '\1'

#define DIM "\033[2m"
#define COLOR_OFF "\033[0m"

/* --- columns --- */

/* Widths of characters depend on the locale, and sigpath runs in "C" where UTF-8 has none. */
static locale_t utf8;

static void make_locale(void)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
}

static size_t rune_columns(uint32_t rune)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	locale_t before;
	int columns;

	if (rune < 0x80)
		return 1;
	if (rune_is_combining(rune))
		return 0;
	pthread_once(&once, make_locale);
	/* An old system without it: no line gets too long. */
	if (!utf8)
		return rune < 0x1100 ? 1 : 2;
	before = uselocale(utf8);
	columns = wcwidth((wchar_t)rune);
	uselocale(before);
	return columns < 0 ? 1 : (size_t)columns;
}

/* The character at TEXT: its bytes and its columns. */
static size_t measure(const char *text, size_t size, size_t *ret_columns)
{
	uint32_t rune;
	size_t length = rune_decode((const uint8_t *)text, size, &rune);

	*ret_columns = length ? rune_columns(rune) : 1;
	return length ? length : 1;
}

size_t layout_fit(const char *text, size_t size, size_t columns)
{
	size_t at = 0, used = 0, width;

	while (at < size) {
		size_t length = measure(text + at, size - at, &width);

		if (used + width > columns)
			break;
		used += width;
		at += length;
	}
	return at;
}

size_t layout_columns(const char *text, size_t size)
{
	size_t used = 0, width;

	for (size_t at = 0; at < size; used += width)
		at += measure(text + at, size - at, &width);
	return used;
}

/* --- lines --- */

/* The line that is being written. */
struct line {
	struct layout *layout;
	size_t column;
	bool is_empty;
};

static void add_blanks(struct strbuf *out, size_t count)
{
	strbuf_printf(out, "%*s", (int)count, "");
}

static void next_line(struct line *line)
{
	strbuf_add_text(line->layout->out, "\n");
	add_blanks(line->layout->out, FIELD_COLUMN);
	line->column = FIELD_COLUMN;
	line->is_empty = true;
}

static void put(struct line *line, const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		const char *glue = memchr(text + at, GLUE, size - at);
		size_t length = glue ? (size_t)(glue - text) - at : size - at;

		strbuf_add(line->layout->out, text + at, length);
		if (glue)
			strbuf_add_text(line->layout->out, " ");
		at += length + !!glue;
	}
	line->column += layout_columns(text, size);
	line->is_empty = false;
}

/* Where the last escape \xHH in TEXT begins, if SIZE would cut it; else SIZE. */
static size_t before_escape(const char *text, size_t size)
{
	for (size_t back = 1; back <= 3 && back <= size; back++)
		if (text[size - back] == '\\' && text[size - back + 1] == 'x')
			return size - back;
	return size;
}

/*
 * Where to end the line in a word of SIZE bytes that is longer than a line, of which FITS fit: at
 * glue, behind a slash in the second half, or anywhere. Not 0.
 */
static size_t end_in_word(const char *word, size_t size, size_t fits)
{
	const char *glue = memrchr(word, GLUE, fits < size ? fits + 1 : size);
	const char *slash = memrchr(word, '/', fits);
	size_t kept;

	if (glue && glue > word)
		return (size_t)(glue - word);
	if (slash && (size_t)(slash - word) >= fits / 2)
		return (size_t)(slash - word) + 1;
	kept = before_escape(word, fits);
	return kept ? kept : fits;
}

static void put_word(struct line *line, size_t gap, const char *word, size_t size)
{
	size_t width = line->layout->width, columns = layout_columns(word, size);

	if (!line->is_empty && line->column + gap + columns > width) {
		next_line(line);
	} else if (!line->is_empty) {
		add_blanks(line->layout->out, gap);
		line->column += gap;
	}
	while (line->column + columns > width) {
		size_t fits = layout_fit(word, size, width - line->column);
		size_t end = end_in_word(word, size, fits);

		put(line, word, end);
		end += end < size && word[end] == GLUE;
		word += end;
		size -= end;
		columns = layout_columns(word, size);
		if (!size)
			return;
		next_line(line);
	}
	put(line, word, size);
}

/* The text of the field under way, from COLUMN on. */
static void put_text(struct layout *layout, size_t column)
{
	struct line line = { .layout = layout, .column = column, .is_empty = true };
	const char *text = layout->text.text ?: "", *end = text + layout->text.length;

	while (text < end) {
		size_t gap = strspn(text, " ");
		size_t size = strcspn(text + gap, " ");

		if (size)
			put_word(&line, gap, text + gap, size);
		text += gap + size;
	}
	layout->out->failed |= layout->text.failed;
	strbuf_reset(&layout->text);
}

void layout_begin(struct layout *layout, struct strbuf *out, size_t width, bool color)
{
	*layout = (struct layout){
		.out = out,
		.width = width < LAYOUT_WIDTH_MIN ? LAYOUT_WIDTH_MIN : width,
		.color = color,
	};
}

void layout_end(struct layout *layout)
{
	layout->out->failed |= layout->text.failed;
	strbuf_free(&layout->text);
}

struct strbuf *layout_text(struct layout *layout)
{
	return &layout->text;
}

void layout_field(struct layout *layout, const char *name)
{
	if (!layout->text.length)
		return;
	strbuf_printf(layout->out, "%*s%s%-*s%s", LAYOUT_INDENT, "", layout->color ? DIM : "",
		      LAYOUT_NAME, name, layout->color ? COLOR_OFF : "");
	put_text(layout, FIELD_COLUMN);
	strbuf_add_text(layout->out, "\n");
}

void layout_field_more(struct layout *layout)
{
	if (!layout->text.length)
		return;
	add_blanks(layout->out, FIELD_COLUMN);
	put_text(layout, FIELD_COLUMN);
	strbuf_add_text(layout->out, "\n");
}

void layout_headline(struct layout *layout, const char *color)
{
	strbuf_add_text(layout->out, color ? color : "");
	put_text(layout, 0);
	strbuf_add_text(layout->out, color ? COLOR_OFF "\n" : "\n");
}

void layout_sentence(struct layout *layout, const char *name, const char *sentence)
{
	strbuf_add_sentence(&layout->text, sentence);
	layout_field(layout, name);
}

void layout_confidence(struct layout *layout, enum confidence confidence)
{
	if (confidence == CONFIDENCE_CERTAIN)
		strbuf_add_text(&layout->text, "   [certain]");
	else if (confidence == CONFIDENCE_LIKELY)
		strbuf_add_text(&layout->text, "   [likely]");
}

size_t layout_next(struct layout *layout, const char *separator)
{
	if (layout->text.length)
		strbuf_printf(&layout->text, " %s" LAYOUT_GLUE, separator);
	return layout->text.length;
}

void layout_glue(struct layout *layout, size_t start)
{
	if (!layout->text.text)
		return;
	for (size_t i = start; i < layout->text.length; i++)
		if (layout->text.text[i] == ' ')
			layout->text.text[i] = GLUE;
}
