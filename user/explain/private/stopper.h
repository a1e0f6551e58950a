/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is it the task of the sender to stop the process? Proven by its executable, its cgroup and its
 * user, and not by its name, which every process can choose.
 */
#pragma once

#include "incident.h"

enum stopper_kind {
	STOPPER_NONE,	 /* or not proven */
	STOPPER_SYSTEMD, /* the manager of the unit, of the system or of a user */
	STOPPER_RUNTIME, /* of the container, or the kubelet */
};

struct stopper {
	enum stopper_kind kind;
	const char *name; /* static: "systemd", "containerd"; NULL with STOPPER_NONE */
	/* STOPPER_SYSTEMD: the manager is that of a user, and what it stopped; empty: not a unit. */
	bool is_of_user;
	char unit[EV_NAME_MAX];
};

struct stopper stopper_find(const struct incident *incident);
