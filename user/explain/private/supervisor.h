/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Was the process started by PID 1, by a user manager or by the shim of a container? Only what the
 * record has counts: the number and the name of the parent, its fork, the process group, the cgroup.
 * A process that only was left to one of these, or that one of their children started, was not.
 */
#pragma once

#include "incident.h"

/* The process is what one of these runs, and no helper of it. False also where it is not known. */
bool supervisor_started(const struct incident *incident);
/* "nginx.service", and not ".service" */
bool supervisor_is_service(const char *unit);
/* The name of a program that takes what a service or a container logs. */
bool supervisor_takes_logs(const char *comm);
