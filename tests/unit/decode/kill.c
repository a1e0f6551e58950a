// SPDX-License-Identifier: GPL-2.0-or-later
/* The blocks of the kernel's reasons to kill a process. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record_case.h"

static void places(void **state)
{
	builder.fixed.signal.place = EV_PLACE_OOM;
	builder.fixed.signal.placed = EV_PLACED_COMPARED;
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.signal.place, EV_PLACE_OOM);
	assert_int_equal(incident.signal.placed, EV_PLACED_COMPARED);
	/* Of a later sigpath. */
	builder.fixed.signal.place = EV_PLACES;
	builder.fixed.signal.placed = EV_PLACED_HIDDEN + 1;
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.signal.place, EV_PLACE_UNKNOWN);
	assert_int_equal(incident.signal.placed, EV_PLACED_NOT);
}

static void limits(void **state)
{
	struct ev_limit limit = { .soft = 1,
				  .hard = 2,
				  .used = 3,
				  .offset = 4,
				  .flags = EV_LIMIT_HARD | EV_LIMIT_HAVE_USED,
				  .kind = EV_LIMIT_CPU };

	assert_int_equal(decode(), 0);
	assert_false(incident.limit.have);
	builder_set_bytes(&builder, EV_BLOCK_LIMIT, &limit, sizeof(limit));
	assert_int_equal(decode(), 0);
	assert_true(incident.limit.have && incident.limit.is_hard && incident.limit.have_used);
	assert_false(incident.limit.have_offset);
	assert_int_equal(incident.limit.soft, 1);
	assert_int_equal(incident.limit.hard, 2);
	assert_int_equal(incident.limit.used, 3);
	limit.kind = EV_LIMIT_RTTIME + 1;
	builder_set_bytes(&builder, EV_BLOCK_LIMIT, &limit, sizeof(limit));
	assert_int_equal(decode(), -EBADMSG);
}

/* Names without an end, as a hostile file can have them. */
static void names_without_end(void **state)
{
	struct ev_memory memory = { .trigger_pid = 900, .score_adj = -1000 };
	struct ev_namespace namespace = { .pid = 700, .status = 9 };

	memset(memory.trigger_comm, 'x', sizeof(memory.trigger_comm));
	memset(memory.limit_cgroup, 'y', sizeof(memory.limit_cgroup));
	memset(namespace.comm, 'z', sizeof(namespace.comm));
	builder_set_bytes(&builder, EV_BLOCK_MEMORY, &memory, sizeof(memory));
	builder_set_bytes(&builder, EV_BLOCK_NAMESPACE, &namespace, sizeof(namespace));
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.memory.score_adj, -1000);
	assert_int_equal(strlen(incident.memory.trigger_comm), sizeof(memory.trigger_comm));
	assert_int_equal(strlen(incident.memory.limit_cgroup), sizeof(memory.limit_cgroup));
	assert_int_equal(strlen(incident.namespace_end.comm), sizeof(namespace.comm));
	assert_int_equal(incident.namespace_end.status, 9);
}

/* Whom the kernel chose: by the number and the start. */
static void chosen(void **state)
{
	struct ev_memory memory = {
		.chosen_pid = builder.fixed.process.pid,
		.chosen_start_boot_ns = builder.fixed.process.start_boot_ns,
	};

	memset(memory.chosen_comm, 'x', sizeof(memory.chosen_comm));
	builder_set_bytes(&builder, EV_BLOCK_MEMORY, &memory, sizeof(memory));
	assert_int_equal(decode(), 0);
	assert_true(incident.memory.is_chosen);
	assert_int_equal(incident.memory.chosen_pid, memory.chosen_pid);
	assert_int_equal(strlen(incident.memory.chosen_comm), sizeof(memory.chosen_comm));
	memory.chosen_start_boot_ns++;
	builder_set_bytes(&builder, EV_BLOCK_MEMORY, &memory, sizeof(memory));
	assert_int_equal(decode(), 0);
	assert_false(incident.memory.is_chosen);
	/* What an older writer had. */
	builder.fixed.head.block[EV_BLOCK_MEMORY].length = offsetof(struct ev_memory, chosen_pid);
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.memory.chosen_pid, 0);
	assert_false(incident.memory.is_chosen);
}

/* A record without memory has neither the registers nor the arguments. */
static void seccomp(void **state)
{
	struct ev_seccomp seccomp = {
		.ip = 0x1234, .filters = 2, .mode = 2, .action = EV_SECCOMP_KILL
	};
	static unsigned char stripped[EV_RECORD_MAX];
	size_t size;

	builder_set_bytes(&builder, EV_BLOCK_SECCOMP, &seccomp, sizeof(seccomp));
	assert_int_equal(decode(), 0);
	assert_true(incident.seccomp.have && incident.seccomp.have_args);
	assert_false(incident.seccomp.is_strict);
	assert_int_equal(incident.seccomp.ip, 0x1234);
	assert_int_equal(record_strip(builder.bytes, builder.size, NULL, 0, stripped, &size), 0);
	assert_int_equal(decode_incident(&session, 17, stripped, size, &incident), 0);
	assert_true(incident.seccomp.have);
	assert_false(incident.seccomp.have_args);
	assert_int_equal(incident.seccomp.ip, 0);
	seccomp.action = EV_SECCOMP_KILL + 1;
	builder_set_bytes(&builder, EV_BLOCK_SECCOMP, &seccomp, sizeof(seccomp));
	assert_int_equal(decode(), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(places, begin),
		cmocka_unit_test_setup(limits, begin),
		cmocka_unit_test_setup(names_without_end, begin),
		cmocka_unit_test_setup(chosen, begin),
		cmocka_unit_test_setup(seccomp, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
