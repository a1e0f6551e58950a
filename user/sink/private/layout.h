/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for people: a headline, and below it fields, each with a name. Text is wrapped at words by
 * the columns that a terminal shows, and goes on below itself:
 *
 *	2026-11-21 14:03:22.117 +00:00  server[812] killed by SIGPIPE   #c1a7f2
 *	    why     peer closed, then reset: it sent FIN 6.003 s before, we wrote 13
 *	            bytes 1.001 s before, it answered RST   [certain]
 *
 * How to add a field: put its text into layout_text(), with everything escaped that somebody else
 * chose; then give it a name with layout_field().
 *
 *	text_add_path(layout_text(layout), &incident->core_file);
 *	layout_confidence(layout, CONFIDENCE_CERTAIN);
 *	layout_field(layout, "core");
 *
 * A field without text takes no line. For a sentence of ours layout_sentence() is enough.
 *
 * A list has layout_next() before each item, and each item is kept together where it fits:
 *
 *	for (...) {
 *		size_t start = layout_next(layout, "<");
 *
 *		text_add_frame_short(frame, layout_text(layout));
 *		layout_glue(layout, start);
 *	}
 *	layout_field(layout, "where");
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "incident.h"
#include "strbuf.h"

#define LAYOUT_INDENT 4	    /* before the name of a field */
#define LAYOUT_NAME 8	    /* columns of a name with the blanks behind it; no name is longer */
#define LAYOUT_WIDTH 100    /* where no terminal says how wide it is */
#define LAYOUT_WIDTH_MIN 40 /* less is not used: a terminal that narrow wraps by itself */

/*
 * A blank at which no line ends, in a text for layout_field(). Escaped text holds no control
 * character, so nobody else can have written it.
 */
#define LAYOUT_GLUE "\1"

struct layout {
	struct strbuf *out; /* gets whole lines */
	size_t width;	    /* columns of a line */
	bool color;
	struct strbuf text; /* of the field under way */
};

/* Lines go to OUT. WIDTH: columns of a line. The caller calls layout_end(). */
void layout_begin(struct layout *layout, struct strbuf *out, size_t width, bool color);
/* Frees what it has used. OUT stays; if memory ran out, OUT->failed is set. */
void layout_end(struct layout *layout);

/* The text of the next field, to add to. */
struct strbuf *layout_text(struct layout *layout);
/* Ends the field: writes its text under NAME, and empties the text. */
void layout_field(struct layout *layout, const char *name);
/* The text as one more of the field before: below its text, on a line of its own. */
void layout_field_more(struct layout *layout);
/* The text as a headline, between this escape sequence and the one that ends it; NULL: none. */
void layout_headline(struct layout *layout, const char *color);
/* A field with a sentence of ours, which this escapes. An empty one takes no line. */
void layout_sentence(struct layout *layout, const char *name, const char *sentence);
/* Adds "[certain]" or "[likely]" to the text; nothing for CONFIDENCE_UNKNOWN. */
void layout_confidence(struct layout *layout, enum confidence confidence);
/*
 * Begins an item of a list: adds SEPARATOR if it is not the first, and returns where the item
 * begins in the text. A line may end before the separator, and not behind it.
 */
size_t layout_next(struct layout *layout, const char *separator);
/* The text from START on is kept on one line, if it fits on one. */
void layout_glue(struct layout *layout, size_t start);

/* How many columns a terminal uses for the escaped text. */
size_t layout_columns(const char *text, size_t size);
/*
 * How many bytes of the text fit into this many columns. It is cut between characters, and not
 * before a combining one.
 */
size_t layout_fit(const char *text, size_t size, size_t columns);
