// SPDX-License-Identifier: GPL-2.0-or-later
/* The fields of an entry as bytes. */
#include <endian.h>
#include <string.h>

#include "journal.h"

static void begin_line(struct strbuf *buf, const char *name)
{
	strbuf_add_text(buf, name);
	strbuf_add(buf, "=", 1);
}

static void end_line(struct strbuf *buf)
{
	strbuf_add(buf, "\n", 1);
}

void journal_add_bytes(struct strbuf *buf, const char *name, const void *bytes, size_t size)
{
	begin_line(buf, name);
	/* What comes out has no newline. */
	strbuf_add_escaped(buf, bytes, size);
	end_line(buf);
}

void journal_add_text(struct strbuf *buf, const char *name, const char *value)
{
	if (value)
		journal_add_bytes(buf, name, value, strlen(value));
}

void journal_add_sentence(struct strbuf *buf, const char *name, const char *sentence)
{
	if (!sentence[0])
		return;
	begin_line(buf, name);
	strbuf_add_sentence(buf, sentence);
	end_line(buf);
}

void journal_add_uint(struct strbuf *buf, const char *name, uint64_t value)
{
	begin_line(buf, name);
	strbuf_add_uint(buf, value);
	end_line(buf);
}

void journal_add_time(struct strbuf *buf, const char *name, struct timespec time)
{
	char text[STRBUF_UTC_SIZE];

	if ((time.tv_sec || time.tv_nsec) && strbuf_format_utc(time, 9, text))
		journal_add_text(buf, name, text);
}

void journal_add_path(struct strbuf *buf, const char *name, const struct incident_path *path)
{
	if (!path->have)
		return;
	begin_line(buf, name);
	strbuf_add_text(buf, path->truncated ? ".../" : "");
	strbuf_add_escaped(buf, path->text, strlen(path->text));
	end_line(buf);
}

void journal_add_number(struct strbuf *buf, const char *name, const char *name_here,
			uint32_t number, struct incident_here here)
{
	uint32_t known = incident_number_here(number, here);

	if (!number)
		return;
	journal_add_uint(buf, name, number);
	if (here.differs && known)
		journal_add_uint(buf, name_here, known);
}

size_t journal_begin(struct strbuf *buf, const char *name)
{
	static const uint64_t no_length_yet;
	size_t start;

	strbuf_add_text(buf, name);
	strbuf_add(buf, "\n", 1);
	start = buf->length;
	strbuf_add(buf, &no_length_yet, sizeof(no_length_yet));
	return start;
}

void journal_end(struct strbuf *buf, size_t start)
{
	const size_t value = start + sizeof(uint64_t);
	uint64_t length;

	if (buf->failed)
		return;
	/* The last newline becomes the one behind the value. */
	if (buf->length == value || buf->text[buf->length - 1] != '\n')
		end_line(buf);
	if (buf->failed)
		return;
	length = htole64(buf->length - 1 - value);
	memcpy(buf->text + start, &length, sizeof(length));
}
