/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deaths whose core is expected or being written. Their incidents are told at once; what became of
 * the core is told later, when their process has ended. That may take minutes.
 */
#pragma once

#include <stdbool.h>

#include "classes.h"
#include "exits.h"
#include "incident.h"
#include "work.h"

struct enrich_options;

#define CORES_MAX 256
#define CORES_WAIT_SECONDS 600 /* words_core.c says it in words */
/* How often to look for the ends. */
#define CORES_TURN_MS 100

/* A death that waits, or that has waited. */
struct core_wait {
	uint64_t number; /* of its incident */
	uint64_t incident_ns;
	struct timespec time; /* of its incident, CLOCK_REALTIME */
	uint64_t start_boot_ns;
	uint32_t signal;
	struct incident_named process;
	enum incident_class class;
	enum severity severity;
	bool hidden; /* its incident was not shown */
	struct incident_core core;
	uint64_t look_ns; /* when to look into /proc, CLOCK_MONOTONIC */
	/* The result: */
	enum ev_core_given_up given_up;
	int status;
	uint64_t end_ns; /* of the process, or of the wait */
};

struct cores;

/* 0 or -ENOMEM. */
int cores_new(struct cores **ret_cores);
void cores_free(struct cores *cores);

/*
 * Adds to the incident of WORK, and to its record, what the host says about a core. For live
 * records, before core_decide().
 */
void cores_complete(const struct exits *exits, const struct enrich_options *enrich,
		    struct work *work);

/* A core of INCIDENT is expected, so more is to be told. */
bool cores_are_open(const struct incident *incident);
/* What is to be kept of INCIDENT. */
void cores_begin(const struct incident *incident, struct core_wait *ret_wait);
/* False: there is no room, and WAIT is given up. */
bool cores_add(struct cores *cores, struct core_wait *wait);
bool cores_is_empty(const struct cores *cores);

/*
 * One whose process has ended, or which is given up. It no longer waits. PROC_ROOT: as of
 * follow_new(). FINAL: any.
 */
bool cores_take(struct cores *cores, const struct exits *exits, const char *proc_root, bool final,
		struct core_wait *ret_wait);
/* The same for the end that a capture has. False: its incident is not in the capture. */
bool cores_take_recorded(struct cores *cores, const struct ev_core_end *end,
			 struct core_wait *ret_wait);
