// SPDX-License-Identifier: GPL-2.0-or-later
/* The places that --metrics takes. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "command_line.h"
#include "units.h"

#define NUMERIC ": expected a numeric address before the port, such as 192.0.2.1 or [2001:db8::1]"
#define NEITHER ": expected a file whose name ends with .prom, or [ADDRESS]:PORT"
#define PORT ": expected a port from 1 to 65535 after the colon"

static const struct {
	const char *text, *file;
	int family;
	unsigned int port;
	const char *address;
} places[] = {
	{ "x.prom", "x.prom", 0, 0, NULL },
	{ "/var/lib/a:9100.prom", "/var/lib/a:9100.prom", 0, 0, NULL },
	{ ":1", NULL, AF_UNSPEC, 1, NULL },
	{ ":65535", NULL, AF_UNSPEC, 65535, NULL },
	{ "192.0.2.1:9540", NULL, AF_INET, 9540, "192.0.2.1" },
	{ "0.0.0.0:9540", NULL, AF_INET, 9540, "0.0.0.0" },
	{ "[::1]:9540", NULL, AF_INET6, 9540, "::1" },
	{ "[::ffff:192.0.2.1]:9540", NULL, AF_INET6, 9540, "::ffff:192.0.2.1" },
};

static const struct {
	const char *text, *why;
} wrong[] = {
	{ "", NEITHER },
	{ ".prom", NEITHER },
	{ "x", NEITHER },
	{ "x.prom.gz", NEITHER },
	{ "9540", NEITHER },
	{ ":", PORT },
	{ ":0", PORT },
	{ ":65536", PORT },
	{ ":-1", PORT },
	{ ":9540x", PORT },
	{ ":99999999999999999999", PORT },
	{ "x:9540", NUMERIC },
	{ "localhost:9540", NUMERIC },
	{ "::1:9540", NUMERIC },
	{ "[]:9540", NUMERIC },
	{ "[192.0.2.1]:9540", NUMERIC },
	{ "[::1:9540", NUMERIC },
	{ "192.0.2.1.:9540", NUMERIC },
	{ "[0123456789012345678901234567890123456789012345678901234567890]:9540", NUMERIC },
};

static void takes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *words[WORDS_MAX] = { "--metrics", places[i].text };
		cleanup(cleanup_free) char *errors = NULL;
		char *argv[WORDS_MAX + 2], address[INET6_ADDRSTRLEN] = "";
		struct options options;

		assert_int_equal(parse(words, &options, &errors, argv), 0);
		assert_int_equal(options.metrics.port, places[i].port);
		assert_int_equal(options.metrics.family, places[i].family);
		assert_int_equal(!options.metrics.file, !places[i].file);
		if (places[i].file)
			assert_string_equal(options.metrics.file, places[i].file);
		if (!places[i].address)
			continue;
		inet_ntop(places[i].family,
			  places[i].family == AF_INET ? (void *)&options.metrics.v4
						      : (void *)&options.metrics.v6,
			  address, sizeof(address));
		assert_string_equal(address, places[i].address);
	}
}

static void refuses(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *words[WORDS_MAX] = { "--metrics", wrong[i].text };
		cleanup(cleanup_free) char *errors = NULL;
		char *argv[WORDS_MAX + 2], want[256];
		struct options options;

		snprintf(want, sizeof(want),
			 "sigpath: option --metrics: '%s'%s (see sigpath --help)\n", wrong[i].text,
			 wrong[i].why);
		assert_int_not_equal(parse(words, &options, &errors, argv), 0);
		assert_string_equal(errors, want);
	}
}

static void expect(const char *const words[WORDS_MAX], const char *want)
{
	cleanup(cleanup_free) char *errors = NULL;
	char *argv[WORDS_MAX + 2];
	struct options options;

	parse(words, &options, &errors, argv);
	assert_string_equal(errors, want);
	if (!*want)
		assert_int_equal(options.metrics.label, METRICS_LABEL_UNIT);
}

static void combinations(void **state)
{
	expect((const char *[WORDS_MAX]){ "--metrics", "x.prom", "--metrics", ":9540",
					  "--metrics-label", "unit" },
	       "");
	expect((const char *[WORDS_MAX]){ "--metrics-label", "unit" },
	       "sigpath: option --metrics-label needs --metrics (see sigpath --help)\n");
	expect((const char *[WORDS_MAX]){ "--metrics", "x.prom", "--metrics", "y.prom" },
	       "sigpath: option --metrics: 'y.prom' is the second file; one is enough (see sigpath "
	       "--help)\n");
	expect((const char *[WORDS_MAX]){ "--metrics", ":1", "--metrics", ":2" },
	       "sigpath: option --metrics: ':2' is the second address; one is enough (see sigpath "
	       "--help)\n");
	expect((const char *[WORDS_MAX]){ "check", "--metrics", "x.prom" },
	       "sigpath: option --metrics cannot be used with check (see sigpath --help)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes),
		cmocka_unit_test(refuses),
		cmocka_unit_test(combinations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
