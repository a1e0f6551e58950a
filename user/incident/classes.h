/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an incident means to a person, and how serious it is. explain/class.c decides both;
 * docs/classes.md describes them.
 */
#pragma once

enum incident_class {
	CLASS_SERVICE_DIED = 1,
	CLASS_PROCESS_DIED,
	CLASS_PROCESS_EXITED,
	CLASS_SENT_SIGNAL,
	CLASS_KERNEL_SIGNAL,
	CLASS_MISUSE,
	CLASS_OWN_SHUTDOWN,
	CLASS_LOG_PIPE_GONE,
	CLASS_PEER_CRASHED,
	CLASS_PEER_KILLED,
	CLASS_PIPELINE_BROKEN,
	CLASS_PIPELINE_DONE,
	CLASS_CONNECTION_LOST,
	CLASS_CLIENT_GONE,
	CLASS_PEER_GONE,
	CLASS_WRITE_FAILED,
	CLASS_LAST = CLASS_WRITE_FAILED,
};

/* The names of syslog and their order. A class says enough, so none is "debug". */
enum severity { SEVERITY_INFO, SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_ERROR };

/* "pipeline_done"; NULL if the number has no name. */
const char *class_name(enum incident_class class);
/* "info"; NULL likewise. */
const char *severity_name(enum severity severity);
