// SPDX-License-Identifier: GPL-2.0-or-later
/* Which settings does the environment give, and what is said of those that are wrong? */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "otlp.h"
#include "otlp_list.h"
#include "otlp_request.h"
#include "otlp_url.h"
#include "units.h"

static const char *const variables[] = {
	"ENDPOINT",	      "HEADERS",  "TIMEOUT", "COMPRESSION", "CERTIFICATE", "CLIENT_KEY",
	"CLIENT_CERTIFICATE", "PROTOCOL",
};

static int calls_left = -1; /* of asprintf(), until one finds no memory; -1: all find some */

int __wrap_asprintf(char **ret_text, const char *format, ...);

int __wrap_asprintf(char **ret_text, const char *format, ...)
{
	va_list args;
	int length;

	/* The manual: its content is undefined. */
	if (!calls_left--) {
		*ret_text = (char *)1;
		return -1;
	}
	va_start(args, format);
	length = vasprintf(ret_text, format, args);
	va_end(args);
	return length;
}

static int forget_all(void **state)
{
	char name[80];

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		snprintf(name, sizeof(name), "OTEL_EXPORTER_OTLP_%s", variables[i]);
		unsetenv(name);
		snprintf(name, sizeof(name), "OTEL_EXPORTER_OTLP_LOGS_%s", variables[i]);
		unsetenv(name);
	}
	unsetenv("OTEL_SERVICE_NAME");
	unsetenv("OTEL_RESOURCE_ATTRIBUTES");
	return 0;
}

static void read_good(struct otlp_settings *settings)
{
	struct strbuf warnings = { 0 };

	assert_int_equal(otlp_settings_read(NULL, NULL, settings, &warnings), 0);
	assert_int_equal(warnings.length, 0);
	strbuf_free(&warnings);
}

static void read_with_warnings(struct otlp_settings *settings, const char *expected)
{
	struct strbuf warnings = { 0 };

	assert_int_equal(otlp_settings_read(NULL, NULL, settings, &warnings), 0);
	assert_string_equal(warnings.text, expected);
	strbuf_free(&warnings);
}

static void test_defaults(void **state)
{
	struct otlp_settings settings;

	read_good(&settings);
	assert_string_equal(settings.url, "http://localhost:4318/v1/logs");
	assert_string_equal(settings.name, "otlp:http://localhost:4318/v1/logs");
	assert_string_equal(settings.service_name, "sigpath");
	assert_int_equal(settings.timeout_ms, 10000);
	assert_false(settings.compress);
	assert_int_equal(settings.header_count + settings.attribute_count, 0);
	otlp_settings_free(&settings);
}

/* An empty variable counts as not set: the specification. */
static void test_twins_of_logs_win(void **state)
{
	struct otlp_settings settings;

	setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "5", 1);
	setenv("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "700", 1);
	setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip", 1);
	setenv("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "none", 1);
	setenv("OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=2", 1);
	setenv("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "c=3", 1);
	setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general", 1);
	setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "", 1);
	read_good(&settings);
	assert_int_equal(settings.timeout_ms, 700);
	assert_false(settings.compress);
	assert_int_equal(settings.header_count, 1);
	assert_string_equal(settings.headers[0], "c: 3");
	assert_string_equal(settings.url, "http://general/v1/logs");
	otlp_settings_free(&settings);
}

static void test_wrong_values(void **state)
{
	struct otlp_settings settings;

	setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "-1", 1);
	setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", 1);
	setenv("OTEL_EXPORTER_OTLP_HEADERS", "a=1,=2,secret,b=%4,c=%00,d=%0A,e e=5,Host=x", 1);
	setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", 1);
	setenv("OTEL_RESOURCE_ATTRIBUTES", "a=1,b", 1);
	read_with_warnings(
		&settings,
		"OTEL_EXPORTER_OTLP_HEADERS: header 2 is wrong and is not sent\n"
		"OTEL_EXPORTER_OTLP_HEADERS: header 3 is wrong and is not sent\n"
		"OTEL_EXPORTER_OTLP_HEADERS: header 4 is wrong and is not sent\n"
		"OTEL_EXPORTER_OTLP_HEADERS: header 5 is wrong and is not sent\n"
		"OTEL_EXPORTER_OTLP_HEADERS: header 6 is wrong and is not sent\n"
		"OTEL_EXPORTER_OTLP_HEADERS: header 7 is wrong and is not sent\n"
		"OTEL_EXPORTER_OTLP_HEADERS: header 8 is wrong and is not sent\n"
		"OTEL_EXPORTER_OTLP_TIMEOUT: not a number of milliseconds from 1 to 600000; "
		"10000 are used\n"
		"OTEL_EXPORTER_OTLP_COMPRESSION: neither gzip nor none; none is used\n"
		"OTEL_EXPORTER_OTLP_PROTOCOL: sigpath sends http/json only\n"
		"OTEL_RESOURCE_ATTRIBUTES: not a list of key=value; it is not used\n");
	assert_int_equal(settings.timeout_ms, 10000);
	assert_int_equal(settings.header_count, 1);
	assert_int_equal(settings.attribute_count, 0);
	otlp_settings_free(&settings);
}

