/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of incident.h, and included by it alone: reasons of the kernel to kill a process. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

#define INCIDENT_NO_LIMIT UINT64_MAX

struct incident_limit {
	bool have;
	enum ev_limit_kind kind;
	bool is_hard;	     /* the hard limit was reached */
	uint64_t soft, hard; /* INCIDENT_NO_LIMIT: none. Seconds, bytes or microseconds, by kind */
	bool have_used;
	uint64_t used; /* CPU: nanoseconds; RTTIME: microseconds; FSIZE: size of the file */
	bool have_offset;
	uint64_t offset;
};

/* Sizes are bytes. */
struct incident_memory {
	bool have;
	uint32_t flags; /* EV_MEMORY_* */
	uint64_t resident, swapped, tables;
	int score_adj;
	uint64_t cgroup_id, limit_cgroup_id;
	uint64_t cgroup_limit, cgroup_usage; /* INCIDENT_NO_LIMIT: none */
	char limit_cgroup[64 + 1];	     /* empty: the root, or not known */
	uint32_t trigger_pid, trigger_uid;
	struct incident_here trigger_pid_here;
	char trigger_comm[EV_COMM_LEN + 1];
	/* Whom the kernel chose; this process or another one was killed with it. pid 0: not known. */
	uint32_t chosen_pid;
	struct incident_here chosen_pid_here;
	uint64_t chosen_start_boot_ns;
	char chosen_comm[EV_COMM_LEN + 1];
	bool is_chosen; /* it is this process */
};

#define INCIDENT_CALL_ARGS 6

struct incident_seccomp {
	bool have;
	enum ev_seccomp_action action;
	bool is_strict; /* mode 1 */
	uint32_t filters;
	uint64_t ip;
	bool have_args; /* they are not in a record without memory */
};

/* The init of a PID namespace. */
struct incident_namespace {
	bool have;
	uint32_t pid;
	struct incident_here pid_here;
	char comm[EV_COMM_LEN + 1];
	int status; /* wait status */
	uint32_t inode;
};
