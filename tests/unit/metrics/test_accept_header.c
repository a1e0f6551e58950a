// SPDX-License-Identifier: GPL-2.0-or-later
/* Which format a client gets for its Accept header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "accept_header.h"
#include "units.h"

#define OPEN "application/openmetrics-text"

static const struct {
	const char *header;
	enum metrics_format format;
} cases[] = {
	{ NULL, METRICS_TEXT },
	{ "", METRICS_TEXT },
	{ "*/*", METRICS_TEXT },
	{ "text/plain", METRICS_TEXT },
	{ "image/png", METRICS_TEXT },
	{ OPEN, METRICS_OPENMETRICS },
	{ OPEN ";version=1.0.0", METRICS_OPENMETRICS },
	{ OPEN "; version=\"1.0.0\" ; charset=utf-8", METRICS_OPENMETRICS },
	{ "Application/OpenMetrics-Text", METRICS_OPENMETRICS },
	{ OPEN ";version=0.0.1", METRICS_TEXT },
	{ OPEN ";version=2.0.0", METRICS_TEXT },
	{ OPEN ";q=0", METRICS_TEXT },
	{ OPEN ";q=0.000", METRICS_TEXT },
	{ OPEN ";q=0.4,text/plain;q=0.5", METRICS_TEXT },
	{ OPEN ";q=0.5,text/plain;q=0.5", METRICS_OPENMETRICS },
	{ OPEN ";q=0.501,text/plain;q=0.5", METRICS_OPENMETRICS },
	{ "text/plain;q=0.5 , " OPEN " ; q=0.75", METRICS_OPENMETRICS },
	{ OPEN ";q=nonsense", METRICS_TEXT },
	{ OPEN ";q=0.5x", METRICS_TEXT },
	{ OPEN ";q", METRICS_OPENMETRICS },
	{ ",,;;=,;q=1,", METRICS_TEXT },
	{ OPEN "x", METRICS_TEXT },
	/* what Prometheus 2.42 and 3.0 send */
	{ OPEN ";version=1.0.0," OPEN
	       ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	  METRICS_OPENMETRICS },
	{ OPEN ";version=1.0.0;escaping=allow-utf-8;q=0.5," OPEN
	       ";version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
	       "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
	  METRICS_OPENMETRICS },
};

static void chooses(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (accept_header_format(cases[i].header) != cases[i].format)
			fail_msg("%s", cases[i].header);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(chooses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
