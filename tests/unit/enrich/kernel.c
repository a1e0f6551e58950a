// SPDX-License-Identifier: GPL-2.0-or-later
/* Why the function of the kernel that sent a signal is not named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "enrich.h"
#include "kallsyms.h"

#define ADDRESS 0xffffffff81000010u /* and 16 MiB behind it another one */

static struct incident incident;
static struct snapshot snapshot;

/* OPTIONS and a record with FRAMES addresses. Returns why there is no name. */
static enum missing_reason why(struct enrich_options options, size_t frames)
{
	memset(&incident, 0, sizeof(incident));
	incident.signal.origin = EV_ORIGIN_KERNEL;
	memset(&snapshot, 0, sizeof(snapshot));
	snapshot.kernel_count = frames;
	snapshot.kernel[0] = ADDRESS;
	snapshot.kernel[1] = ADDRESS + 0x1000000;
	options.proc_root = "/nowhere";
	enrich(&incident, &snapshot, &options);
	return incident_why_missing(&incident, MISSING_SIGNAL_SITE);
}

static void without_a_stack(void **state)
{
	(void)state;
	/* A replay says the same as the live run. */
	assert_int_equal(why((struct enrich_options){ .live = true }, 0), WHY_KERNEL_NOT_ASKED_FOR);
	assert_int_equal(why((struct enrich_options){ 0 }, 0), WHY_KERNEL_NOT_ASKED_FOR);
	assert_int_equal(why((struct enrich_options){ .live = true, .kernel_wanted = true }, 0),
			 WHY_NO_KERNEL_STACK);
	assert_int_equal(why((struct enrich_options){ .kernel_wanted = true }, 0),
			 WHY_NO_KERNEL_STACK);
}

/* A table of kernel symbols with this CONTENT; NULL: there is no such file. */
static enum missing_reason why_with(const char *content)
{
	char path[] = "/tmp/sigpath-kallsyms-XXXXXX";
	struct enrich_options options = { .kernel_wanted = true };
	enum missing_reason reason;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	if (content)
		assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	else
		unlink(path);
	assert_int_equal(kallsyms_new(path, &options.kallsyms), 0);
	reason = why(options, 2);
	if (!reason)
		assert_string_equal(incident.signal.site, "here");
	kallsyms_free(options.kallsyms);
	close(fd);
	unlink(path);
	return reason;
}

static void with_a_stack(void **state)
{
	(void)state;
	assert_int_equal(why((struct enrich_options){ 0 }, 1), WHY_KERNEL_NOT_ASKED_FOR);
	assert_int_equal(why((struct enrich_options){ .kernel_wanted = true }, 1), WHY_OTHER_BOOT);
	assert_int_equal(why_with(NULL), WHY_KALLSYMS_UNREADABLE);
	assert_int_equal(why_with("0000000000000000 T here\n"), WHY_KERNEL_ADDRESSES_HIDDEN);
	assert_int_equal(why_with("ffffffff81000000 T here\n"), WHY_NONE);
	/* What calls a tracepoint's programs is no part of what happened. */
	assert_int_equal(why_with("ffffffff81000000 t call_trace_sock_send_length\n"
				  "ffffffff82000000 T here\n"),
			 WHY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_stack),
		cmocka_unit_test(with_a_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
