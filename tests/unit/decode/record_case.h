/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record that a test changes, and what is decoded from it. */
#pragma once

#include "capture_builder.h"
#include "decode.h"

static const struct ev_session session = {
	.magic = EV_SESSION_MAGIC,
	.size = sizeof(session),
	.version = EV_VERSION,
	.id = 0xabcd,
	.hz = 250,
	.realtime_offset_ns = 1700000000000000000,
	.boottime_offset_ns = 1700000000000000000,
};

static struct builder builder;
static struct incident incident;
static struct snapshot snapshot __attribute__((unused));

static inline int decode(void)
{
	builder.fixed.head.header.size = builder.size;
	return decode_incident(&session, 17, builder.bytes, builder.size, &incident);
}

/* A setup of cmocka: the next test begins with a valid record. */
static inline int begin(void **state)
{
	builder_begin(&builder);
	return 0;
}
