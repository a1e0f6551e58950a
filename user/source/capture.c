/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header of a capture file: the clocks and the tick rate, without which the records' numbers
 * have no meaning.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "capture.h"
#include "cleanup.h"
#include "clock.h"
#include "units.h"

/* The real time minus NOW(). Of several tries, the one with the shortest time between its reads. */
static int64_t clock_offset_ns(uint64_t (*now)(void))
{
	int64_t best = 0, best_width = INT64_MAX;

	for (int i = 0; i < 8; i++) {
		uint64_t before = now();
		uint64_t real = clock_ns(CLOCK_REALTIME);
		int64_t width = (int64_t)(now() - before);

		if (width < best_width) {
			best_width = width;
			best = (int64_t)(real - before) - width / 2;
		}
	}
	return best;
}

struct capture_offsets capture_read_offsets(void)
{
	return (struct capture_offsets){
		.monotonic_ns = clock_offset_ns(clock_now_ns),
		.boottime_ns = clock_offset_ns(clock_boot_ns),
	};
}

/*
 * CONFIG_HZ, without the kernel's configuration file. A coarse clock advances once per tick, and
 * its resolution is the length of a tick (hrtimer_resolution is not; see LOW_RES_NSEC in
 * posix-timers.c).
 */
static uint32_t kernel_hz(void)
{
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) || tick.tv_sec || tick.tv_nsec < 1)
		return 250;
	return (NSEC_PER_SEC + tick.tv_nsec / 2) / tick.tv_nsec;
}

static void read_boot_id(char *id, size_t size)
{
	FILE *file cleanup(cleanup_fclose) = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file || !fgets(id, size, file))
		id[0] = '\0';
	id[strcspn(id, "\n")] = '\0';
}

bool capture_is_of_this_boot(const struct ev_session *session)
{
	char id[sizeof(session->boot_id)];

	read_boot_id(id, sizeof(id));
	return id[0] && !strncmp(id, session->boot_id, sizeof(id));
}

void capture_session_init(struct ev_session *session, uint32_t id)
{
	struct capture_offsets offsets = capture_read_offsets();
	struct utsname name;

	memset(session, 0, sizeof(*session));
	session->magic = EV_SESSION_MAGIC;
	session->size = sizeof(*session);
	session->version = EV_VERSION;
	session->id = id;
	session->hz = kernel_hz();
	session->realtime_offset_ns = offsets.monotonic_ns;
	session->boottime_offset_ns = offsets.boottime_ns;
	read_boot_id(session->boot_id, sizeof(session->boot_id));
	if (!uname(&name)) {
		snprintf(session->release, sizeof(session->release), "%.63s", name.release);
		snprintf(session->machine, sizeof(session->machine), "%.15s", name.machine);
		snprintf(session->host, sizeof(session->host), "%.71s", name.nodename);
	}
}
