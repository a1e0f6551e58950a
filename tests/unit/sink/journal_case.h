/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the journal's entries share: a sample, and a reader of entries that follows the
 * protocol strictly.
 */
#pragma once

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal.h"
#include "samples.h"

#define FIELDS_MAX 1024 /* journald takes no more (ENTRY_FIELD_COUNT_MAX) */

static struct sample sample;
static struct journal_entries *entries;
static struct ev_session session = {
	.id = 0x5f0c2a91, .host = "web-12", .boot_id = "b1", .release = "6.1.0", .machine = "x86_64"
};

/* --- an entry, read --- */

struct field {
	const char *name, *value;
	size_t name_length, length;
};

static struct strbuf entry;
static struct field fields[FIELDS_MAX];
static size_t field_count;

static bool is_name(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!(name[i] >= 'A' && name[i] <= 'Z') && name[i] != '_')
			return false;
	return length && name[0] != '_' && length <= 64;
}

static void read_entry(void)
{
	const char *at = entry.text, *end = entry.text + entry.length;

	assert_false(entry.failed);
	field_count = 0;
	while (at < end) {
		size_t length = strcspn(at, "=\n");
		struct field *field = &fields[field_count++];
		uint64_t size;

		assert_in_range(field_count, 1, FIELDS_MAX);
		*field = (struct field){ .name = at, .name_length = length };
		if (!is_name(at, length))
			fail_msg("field %zu is called '%.*s'", field_count, (int)length, at);
		at += length + 1;
		if (at[-1] == '=') {
			size = (uint64_t)((const char *)memchr(at, '\n', (size_t)(end - at)) - at);
		} else {
			memcpy(&size, at, sizeof(size));
			size = le64toh(size);
			at += sizeof(size);
		}
		assert_in_range(size, 0, end - at - 1);
		field->value = at;
		field->length = size;
		assert_int_equal(at[size], '\n');
		at += size + 1;
	}
}

static bool is_called(const struct field *field, const char *name)
{
	return field->name_length == strlen(name) && !memcmp(field->name, name, field->name_length);
}

static const struct field *find(const char *name)
{
	for (size_t i = 0; i < field_count; i++)
		if (is_called(&fields[i], name))
			return &fields[i];
	return NULL;
}

/* VALUE NULL: there is no such field. */
static void expect(const char *name, const char *value)
{
	const struct field *field = find(name);

	if (!value && field)
		fail_msg("%s is %.*s", name, (int)field->length, field->value);
	if (!value)
		return;
	if (!field)
		fail_msg("no %s", name);
	if (field->length != strlen(value) || memcmp(field->value, value, field->length) != 0)
		fail_msg("%s is '%.*s', not '%s'", name, (int)field->length, field->value, value);
}

static void render(void)
{
	strbuf_reset(&entry);
	journal_entry_incident(entries, &sample.incident, &sample.explanation, &entry);
	read_entry();
}

static int set_up(void **state)
{
	const struct line_options options = { .session = &session, .text.time = TEXT_TIME_UTC };

	entries = journal_entries_new(&options, true);
	return !entries;
}

static int tear_down(void **state)
{
	journal_entries_free(entries);
	strbuf_free(&entry);
	return 0;
}
