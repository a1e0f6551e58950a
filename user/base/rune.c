// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables follow Unicode 15: Default_Ignorable_Code_Point and the format controls of
 * DerivedCoreProperties.txt, White_Space of PropList.txt, and confusables.txt.
 */
#include "rune.h"

#include "units.h"

struct range {
	uint32_t first, last;
};

static const struct range invisible[] = {
	{ 0x00, 0x1f },	      /* C0 */
	{ 0x7f, 0x9f },	      /* DEL and C1: 0x9b is CSI */
	{ 0xad, 0xad },	      /* soft hyphen */
	{ 0x34f, 0x34f },     /* grapheme joiner */
	{ 0x61c, 0x61c },     /* Arabic letter mark */
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
	{ 0x180b, 0x180f },   /* Mongolian selectors */
	{ 0x200b, 0x200f },   /* zero-width space, joiners, direction marks */
	{ 0x2028, 0x202e },   /* line and paragraph separator, bidi embeddings and overrides */
	{ 0x2060, 0x206f },   /* word joiner, invisible operators, bidi isolates */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xfe00, 0xfe0f },   /* variation selectors */
	{ 0xfeff, 0xfeff },   /* zero-width no-break space */
	{ 0xffa0, 0xffa0 },   /* Hangul filler */
	{ 0xfff0, 0xfffb },   /* interlinear annotation */
	{ 0x13430, 0x1343f }, /* Egyptian format controls */
	{ 0x1bca0, 0x1bca3 }, /* shorthand format controls */
	{ 0x1d173, 0x1d17a }, /* musical format controls */
	{ 0xe0000, 0xe0fff }, /* tags, more variation selectors */
};

static const struct range combining[] = {
	{ 0x300, 0x36f },   { 0x483, 0x489 },	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe20, 0xfe2f },
};

static const struct range double_quotes[] = {
	{ 0x2ba, 0x2ba },   { 0x2dd, 0x2dd },	{ 0x2ee, 0x2ee },   { 0x2f6, 0x2f6 },
	{ 0x5f4, 0x5f4 },   { 0x201c, 0x201f }, { 0x2033, 0x2034 }, { 0x2036, 0x2037 },
	{ 0x275d, 0x275e }, { 0x3003, 0x3003 }, { 0x301d, 0x301f }, { 0xff02, 0xff02 },
};

static const struct range single_quotes[] = {
	{ 0xb4, 0xb4 },	    { 0x2b9, 0x2b9 },	{ 0x2bb, 0x2bd },   { 0x2c8, 0x2c8 },
	{ 0x2ca, 0x2cb },   { 0x2f4, 0x2f4 },	{ 0x55a, 0x55a },   { 0x5f3, 0x5f3 },
	{ 0x2018, 0x201b }, { 0x2032, 0x2032 }, { 0x2035, 0x2035 }, { 0x275b, 0x275c },
	{ 0xa78b, 0xa78c }, { 0xff07, 0xff07 }, { 0xff40, 0xff40 },
};

/* Blanks of all widths, the blank pattern of Braille, and wide or ornamental brackets and commas. */
static const struct range separators[] = {
	{ 0xa0, 0xa0 },	    { 0x1680, 0x1680 }, { 0x2000, 0x200a }, { 0x201a, 0x201a },
	{ 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x2768, 0x2769 }, { 0x2772, 0x2773 },
	{ 0x2800, 0x2800 }, { 0x3000, 0x3001 }, { 0x3014, 0x3015 }, { 0xff08, 0xff09 },
	{ 0xff0c, 0xff0c }, { 0xff1b, 0xff1b }, { 0xff3b, 0xff3b }, { 0xff3d, 0xff3d },
	{ 0xff64, 0xff64 },
};

static bool is_in(const struct range *ranges, size_t count, uint32_t rune)
{
	for (size_t i = 0; i < count && rune >= ranges[i].first; i++)
		if (rune <= ranges[i].last)
			return true;
	return false;
}

#define IS_IN(table, rune) is_in(table, ARRAY_SIZE(table), rune)

size_t rune_decode(const uint8_t *bytes, size_t size, uint32_t *ret_rune)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t rune;
	size_t length;

	if (bytes[0] < 0x80) {
		*ret_rune = bytes[0];
		return 1;
	}
	if ((bytes[0] & 0xe0) == 0xc0) {
		length = 2;
		rune = bytes[0] & 0x1f;
	} else if ((bytes[0] & 0xf0) == 0xe0) {
		length = 3;
		rune = bytes[0] & 0x0f;
	} else if ((bytes[0] & 0xf8) == 0xf0) {
		length = 4;
		rune = bytes[0] & 0x07;
	} else {
		return 0;
	}
	if (length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (bytes[i] & 0x3f);
	}
	if (rune < smallest[length] || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return 0;
	*ret_rune = rune;
	return length;
}

bool rune_is_invisible(uint32_t rune)
{
	return IS_IN(invisible, rune);
}

bool rune_is_combining(uint32_t rune)
{
	return IS_IN(combining, rune);
}

bool rune_looks_like_quote(uint32_t rune, char quote)
{
	return quote == '"' ? IS_IN(double_quotes, rune) : IS_IN(single_quotes, rune);
}

bool rune_looks_like_separator(uint32_t rune)
{
	return IS_IN(separators, rune) || IS_IN(double_quotes, rune) || IS_IN(single_quotes, rune);
}
