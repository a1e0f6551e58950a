// SPDX-License-Identifier: GPL-2.0-or-later
/* decode: who sent the signal, and what else is recorded of that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "record_case.h"

static struct ev_sender *begin_sent(void)
{
	builder_begin(&builder);
	builder.fixed.head.subject = EV_SUBJECT_SENT;
	builder.fixed.signal.origin = EV_ORIGIN_PROCESS;
	builder.fixed.signal.number = SIGKILL;
	builder.fixed.sender = (struct ev_sender){
		.pid = 900,
		.tid = 901,
		.uid = 5,
		.number = 62,
		.abi = EV_ABI_X86_64,
		.comm = "pkill",
		.start_boot_ns = 7,
		.ancestor_count = 2,
		.ancestors = { { .pid = 71, .start_boot_ns = 3, .comm = "sh" }, { .pid = 1 } },
		.stop = { .time_ns = BUILDER_EVENT_NS - 5000,
			  .start_boot_ns = 7,
			  .pid = 900,
			  .parent_pid = 71,
			  .parent_start_boot_ns = 3,
			  .number = SIGTERM,
			  .disposition = EV_DISPOSITION_HANDLER,
			  .outcome = EV_OUTCOME_HANDLED,
			  .comm = "pkill" },
	};
	builder_have(&builder, EV_BLOCK_SENDER, true);
	return &builder.fixed.sender;
}

static void whole_sender(void **state)
{
	const struct incident_sender *sender = &incident.signal.sender;

	begin_sent();
	assert_int_equal(decode(), 0);
	assert_true(sender->have && !sender->is_exiting);
	assert_int_equal(sender->start_boot_ns, 7);
	assert_string_equal(sender->syscall, "kill");
	assert_int_equal(sender->ancestor_count, 2);
	assert_string_equal(sender->ancestors[0].comm, "sh");
	assert_int_equal(sender->ancestors[1].pid, 1);
	assert_true(sender->stop.have && sender->stop.is_same && sender->stop.is_related);
	assert_int_equal(sender->stop.ago_ns, 5000);
	assert_int_equal(sender->stop.number, SIGTERM);
}

/* A pid alone is no identity. */
static void other_stops(void **state)
{
	const struct incident_stop *stop = &incident.signal.sender.stop;

	begin_sent()->stop.start_boot_ns = 8;
	assert_int_equal(decode(), 0);
	assert_true(stop->have && !stop->is_same && stop->is_related);
	begin_sent()->stop.parent_start_boot_ns = 8;
	assert_int_equal(decode(), 0);
	assert_true(stop->is_same && !stop->is_related);
	begin_sent()->stop.pid = 901;
	assert_int_equal(decode(), 0);
	assert_false(stop->is_same);
	begin_sent()->ancestor_count = 0;
	assert_int_equal(decode(), 0);
	assert_false(stop->is_related);
	begin_sent()->stop.time_ns = 0;
	assert_int_equal(decode(), 0);
	assert_false(stop->have);
}

/* What an older writer had. */
static void short_sender(void **state)
{
	begin_sent();
	builder.fixed.head.block[EV_BLOCK_SENDER].length =
		offsetof(struct ev_sender, start_boot_ns);
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.signal.sender.pid, 900);
	assert_int_equal(incident.signal.sender.start_boot_ns, 0);
	assert_false(incident.signal.sender.stop.have);
}

static void set_stop(uint64_t ago_ns)
{
	const struct ev_stop stop = { .time_ns = BUILDER_EVENT_NS - ago_ns,
				      .pid = 1,
				      .number = SIGINT,
				      .disposition = EV_DISPOSITION_HANDLER,
				      .outcome = EV_OUTCOME_HANDLED,
				      .comm = "systemd" };

	builder_set_bytes(&builder, EV_BLOCK_STOP, &stop, sizeof(stop));
}

