/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the JSON renderer: the blocks of an incident, each added to its line. */
#pragma once

#include "explain.h"
#include "incident.h"
#include "json_build.h"

/* json_process.c: who it happened to */
void json_add_signal(struct build *build, const struct incident *incident,
		     const struct explanation *explanation);
void json_add_process(struct build *build, const struct incident_process *process);
void json_add_end(struct build *build, const struct incident_end *end);
void json_add_peer_process(struct build *build, const struct incident *incident);
/* A path with its own key; one that is cut off starts with ".../". */
void json_add_path(struct build *build, struct json_object *parent, const char *key,
		   const char *dotted, const struct incident_path *path);

/* json_object.c: what was written to, and how */
void json_add_syscall(struct build *build, const struct incident *incident);
void json_add_object(struct build *build, const struct incident *incident);

void json_add_stack(struct build *build, const struct incident *incident);