static void test_timeouts(void **state)
{
	static const char *const wrong[] = {
		"0", "600001", "10s", " 5", "+5", "1e3", "99999999999999999999"
	};
	struct otlp_settings settings;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		setenv("OTEL_EXPORTER_OTLP_TIMEOUT", wrong[i], 1);
		read_with_warnings(&settings,
				   "OTEL_EXPORTER_OTLP_TIMEOUT: not a number of milliseconds from "
				   "1 to 600000; 10000 are used\n");
		otlp_settings_free(&settings);
	}
}

static void test_service(void **state)
{
	struct otlp_settings settings;

	setenv("OTEL_RESOURCE_ATTRIBUTES", " a = 1%202 ,service.name=x,", 1);
	read_good(&settings);
	assert_string_equal(settings.service_name, "x");
	assert_int_equal(settings.attribute_count, 2);
	assert_string_equal(settings.attributes[0].key, "a");
	assert_string_equal(settings.attributes[0].value, "1 2");
	otlp_settings_free(&settings);
	setenv("OTEL_SERVICE_NAME", "y", 1);
	read_good(&settings);
	assert_string_equal(settings.service_name, "y");
	otlp_settings_free(&settings);
}

static void test_no_memory(void **state)
{
	struct strbuf warnings = { 0 };
	struct otlp_settings settings;
	int calls = 0;

	setenv("OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=2", 1);
	do {
		calls_left = calls++;
	} while (otlp_settings_read(NULL, "spool", &settings, &warnings) == -ENOMEM);
	assert_int_equal(settings.header_count, 2);
	/* With _FORTIFY_SOURCE the function has another name. */
	if (calls == 1)
		skip();
	/* The URL, its name, the name of the sink, and two headers. */
	assert_int_equal(calls, 6);
	calls_left = -1;
	otlp_settings_free(&settings);
	strbuf_free(&warnings);
}

struct url_case {
	const char *text;
	enum otlp_url_kind kind;
	const char *url, *name;
};

static void test_urls(void **state)
{
	static const struct url_case cases[] = {
		{ "http://h", OTLP_URL_OPTION, "http://h/v1/logs", "http://h/v1/logs" },
		{ "http://h:1/", OTLP_URL_OPTION, "http://h:1/v1/logs", "http://h:1/v1/logs" },
		{ "http://h/a/", OTLP_URL_OPTION, "http://h/a/", "http://h/a/" },
		{ "HTTPS://h?k=1", OTLP_URL_OPTION, "HTTPS://h/v1/logs?k=1", "https://h/v1/logs" },
		{ "http://u:p@h/x#f", OTLP_URL_OPTION, "http://u:p@h/x#f", "http://h/x" },
		{ "http://u:p@q@[::1]:9", OTLP_URL_OPTION, "http://u:p@q@[::1]:9/v1/logs",
		  "http://[::1]:9/v1/logs" },
		{ "http://h", OTLP_URL_GENERAL, "http://h/v1/logs", "http://h/v1/logs" },
		{ "http://h/a//", OTLP_URL_GENERAL, "http://h/a/v1/logs", "http://h/a/v1/logs" },
		{ "http://h", OTLP_URL_LOGS, "http://h", "http://h" },
		{ "http://h/a?b", OTLP_URL_LOGS, "http://h/a?b", "http://h/a" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup(cleanup_free) char *url = NULL;
		cleanup(cleanup_free) char *name = NULL;
		const char *why;

		assert_int_equal(otlp_url_read(cases[i].text, cases[i].kind, &url, &name, &why), 0);
		assert_string_equal(url, cases[i].url);
		assert_string_equal(name, cases[i].name);
	}
}

static void test_urls_that_are_wrong(void **state)
{
	static const char *const wrong[] = {
		"",	     "h:4318",	  "file:///etc/shadow", "gopher://h",  "http:/h",
		"http://",   "http:///x", "http://u@",		"http://:80/", "http://h/\n",
		"http://h x"
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char *url, *name;
		const char *why = NULL;

		assert_int_equal(otlp_url_read(wrong[i], OTLP_URL_OPTION, &url, &name, &why),
				 -EINVAL);
		assert_non_null(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_defaults, forget_all),
		cmocka_unit_test_setup(test_twins_of_logs_win, forget_all),
		cmocka_unit_test_setup(test_wrong_values, forget_all),
		cmocka_unit_test_setup(test_timeouts, forget_all),
		cmocka_unit_test_setup(test_service, forget_all),
		cmocka_unit_test_setup(test_no_memory, forget_all),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_urls_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, forget_all);
}
