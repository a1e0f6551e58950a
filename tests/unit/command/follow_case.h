/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Incidents that wait for the end of their process, and a list of ends that the test writes. */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "capture_builder.h"
#include "decode.h"
#include "exit_entry.h"
#include "follow.h"

#define PID 4711
#define START_NS UINT64_C(900000000000)

static int list_fd, ended_fd;
static struct ev_exit_entry *list;
static struct exits *exits;
static struct follow *follow;

static inline int set_up(void **state)
{
	size_t size = EV_EXITS * sizeof(struct ev_exit_entry);

	list_fd = memfd_create("exits", MFD_CLOEXEC);
	ended_fd = memfd_create("ended", MFD_CLOEXEC);
	if (list_fd < 0 || ftruncate(list_fd, size) || ended_fd < 0 ||
	    ftruncate(ended_fd, EV_ENDED * sizeof(struct ev_ended_entry)))
		return -1;
	list = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, list_fd, 0);
	if (list == MAP_FAILED || exits_new(list_fd, ended_fd, &exits))
		return -1;
	return follow_new(exits, NULL, false, &follow);
}

static inline int tear_down(void **state)
{
	follow_free(follow);
	exits_free(exits);
	munmap(list, EV_EXITS * sizeof(struct ev_exit_entry));
	close(list_fd);
	close(ended_fd);
	return 0;
}

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

/* As the pipeline does it. */
static inline bool add(struct follow *to, struct work *work)
{
	if (!follow_wants(to, work))
		return false;
	follow_add(to, work);
	return true;
}

/* Its record is of the same incident as far as the blocks go that are added. */
static inline struct work *work_with(uint8_t outcome, uint64_t age_ns)
{
	struct work *work = work_new();
	static struct builder builder;
	struct incident *incident;

	assert_non_null(work);
	builder_begin(&builder);
	builder.fixed.head.header.time_ns = now_ns() - age_ns;
	builder.fixed.head.header.size = builder.size;
	builder.fixed.signal.outcome = outcome;
	memcpy(work->record, builder.bytes, builder.size);
	work->size = builder.size;
	incident = &work->incident;
	incident->monotonic_ns = builder.fixed.head.header.time_ns;
	incident->subject = EV_SUBJECT_WRITE;
	incident->signal.number = 13;
	incident->outcome = outcome;
	incident->process.pid = PID;
	incident->process.ppid = 4000;
	incident->process.pgid = PID;
	incident->process.start_boot_ns = START_NS;
	return work;
}

/* The next that follow_take() has, completed. */
static inline struct work *take(bool final)
{
	struct work *work = follow_take(follow, true, final);

	if (work)
		assert_int_equal(follow_complete(follow, work), 0);
	return work;
}

/* What a replay of the record of WORK says. */
static inline const struct incident *replayed(const struct work *work)
{
	static const struct ev_session session = { .hz = 250 };
	static struct incident incident;

	assert_int_equal(decode_incident(&session, 1, work->record, work->size, &incident), 0);
	return &incident;
}

static inline struct ev_exit exit_of(uint32_t pid, int status)
{
	return (struct ev_exit){
		.time_ns = now_ns(),
		.start_boot_ns = START_NS,
		.pid = pid,
		.ppid = 4000,
		.pgid = PID,
		.status = status,
		.comm = "reader",
	};
}

/* As the kernel side writes it. */
static inline void list_as(const struct ev_exit *exit)
{
	list[exit->pid % EV_EXITS] =
		(struct ev_exit_entry){ .exit = *exit, .check = ev_exit_check(exit) };
}

static inline void list_exit(uint32_t pid, int status)
{
	const struct ev_exit exit = exit_of(pid, status);

	list_as(&exit);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
