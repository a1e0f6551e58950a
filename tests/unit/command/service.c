// SPDX-License-Identifier: GPL-2.0-or-later
/* When the loop tells the service manager what. The pipeline and the manager are those of the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "notify.h"
#include "pipeline.h"
#include "service.h"
#include "strbuf.h"
#include "units.h"

#define WATCHDOG_NS (20 * NSEC_PER_SEC)

static bool has_manager, is_busy;
static uint64_t watchdog_ns, steps;
static const char *status_now;
static char told[1024];
static size_t signs, statuses;

bool notify_is_open(void)
{
	return has_manager;
}

uint64_t notify_watchdog_ns(void)
{
	return watchdog_ns;
}

void notify_ready(const char *status)
{
	snprintf(told, sizeof(told), "ready: %s", status);
}

void notify_status(const char *status)
{
	snprintf(told, sizeof(told), "%s", status);
	statuses++;
}

void notify_alive(void)
{
	signs++;
}

void notify_stopping(void)
{
	snprintf(told, sizeof(told), "stopping");
}

void pipeline_put_status(struct pipeline *pipeline, struct strbuf *text)
{
	strbuf_add_text(text, status_now);
}

bool pipeline_worker_is_busy(struct pipeline *pipeline, uint64_t *ret_steps)
{
	*ret_steps = steps;
	return is_busy;
}

static uint64_t start(uint64_t watchdog)
{
	has_manager = true;
	watchdog_ns = watchdog;
	is_busy = false;
	signs = statuses = 0;
	status_now = "none";
	told[0] = '\0';
	service_start(NULL);
	return clock_now_ns();
}

/* Turns of 100 ms from NOW_NS on. */
static uint64_t turn(uint64_t now_ns, uint64_t seconds)
{
	uint64_t end_ns = now_ns + seconds * NSEC_PER_SEC;

	for (; now_ns < end_ns; now_ns += 100 * NSEC_PER_MSEC)
		service_turn(now_ns);
	return now_ns;
}

static void without_a_manager(void **state)
{
	start(0);
	has_manager = false;
	turn(clock_now_ns(), 100);
	assert_int_equal(signs + statuses, 0);
	assert_int_equal(service_wait_ms(-1), -1);
	assert_int_equal(service_wait_ms(70), 70);
}

static void statuses_are_few(void **state)
{
	uint64_t now = start(0);
	char text[32];

	assert_string_equal(told, "ready: none");
	now = turn(now, 60);
	assert_int_equal(statuses, 0);
	status_now = text;
	for (int i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), "%d incidents", i);
		now = turn(now, 1);
	}
	assert_in_range(statuses, 5, 6);
	now = turn(now, 10);
	assert_string_equal(told, "59 incidents");
	assert_int_equal(signs, 0);
	service_end();
	assert_string_equal(told, "stopping");
}

static void status_that_is_too_long(void **state)
{
	static char text[2 * NOTIFY_STATUS_MAX];
	uint64_t now = start(0);

	memset(text, 'x', sizeof(text) - 1);
	status_now = text;
	turn(now, 11);
	assert_true(strlen(told) <= NOTIFY_STATUS_MAX);
}

static void waits_end_in_time(void **state)
{
	int ms;

	start(0);
	ms = service_wait_ms(-1);
	assert_in_range(ms, 5000, 10001);
	assert_int_equal(service_wait_ms(70), 70);
	start(WATCHDOG_NS);
	service_turn(clock_now_ns());
	ms = service_wait_ms(-1);
	assert_in_range(ms, 3000, 5001);
}

/* Any number of signs is right, as long as none is late. */
static void signs_of_an_idle_run(void **state)
{
	turn(start(WATCHDOG_NS), 100);
	assert_in_range(signs, 19, 21);
}

static void signs_of_a_busy_run(void **state)
{
	uint64_t now = start(WATCHDOG_NS);

	is_busy = true;
	for (int i = 0; i < 100; i++) {
		steps++;
		now = turn(now, 1);
	}
	assert_in_range(signs, 19, 21);
	/* A step may take as long as half of the time. */
	signs = 0;
	for (int i = 0; i < 10; i++) {
		steps++;
		now = turn(now, 9);
		assert_true(signs);
		signs = 0;
	}
}

static void worker_that_stands_still(void **state)
{
	uint64_t now = start(WATCHDOG_NS);

	now = turn(now, 30);
	is_busy = true;
	now = turn(now, 5);
	signs = 0;
	now = turn(now, 1000);
	/* One check may have seen the work for the first time. */
	assert_in_range(signs, 0, 1);
	steps++;
	turn(now, 6);
	assert_true(signs > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_manager),	    cmocka_unit_test(statuses_are_few),
		cmocka_unit_test(status_that_is_too_long),  cmocka_unit_test(waits_end_in_time),
		cmocka_unit_test(signs_of_an_idle_run),	    cmocka_unit_test(signs_of_a_busy_run),
		cmocka_unit_test(worker_that_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
