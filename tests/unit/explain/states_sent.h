/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals that a process, a terminal, a timer or the end of a parent sent. */
#pragma once

#include "states.h"

static void set_path(struct incident_path *path, const char *text)
{
	path->have = true;
	strcpy(path->text, text);
}

static void killed_by_another(struct incident *incident)
{
	sent_by_process(incident);
	incident->signal.number = SIGKILL;
	incident->signal.sender.uid = 0;
	strcpy(incident->signal.sender.comm, "runc");
	set_path(&incident->process.cgroup, "/system.slice/web.service");
	strcpy(incident->process.names.unit, "web.service");
}

/* It had sent SIGTERM four seconds before, which was ignored. */
static void stopped_before(struct incident *incident)
{
	killed_by_another(incident);
	incident->signal.sender.stop = (struct incident_stop){
		.have = true,
		.is_same = true,
		.number = SIGTERM,
		.disposition = EV_DISPOSITION_IGNORE,
		.outcome = EV_OUTCOME_IGNORED,
		.ago_ns = 4 * SEC,
		.pid = 4321,
		.uid = 0,
		.comm = "runc",
	};
}

static void stopped_by_another(struct incident *incident)
{
	stopped_before(incident);
	incident->signal.sender.stop.is_same = false;
	incident->signal.sender.stop.pid = 77;
}

static void raised_after_term(struct incident *incident)
{
	stopped_by_another(incident);
	incident->signal.number = SIGTERM;
	incident->signal.sender.pid = incident->process.pid = 812;
	incident->signal.sender.tid = 815;
	incident->signal.sender.syscall = "tgkill";
}

static void raised_twice(struct incident *incident)
{
	raised_after_term(incident);
	incident->signal.sender.stop.pid = 812;
}

/* By then it was already ending. */
static void stopped_while_dying(struct incident *incident)
{
	stopped_before(incident);
	incident->signal.sender.stop.outcome = EV_OUTCOME_KILLED;
}

static void by_systemd(struct incident *incident)
{
	struct incident_sender *sender = &incident->signal.sender;

	killed_by_another(incident);
	incident->signal.number = SIGTERM;
	set_path(&sender->exe, "/usr/lib/systemd/systemd");
	set_path(&sender->cgroup, "/init.scope");
	strcpy(sender->names.unit, "init.scope");
}

static void by_systemd_after_term(struct incident *incident)
{
	stopped_before(incident);
	set_path(&incident->signal.sender.exe, "/lib/systemd/systemd");
	set_path(&incident->signal.sender.cgroup, "/init.scope");
	incident->signal.sender.stop.outcome = EV_OUTCOME_PROTECTED;
}

static void by_user_manager(struct incident *incident)
{
	by_systemd(incident);
	incident->signal.sender.uid = 1000;
	set_path(&incident->signal.sender.cgroup,
		 "/user.slice/user-1000.slice/user@1000.service/init.scope");
	set_path(&incident->process.cgroup,
		 "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service");
}

static void by_runtime(struct incident *incident)
{
	struct incident_sender *sender = &incident->signal.sender;

	killed_by_another(incident);
	set_path(&sender->exe, "/usr/bin/runc");
	set_path(&sender->cgroup, "/system.slice/containerd.service");
	strcpy(sender->names.unit, "containerd.service");
	strcpy(incident->process.names.container, "0123456789ab");
}

/* `runc kill` twice: two processes of one shim. */
static void by_runtime_after_term(struct incident *incident)
{
	stopped_by_another(incident);
	incident->signal.sender.stop.is_related = true;
	incident->signal.sender.stop.outcome = EV_OUTCOME_HANDLED;
	set_path(&incident->signal.sender.exe, "/usr/bin/runc");
	set_path(&incident->signal.sender.cgroup, "/system.slice/containerd.service");
	strcpy(incident->signal.sender.names.unit, "containerd.service");
	strcpy(incident->process.names.container, "0123456789ab");
	strcpy(incident->process.names.container_name, "web");
}

/* The init of the container has the same shim as its parent, and sent the first signal. */
static void by_runtime_after_init(struct incident *incident)
{
	by_runtime_after_term(incident);
	strcpy(incident->signal.sender.stop.comm, "tini");
}

static void by_cgroup_kill(struct incident *incident)
{
	killed_by_another(incident);
	incident->signal.origin = EV_ORIGIN_KERNEL;
	incident->signal.place = EV_PLACE_CGROUP_KILL;
	incident->signal.sender.syscall = "write";
}

static void from_kernel(struct incident *incident, uint32_t number, enum ev_place place)
{
	prepare_write(incident, EV_OBJECT_NONE);
	incident->subject = EV_SUBJECT_KERNEL;
	incident->signal.number = number;
	incident->signal.place = place;
}

static void ended_parent(struct incident *incident)
{
	from_kernel(incident, SIGTERM, EV_PLACE_PARENT_DIED);
	incident->signal.sender.have = true;
	incident->signal.sender.pid = 4321;
	incident->signal.sender.tid = 4322;
	incident->signal.sender.is_exiting = true;
	incident->signal.sender.status = SIGSEGV;
}

static void ended_thread_of_parent(struct incident *incident)
{
	ended_parent(incident);
	incident->signal.sender.has_more_threads = true;
}

static void alarm_timer(struct incident *incident)
{
	from_kernel(incident, SIGALRM, EV_PLACE_TIMER);
}

static void posix_timer(struct incident *incident)
{
	from_kernel(incident, SIGUSR1, EV_PLACE_TIMER);
	incident->signal.code = -2;
}

static void virtual_timer(struct incident *incident)
{
	from_kernel(incident, SIGVTALRM, EV_PLACE_CPU_TIMER);
}

static void prof_timer(struct incident *incident)
{
	from_kernel(incident, SIGPROF, EV_PLACE_CPU_TIMER);
}

static void ready_descriptor(struct incident *incident)
{
	from_kernel(incident, SIGUSR1, EV_PLACE_FD);
	incident->signal.code = 1;
}

static void terminal_key(struct incident *incident)
{
	from_kernel(incident, SIGINT, EV_PLACE_TERMINAL);
	incident->signal.terminal.have = true;
	strcpy(incident->signal.terminal.name, "pts/3");
}

static void terminal_hang_up(struct incident *incident)
{
	from_kernel(incident, SIGHUP, EV_PLACE_TERMINAL);
}

static void terminal_session(struct incident *incident)
{
	terminal_key(incident);
	incident->signal.number = SIGHUP;
	incident->signal.sender.have = true;
	incident->signal.sender.pid = 4321;
	incident->signal.sender.is_exiting = true;
}

static void terminal_other(struct incident *incident)
{
	terminal_key(incident);
	incident->signal.number = SIGTTIN;
}
