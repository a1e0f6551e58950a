// SPDX-License-Identifier: GPL-2.0-or-later
/* What the process that sent the signal was, and whose details are not its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode.h"
#include "enrich.h"

#define START 77

static struct incident incident;

static struct ev_peer *begin(void)
{
	struct ev_peer *detail = &incident.sender_detail;

	memset(&incident, 0, sizeof(incident));
	incident.process.pid = 812;
	incident.signal.sender =
		(struct incident_sender){ .have = true, .pid = 900, .start_boot_ns = START };
	*detail = (struct ev_peer){ .pid = 900,
				    .start_boot_ns = START,
				    .exe_length = 14,
				    .exe = "pkill\0bin\0usr",
				    .cmdline_length = 9,
				    .cmdline = "pkill\0-9",
				    .cgroup_length = 26,
				    .cgroup = "cron.service\0system.slice" };
	return detail;
}

static void another(void **state)
{
	const struct incident_sender *sender = &incident.signal.sender;

	begin();
	assert_true(enrich_sender_is_other(&incident));
	enrich_sender(&incident);
	assert_string_equal(sender->exe.text, "/usr/bin/pkill");
	assert_int_equal(sender->cmdline.count, 2);
	assert_string_equal(sender->cmdline.args[1], "-9");
	assert_string_equal(sender->names.unit, "cron.service");
	assert_int_equal(incident_why_missing(&incident, MISSING_SENDER_CMDLINE), WHY_NONE);
}

/* Another process had the number before or after it. */
static void not_its_own(void **state)
{
	begin()->start_boot_ns = START + 1;
	enrich_sender(&incident);
	assert_false(incident.signal.sender.exe.have || incident.signal.sender.cmdline.have);
	assert_int_equal(incident_why_missing(&incident, MISSING_SENDER_EXE), WHY_NOT_KEPT);
	assert_int_equal(incident_why_missing(&incident, MISSING_SENDER_CMDLINE), WHY_NOT_KEPT);
	begin();
	incident.signal.sender.start_boot_ns = 0;
	assert_false(enrich_sender_is_other(&incident));
}

/* `sh -c 'kill 812; exec sleep 9'`: what runs now did not send it. */
static void another_program(void **state)
{
	struct incident_sender *sender = &incident.signal.sender;
	struct ev_peer *detail = begin();

	sender->tid = 900;
	strcpy(sender->comm, "sh");
	strcpy(detail->comm, "pkill");
	enrich_sender(&incident);
	assert_false(sender->exe.have || sender->cmdline.have || sender->cmdline.count);
	assert_string_equal(sender->names.unit, "cron.service");
	assert_int_equal(incident_why_missing(&incident, MISSING_SENDER_EXE), WHY_PROCESS_RENAMED);
	assert_int_equal(incident_why_missing(&incident, MISSING_SENDER_CMDLINE),
			 WHY_PROCESS_RENAMED);
	/* The same name, none in an old capture, or that of another thread. */
	strcpy((detail = begin())->comm, "pkill");
	strcpy(sender->comm, "pkill");
	sender->tid = 900;
	enrich_sender(&incident);
	assert_true(sender->exe.have && sender->cmdline.have);
	begin();
	strcpy(sender->comm, "pkill");
	sender->tid = 900;
	enrich_sender(&incident);
	assert_true(sender->exe.have);
	strcpy((detail = begin())->comm, "main");
	strcpy(sender->comm, "worker");
	sender->tid = 901;
	enrich_sender(&incident);
	assert_true(sender->exe.have);
}

static void hidden(void **state)
{
	struct ev_peer *detail = begin();

	detail->cmdline_length = 0;
	detail->flags = EV_PEER_CMDLINE_REDACTED;
	enrich_sender(&incident);
	assert_true(incident.signal.sender.cmdline.redacted);
	assert_int_equal(incident_why_missing(&incident, MISSING_SENDER_CMDLINE), WHY_REDACTED);
}

static void itself(void **state)
{
	const struct incident_sender *sender = &incident.signal.sender;

	begin();
	incident.signal.sender.pid = 812;
	incident.process.exe.have = true;
	strcpy(incident.process.exe.text, "/srv/server");
	cmdline_decode((const unsigned char *)"server\0-v", 10, false, &incident.process.cmdline);
	strcpy(incident.process.names.unit, "server.service");
	assert_false(enrich_sender_is_other(&incident));
	enrich_sender(&incident);
	assert_string_equal(sender->exe.text, "/srv/server");
	assert_string_equal(sender->cmdline.args[1], "-v");
	assert_ptr_equal(sender->cmdline.args[0], sender->cmdline.bytes);
	assert_string_equal(sender->names.unit, "server.service");
}

static void nobody(void **state)
{
	begin();
	incident.signal.sender.have = false;
	enrich_sender(&incident);
	assert_int_equal(incident_why_missing(&incident, MISSING_SENDER_EXE), WHY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another), cmocka_unit_test(not_its_own),
		cmocka_unit_test(hidden),  cmocka_unit_test(another_program),
		cmocka_unit_test(itself),  cmocka_unit_test(nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
