// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes.h"

#include <stddef.h>

#include "units.h"

static const char *const classes[] = {
	[CLASS_SERVICE_DIED] = "service_died",
	[CLASS_PROCESS_DIED] = "process_died",
	[CLASS_PROCESS_EXITED] = "process_exited",
	[CLASS_SENT_SIGNAL] = "sent_signal",
	[CLASS_KERNEL_SIGNAL] = "kernel_signal",
	[CLASS_MISUSE] = "misuse",
	[CLASS_OWN_SHUTDOWN] = "own_shutdown",
	[CLASS_LOG_PIPE_GONE] = "log_pipe_gone",
	[CLASS_PEER_CRASHED] = "peer_crashed",
	[CLASS_PEER_KILLED] = "peer_killed",
	[CLASS_PIPELINE_BROKEN] = "pipeline_broken",
	[CLASS_PIPELINE_DONE] = "pipeline_done",
	[CLASS_CONNECTION_LOST] = "connection_lost",
	[CLASS_CLIENT_GONE] = "client_gone",
	[CLASS_PEER_GONE] = "peer_gone",
	[CLASS_WRITE_FAILED] = "write_failed",
};

static const char *const severities[] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_NOTICE] = "notice",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
};

const char *class_name(enum incident_class class)
{
	return (size_t) class < ARRAY_SIZE(classes) ? classes[class] : NULL;
}

const char *severity_name(enum severity severity)
{
	return (size_t)severity < ARRAY_SIZE(severities) ? severities[severity] : NULL;
}
