/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Incidents of the classes, and what they must be told as. */
#pragma once

#include <string.h>

#include "cases.h"
#include "class.h"

static struct incident incident;
static struct explanation explanation;

#define EXITED(status) ((status) << 8)

static inline void prepare(void (*state)(struct incident *of))
{
	memset(&incident, 0, sizeof(incident));
	state(&incident);
	incident.process.pgid = 811;
	strcpy(incident.process.parent_comm, "bash");
	incident.process.ppid = 800;
}

static inline void survives(void)
{
	incident.outcome = EV_OUTCOME_IGNORED;
	incident.signal.disposition = EV_DISPOSITION_IGNORE;
	incident.end.state = EV_END_ALIVE;
}

static inline void ends_later(int status)
{
	survives();
	incident.end.state = EV_END_ENDED;
	incident.end.status = status;
}

/* A hook saw it; it ended with STATUS. */
static inline void peer_is(enum peer_how how, int status)
{
	incident.peer = (struct incident_peer_process){
		.have = true,
		.pid = 4321,
		.have_comm = true,
		.comm = "head",
		.how = how,
		.confidence = CONFIDENCE_CERTAIN,
		.have_exit = true,
		.exit_status = status,
	};
}

static inline void peer_lives(enum peer_how how)
{
	peer_is(how, 0);
	incident.peer.have_exit = false;
	incident.missing[MISSING_PEER_EXIT] = WHY_STILL_RUNS;
}

static inline void writes_to(int fd)
{
	incident.syscall.have_fd = true;
	incident.syscall.fd = fd;
}

static inline void set_cgroup(const char *path, const char *unit)
{
	incident.process.cgroup.have = true;
	strcpy(incident.process.cgroup.text, path);
	strcpy(incident.process.names.unit, unit);
}

/* PID 1 runs it as the main process of a service. */
static inline void is_run_by_systemd(void)
{
	incident.process.ppid = 1;
	strcpy(incident.process.parent_comm, "systemd");
	incident.process.pgid = incident.process.pid;
	incident.process.flags = EV_PROCESS_PARENT_FORKED;
	set_cgroup("/system.slice/web.service", "web.service");
}

static inline void is_run_by_user_manager(void)
{
	is_run_by_systemd();
	incident.process.ppid = 900;
	set_cgroup("/user.slice/user-1000.slice/user@1000.service/app.slice/web.service",
		   "web.service");
}

static inline void is_run_in_nspawn(void)
{
	is_run_by_systemd();
	incident.process.ppid = 900;
	set_cgroup("/machine.slice/machine-web.scope/payload/system.slice/web.service",
		   "web.service");
	strcpy(incident.process.names.container, "web");
}

static inline void is_run_by_shim(void)
{
	strcpy(incident.process.parent_comm, "containerd-shim");
	strcpy(incident.process.names.container, "3f0d6f0e");
	incident.process.ns_pid = 1;
}

/* ./server on port 8088, and a client. */
static inline void server_of(void (*state)(struct incident *of))
{
	prepare(state);
	survives();
	incident.object.local_port = 8088;
	incident.object.peer_port = 51234;
}

static inline void unix_server(void)
{
	prepare(unix_closed);
	survives();
	incident.object.sock_type = SOCK_STREAM;
	incident.object.unix_.path_length = 5;
}

/* --- what they are --- */

static bool reached[32];

static inline void assert_class(enum incident_class class, enum severity severity)
{
	explain(&incident, &explanation);
	if (explanation.class != class || explanation.severity != severity)
		fail_msg("%s, %s instead of %s, %s", class_name(explanation.class),
			 severity_name(explanation.severity), class_name(class),
			 severity_name(severity));
	reached[class_match(&incident, rules_match(&incident)) - class_rules] = true;
}
