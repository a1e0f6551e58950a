// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process chose in a sentence of ours: escaped once, harmless in each format. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "journal.h"
#include "otlp_record.h"
#include "rune.h"
#include "samples.h"
#include "syslog_message.h"

/* A quote, a backslash, ESC, a newline, a byte that is not UTF-8, a bidirectional override. */
#define MESSAGE "say \"hi\" \\ \x1b[31m\n\xff\xe2\x80\xae."
#define ESCAPED "\"say \\\"hi\\\" \\\\ \\x1b[31m\\n\\xff\\xe2\\x80\\xae.\""
/* No blank: it needs no quotes. */
#define WORD "a\x1b_b\n\\"
#define ESCAPED_WORD ": a\\x1b_b\\n\\\\"

static struct ev_session session = { .id = 0x5f0c2a91, .host = "web-12", .boot_id = "b1" };
static struct sample sample;

static void prepare(const char *message)
{
	sample_bare(&sample);
	sample.incident.subject = EV_SUBJECT_ABORT;
	sample.incident.signal.number = SIGABRT;
	sample.incident.abort.have = true;
	strcpy(sample.incident.abort.message, message);
	explain(&sample.incident, &sample.explanation);
	/* As an advice or a note could have it. */
	strcpy(sample.explanation.disposition, sample.explanation.text);
}

/* Well-formed UTF-8, and no character that a terminal acts on. NEWLINES: lines may end. */
static void assert_harmless(const char *text, size_t size, bool newlines)
{
	for (size_t i = 0; i < size;) {
		uint32_t rune;
		size_t length = rune_decode((const uint8_t *)text + i, size - i, &rune);

		assert_true(length);
		assert_true(!rune_is_invisible(rune) || (newlines && rune == '\n'));
		i += length;
	}
}

static char *render(enum line_format format)
{
	const struct sample_lines lines = {
		.format = format,
		.options = { .session = &session, .text.full = true, .width = 1000 }
	};
	char *text = sample_render(&lines, &sample);

	assert_harmless(text, strlen(text), true);
	return text;
}

static void assert_in(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in '%s'", part, text);
}

static void lines(const char *escaped)
{
	char *text = render(FORMAT_TEXT);
	const char *why = strstr(text, "    why "), *signal = strstr(text, "    signal ");

	assert_true(why && signal);
	assert_in(why, escaped);
	assert_in(signal, escaped);
	free(text);
	free(render(FORMAT_ONELINE));
}

static const char *value_of(struct json_object *object, const char *key)
{
	struct json_object *found = NULL;

	assert_true(json_object_object_get_ex(object, key, &found));
	return json_object_get_string(found);
}

static void json(const char *escaped)
{
	char *text = render(FORMAT_JSON);
	struct json_object *line = json_tokener_parse(text), *part = NULL;

	assert_non_null(line);
	assert_true(json_object_object_get_ex(line, "cause", &part));
	assert_in(value_of(part, "text"), escaped);
	assert_true(json_object_object_get_ex(line, "signal", &part));
	assert_in(value_of(part, "disposition_text"), escaped);
	json_object_put(line);
	free(text);
}

/* Each line of the journal's fields is one field. */
static void journal(const char *escaped)
{
	struct strbuf buf = { 0 };
	const char *field;

	journal_add_incident(&sample.incident, &sample.explanation, &buf);
	assert_false(buf.failed);
	assert_harmless(buf.text, buf.length, true);
	field = strstr(buf.text, "SIGPATH_CAUSE_TEXT=");
	assert_non_null(field);
	*strchr(field, '\n') = '\0';
	assert_in(field, escaped);
	strbuf_free(&buf);
}

static void syslog_messages(const char *escaped)
{
	for (int is_local = 0; is_local < 2; is_local++) {
		struct syslog_format format = { .session = &session,
						.is_local = is_local,
						.size = SYSLOG_SIZE_DEFAULT };
		struct strbuf buf = { 0 };

		syslog_add_incident(&format, &sample.incident, &sample.explanation, &buf);
		assert_false(buf.failed);
		assert_harmless(buf.text, buf.length, false);
		/* The other one has it in JSON. */
		if (!is_local)
			assert_in(strstr(buf.text, "] SIGABRT killed "), escaped);
		syslog_format_free(&format);
		strbuf_free(&buf);
	}
}

static void otlp(const char *escaped)
{
	struct strbuf buf = { 0 };
	struct json_object *record, *body = NULL;
	const char *bytes;

	otlp_add_incident(&session, &sample.incident, &sample.explanation, &buf);
	assert_false(buf.failed);
	bytes = buf.text + strlen(buf.text) + 1;
	assert_harmless(bytes, strlen(bytes), false);
	record = json_tokener_parse(bytes);
	assert_non_null(record);
	assert_true(json_object_object_get_ex(record, "body", &body));
	assert_in(value_of(body, "stringValue"), escaped);
	json_object_put(record);
	strbuf_free(&buf);
}

static void test_all(void **state)
{
	static const char *const cases[][2] = { { MESSAGE, ESCAPED }, { WORD, ESCAPED_WORD } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		prepare(cases[i][0]);
		lines(cases[i][1]);
		json(cases[i][1]);
		journal(cases[i][1]);
		syslog_messages(cases[i][1]);
		otlp(cases[i][1]);
	}
}

/* What should not be in a sentence is harmless all the same. */
static void test_raw(void **state)
{
	(void)state;
	prepare("x");
	strcpy(sample.explanation.text, MESSAGE);
	strcpy(sample.explanation.disposition, MESSAGE);
	lines("say \"hi\" \\ \\x1b[31m\\n\\xff\\xe2\\x80\\xae.");
	json("say \"hi\" \\ \\x1b[31m\\n\\xff\\xe2\\x80\\xae.");
	journal("\\x1b[31m\\n\\xff\\xe2\\x80\\xae.");
	syslog_messages("\\x1b[31m\\n\\xff\\xe2\\x80\\xae.");
	otlp("\\x1b[31m\\n\\xff\\xe2\\x80\\xae.");
}

/* A message that is longer than the sentence is cut, and this is seen. */
static void test_long(void **state)
{
	char message[INCIDENT_MESSAGE_MAX + 1];
	size_t length;

	(void)state;
	memset(message, 'm', sizeof(message) - 1);
	memcpy(message, "a b", 3);
	message[sizeof(message) - 1] = '\0';
	prepare(message);
	length = strlen(sample.explanation.text);
	assert_int_equal(length, EXPLANATION_TEXT_MAX - 1);
	assert_in(sample.explanation.text, ": \"a bmmm");
	assert_string_equal(sample.explanation.text + length - 6, "mmm...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
