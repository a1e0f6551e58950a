// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "syslog_message.h"

/*
 * RFC 5424, 7.2.2: a name that is not registered has the number of an enterprise behind it. 32473
 * is that of RFC 5612 for examples: sigpath belongs to no enterprise that has a number, and every
 * other number belongs to somebody.
 */
#define SD_ID "sigpath@32473"

/* What `left_out` may need: its name, the quotes, and the list. */
#define LEFT_OUT_SIZE (sizeof(" left_out=\"\"") + sizeof(((struct syslog_data *)NULL)->left_out))

void syslog_data_begin(struct syslog_data *data, struct strbuf *buf, struct strbuf *scratch,
		       size_t size)
{
	*data = (struct syslog_data){
		.buf = buf,
		.scratch = scratch,
		.end = size > LEFT_OUT_SIZE ? size - LEFT_OUT_SIZE : 0,
	};
	strbuf_add_text(buf, "[" SD_ID);
}

/* The names, and "..." if there are more than have room. */
static void note_left_out(struct syslog_data *data, const char *name)
{
	static const char more[] = ",...";
	size_t length = strlen(name), used = data->left_out_length;

	if (used && data->left_out[used - 1] == '.')
		return;
	if (used + length + 1 + sizeof(more) > sizeof(data->left_out)) {
		memcpy(data->left_out + used, more, sizeof(more));
		data->left_out_length = used + strlen(more);
		return;
	}
	if (used)
		data->left_out[used++] = ',';
	memcpy(data->left_out + used, name, length + 1);
	data->left_out_length = used + length;
}

static bool is_special(char byte)
{
	return byte == '"' || byte == '\\' || byte == ']';
}

void syslog_data_put_bytes(struct syslog_data *data, const char *name, const void *value,
			   size_t size)
{
	struct strbuf *buf = data->buf;
	size_t needed = strlen(" =\"\"") + strlen(name);
	const char *text;

	strbuf_reset(data->scratch);
	strbuf_add_escaped(data->scratch, value, size);
	if (data->scratch->failed)
		buf->failed = true;
	if (buf->failed || !data->scratch->length)
		return;
	text = data->scratch->text;
	for (size_t i = 0; i < data->scratch->length; i++)
		needed += 1 + is_special(text[i]);
	if (buf->length + needed > data->end) {
		note_left_out(data, name);
		return;
	}
	strbuf_add_text(buf, " ");
	strbuf_add_text(buf, name);
	strbuf_add_text(buf, "=\"");
	for (size_t i = 0; i < data->scratch->length; i++) {
		if (is_special(text[i]))
			strbuf_add(buf, "\\", 1);
		strbuf_add(buf, &text[i], 1);
	}
	strbuf_add_text(buf, "\"");
}

void syslog_data_put(struct syslog_data *data, const char *name, const char *value)
{
	if (value)
		syslog_data_put_bytes(data, name, value, strlen(value));
}

void syslog_data_put_int(struct syslog_data *data, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	syslog_data_put(data, name, text);
}

void syslog_data_put_uint(struct syslog_data *data, const char *name, uint64_t value)
{
	char text[24];
	struct strbuf number = STRBUF_IN(text);

	strbuf_add_uint(&number, value);
	syslog_data_put(data, name, text);
}

void syslog_data_put_time(struct syslog_data *data, const char *name, struct timespec time)
{
	char text[STRBUF_UTC_SIZE];

	if ((time.tv_sec || time.tv_nsec) && strbuf_format_utc(time, 6, text))
		syslog_data_put(data, name, text);
}

void syslog_data_end(struct syslog_data *data)
{
	data->end += LEFT_OUT_SIZE;
	if (data->left_out_length)
		syslog_data_put(data, "left_out", data->left_out);
	strbuf_add_text(data->buf, "]");
}

/* The start of the character that has a part at TEXT[AT]; of an escape likewise. */
static size_t start_of(const char *text, size_t at)
{
	while (at && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	/* \xHH is the longest. */
	for (size_t back = 1; back < 4 && back <= at; back++)
		if (text[at - back] == '\\')
			return at - back;
	return at;
}

void syslog_add_cut(struct strbuf *buf, const struct strbuf *text, size_t size)
{
	static const char dots[] = "...";
	size_t room = size > buf->length ? size - buf->length : 0;

	if (text->failed)
		buf->failed = true;
	if (buf->failed || !text->length)
		return;
	if (text->length <= room) {
		strbuf_add(buf, text->text, text->length);
	} else if (room >= strlen(dots)) {
		strbuf_add(buf, text->text, start_of(text->text, room - strlen(dots)));
		strbuf_add_text(buf, dots);
	}
}
