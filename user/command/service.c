// SPDX-License-Identifier: GPL-2.0-or-later
#include "service.h"

#include <stdbool.h>
#include <string.h>

#include "clock.h"
#include "notify.h"
#include "pipeline.h"
#include "strbuf.h"
#include "units.h"

#define STATUS_NS (10 * NSEC_PER_SEC)
/*
 * Checks in the time that the manager waits for a sign of life. A worker that stands still shows at
 * the second check after its last step, so one step may take half of the time.
 */
#define CHECKS 4

static struct {
	struct pipeline *pipeline;
	uint64_t check_ns, status_ns; /* when the next ones are due */
	/* of the worker at the last check */
	uint64_t steps;
	bool was_busy;
	char status[NOTIFY_STATUS_MAX + 1]; /* the last one that was sent */
} service;

void service_start(struct pipeline *pipeline)
{
	struct strbuf text = STRBUF_IN(service.status);
	uint64_t now = clock_now_ns();

	service.pipeline = pipeline;
	service.check_ns = now;
	service.status_ns = now + STATUS_NS;
	if (!notify_is_open())
		return;
	pipeline_put_status(pipeline, &text);
	notify_ready(service.status);
}

/* The worker has had work since the last check, and made no step. */
static bool worker_stands_still(void)
{
	uint64_t steps;
	bool is_busy = pipeline_worker_is_busy(service.pipeline, &steps);
	bool stands = is_busy && service.was_busy && steps == service.steps;

	service.was_busy = is_busy;
	service.steps = steps;
	return stands;
}

static void check(uint64_t now_ns)
{
	service.check_ns = now_ns + notify_watchdog_ns() / CHECKS;
	if (!worker_stands_still())
		notify_alive();
}

static void tell_status(uint64_t now_ns)
{
	char bytes[sizeof(service.status)] = "";
	struct strbuf text = STRBUF_IN(bytes);

	service.status_ns = now_ns + STATUS_NS;
	pipeline_put_status(service.pipeline, &text);
	if (!strcmp(bytes, service.status))
		return;
	memcpy(service.status, bytes, sizeof(bytes));
	notify_status(bytes);
}

void service_turn(uint64_t now_ns)
{
	if (!notify_is_open())
		return;
	if (notify_watchdog_ns() && now_ns >= service.check_ns)
		check(now_ns);
	if (now_ns >= service.status_ns)
		tell_status(now_ns);
}

int service_wait_ms(int rest_ms)
{
	uint64_t now = clock_now_ns(), next_ns = service.status_ns, left_ms;

	if (!notify_is_open())
		return rest_ms;
	if (notify_watchdog_ns() && service.check_ns < next_ns)
		next_ns = service.check_ns;
	left_ms = next_ns > now ? (next_ns - now) / NSEC_PER_MSEC + 1 : 0;
	return rest_ms >= 0 && (uint64_t)rest_ms < left_ms ? rest_ms : (int)left_ms;
}

void service_end(void)
{
	notify_stopping();
}
