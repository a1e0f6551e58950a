/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes have ended lately: the kernel side's list (bpf/core/exits.bpf.h), read in place. */
#pragma once

#include <stdbool.h>

#include "event.h"

struct exits;

/* MAP_FD: of the map `exits`. 0, or -errno where it cannot be mapped. */
int exits_new(int map_fd, struct exits **ret_exits);
void exits_free(struct exits *exits);

/* The end of the process that INCIDENT is about. False: it is not in the list (any more). */
bool exits_find(const struct exits *exits, const struct ev_incident *incident,
		struct ev_exit *ret_exit);

/*
 * The process that most likely read the pipe of INCIDENT, where nobody was seen closing it: one of
 * the same process group and parent, started within a second of the writer, as the commands of a
 * pipeline are, whose end is the nearest in time. False: there is none.
 */
bool exits_find_reader(const struct exits *exits, const struct ev_incident *incident,
		       struct ev_exit *ret_exit);
/* Writes that reader into INCIDENT's history, unless it is about something else or knows better. */
void exits_add_reader(const struct exits *exits, struct ev_incident *incident);
