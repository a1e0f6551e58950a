/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Incidents that are sides of one thing: a write failed because the process at the other end died,
 * and that death is an incident of its own; or memory ran out, and the kernel killed several
 * processes; or a signal was held back for long before it killed. They are found by the PID and the
 * start time of the process that died, or that the kernel chose. A replay finds the same, because a
 * capture has the incidents in the order in which they were told.
 */
#pragma once

#include <stdbool.h>

#include "incident.h"

/* The last ones are kept. */
#define RELATED_MAX 1024

struct related;

/* 0 or -ENOMEM. */
int related_new(struct related **ret_related);
void related_free(struct related *related);

/* Adds to INCIDENT what was told before and belongs to it. When its peer is decided. */
void related_find(const struct related *related, struct incident *incident);
/* INCIDENT is told now. */
void related_note(struct related *related, const struct incident *incident);