/* Of a death without a sender, or whose sender had sent nothing before. */
static void anyones_stop(void **state)
{
	const struct incident_stop *stop = &incident.stop;

	builder_begin(&builder);
	assert_int_equal(decode(), 0);
	assert_false(stop->have);
	set_stop(1000);
	assert_int_equal(decode(), 0);
	assert_true(stop->have && !incident.signal.sender.stop.have);
	assert_int_equal(stop->number, SIGINT);
	assert_int_equal(stop->ago_ns, 1000);
	assert_string_equal(stop->comm, "systemd");
	assert_false(stop->is_same || stop->is_related);
	builder_begin(&builder);
	set_stop(INCIDENT_STOP_MAX_NS);
	assert_int_equal(decode(), 0);
	assert_true(stop->have);
	/* That long ago it has nothing to do with the end. */
	builder_begin(&builder);
	set_stop(INCIDENT_STOP_MAX_NS + 1);
	assert_int_equal(decode(), 0);
	assert_false(stop->have);
}

/* That of the sender was 5 us before. */
static void newer_stop(void **state)
{
	begin_sent();
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.stop.ago_ns, 5000);
	assert_true(incident.stop.is_same);
	set_stop(6000);
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.stop.ago_ns, 5000);
	begin_sent();
	set_stop(1000);
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.stop.ago_ns, 1000);
	assert_int_equal(incident.signal.sender.stop.ago_ns, 5000);
}

static void bad_stop(void **state)
{
	struct ev_stop stop = { .number = 65,
				.disposition = EV_DISPOSITION_HANDLER,
				.outcome = EV_OUTCOME_HANDLED };

	builder_begin(&builder);
	builder_set_bytes(&builder, EV_BLOCK_STOP, &stop, sizeof(stop));
	assert_int_equal(decode(), -EBADMSG);
}

static void exits(void **state)
{
	struct ev_sender *from = begin_sent();

	from->flags = EV_SENDER_EXITING | EV_SENDER_LIVES;
	from->status = 5 << 8;
	assert_int_equal(decode(), 0);
	assert_true(incident.signal.sender.is_exiting && incident.signal.sender.has_more_threads);
	assert_int_equal(incident.signal.sender.status, 5 << 8);
}

static void bad_values(void **state)
{
	begin_sent()->ancestor_count = EV_ANCESTORS_MAX + 1;
	assert_int_equal(decode(), -EBADMSG);
	begin_sent()->stop.number = 65;
	assert_int_equal(decode(), -EBADMSG);
	begin_sent()->stop.disposition = 4;
	assert_int_equal(decode(), -EBADMSG);
	begin_sent()->stop.outcome = 0;
	assert_int_equal(decode(), -EBADMSG);
	/* A later version of the kernel side may have more places. */
	begin_sent();
	builder.fixed.signal.place = EV_PLACES;
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.signal.place, EV_PLACE_UNKNOWN);
}

static void terminals(void **state)
{
	const struct incident_terminal *terminal = &incident.signal.terminal;
	struct ev_terminal from = { .flags = EV_TERMINAL_HAVE | EV_TERMINAL_LEADER,
				    .dev = 137 << 20 | 2,
				    .session = 812,
				    .name = "pts258" };

	builder_begin(&builder);
	builder.fixed.signal.place = EV_PLACE_TERMINAL;
	assert_int_equal(decode(), 0);
	assert_false(terminal->have);
	assert_int_equal(incident_why_missing(&incident, MISSING_TERMINAL), WHY_NO_TERMINAL);
	builder_set_bytes(&builder, EV_BLOCK_TERMINAL, &from, sizeof(from));
	assert_int_equal(decode(), 0);
	assert_true(terminal->have && terminal->is_leader && !terminal->is_foreground);
	assert_string_equal(terminal->name, "pts/258");
	from.dev = 4 << 20 | 64;
	memset(from.name, 'x', sizeof(from.name));
	builder_set_bytes(&builder, EV_BLOCK_TERMINAL, &from, sizeof(from));
	assert_int_equal(decode(), 0);
	assert_int_equal(strlen(terminal->name), sizeof(from.name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_sender), cmocka_unit_test(other_stops),
		cmocka_unit_test(short_sender), cmocka_unit_test(exits),
		cmocka_unit_test(bad_values),	cmocka_unit_test(terminals),
		cmocka_unit_test(anyones_stop), cmocka_unit_test(newer_stop),
		cmocka_unit_test(bad_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
