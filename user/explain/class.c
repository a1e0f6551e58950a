// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does the incident mean to a person, and how serious is it? docs/classes.md describes each
 * row. A class is a claim too: it rests on what the record proves, and an unknown peer is never
 * benign.
 */
#include "class.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "own_end.h"
#include "supervisor.h"
#include "traps.h"
#include "units.h"

/* The program wrote to a socket that had no connection. */
const char *const class_misuses[] = { "listening", "never_connected", "connect_failed",
				      "disconnected", NULL };
/* The connection ended, and neither side closed it. */
const char *const class_losses[] = { "timeout", "keepalive_timeout", "destroyed", NULL };
/* The other end closed, or was reset. */
const char *const class_ends[] = { "reader_closed",	     "peer_closed",
				   "peer_shut_down",	     "peer_closed_then_reset",
				   "half_closed_then_reset", "closed_both_ways",
				   "reset_by_peer",	     NULL };

static bool is_any_of(const struct rule *cause, const char *const *codes)
{
	for (; *codes; codes++)
		if (!strcmp(cause->code, *codes))
			return true;
	return false;
}

/* --- who died, and who sent the signal --- */

static bool is_write(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_WRITE;
}

/* By another process than the one that got it, or it is not known which. */
static bool is_sent_by_other(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return incident->subject == EV_SUBJECT_SENT &&
	       !(sender->have && sender->pid == incident->process.pid);
}

static bool is_service_death(const struct incident *incident, const struct rule *cause)
{
	return trap_dies(incident) && !is_sent_by_other(incident) && supervisor_started(incident);
}

/* It was asked to end, by whoever has to do so, and it did. */
static bool is_plain_stop(const struct incident *incident, const struct rule *cause)
{
	return !strcmp(cause->code, "stopped_by_supervisor") && incident->signal.number != SIGKILL;
}

static bool is_forced_stop(const struct incident *incident, const struct rule *cause)
{
	return !strcmp(cause->code, "stop_timeout");
}

static bool is_sent_death(const struct incident *incident, const struct rule *cause)
{
	return is_sent_by_other(incident) && trap_dies(incident);
}

static bool is_sent(const struct incident *incident, const struct rule *cause)
{
	return incident->subject == EV_SUBJECT_SENT && !trap_dies(incident);
}

static bool is_other_death(const struct incident *incident, const struct rule *cause)
{
	return !is_write(incident) && trap_dies(incident);
}

static bool is_exit(const struct incident *incident, const struct rule *cause)
{
	return incident->subject == EV_SUBJECT_EXIT;
}

static bool is_other_signal(const struct incident *incident, const struct rule *cause)
{
	return !is_write(incident);
}

/* --- writes that failed because of this program --- */

/* In every family that sigpath reads, sk_state has TCP's numbers. */
static bool is_listening(const struct incident_object *object)
{
	switch (object->type) {
	case EV_OBJECT_TCP:
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
	case EV_OBJECT_VSOCK:
	case EV_OBJECT_SOCKET:
		return object->state == TCP_LISTEN;
	default:
		return false;
	}
}

static bool is_misuse(const struct incident *incident, const struct rule *cause)
{
	return is_any_of(cause, class_misuses) || is_listening(&incident->object);
}

static bool is_own_shutdown(const struct incident *incident, const struct rule *cause)
{
	return !strcmp(cause->code, "local_shutdown") ||
	       (!strcmp(cause->code, "socket_shut_down") &&
		own_end_reason(incident) == WHY_OWN_SHUTDOWN);
}

static bool is_own_shutdown_death(const struct incident *incident, const struct rule *cause)
{
	return is_own_shutdown(incident, cause) && trap_dies(incident);
}

/* --- the other end --- */

static bool is_pipe(const struct incident *incident)
{
	return incident->object.type == EV_OBJECT_PIPE || incident->object.type == EV_OBJECT_FIFO;
}

/* "socket_shut_down" is certain only if the peer did it. */
static bool is_end_gone(const struct incident *incident, const struct rule *cause)
{
	return is_any_of(cause, class_ends) || (!strcmp(cause->code, "socket_shut_down") &&
						cause->confidence == CONFIDENCE_CERTAIN);
}

/* It is another process, and a hook saw it end the connection. */
static bool is_peer_proven(const struct incident *incident)
{
	const struct incident_peer_process *peer = &incident->peer;

	return peer->have && peer->confidence == CONFIDENCE_CERTAIN &&
	       peer->pid != incident->process.pid;
}

/* Its death closed the end. A process that closed it before and then died is no reason. */
static bool is_peer_dead(const struct incident *incident)
{
	const struct incident_peer_process *peer = &incident->peer;

	return is_peer_proven(incident) && peer->how == PEER_HOW_CLOSED_BY_EXIT &&
	       peer->have_exit && WIFSIGNALED(peer->exit_status);
}

/* It ended with status 0, or lived when this write failed. */
static bool is_peer_content(const struct incident *incident)
{
	const struct incident_peer_process *peer = &incident->peer;

	if (!is_peer_proven(incident))
		return false;
	return peer->have_exit ? peer->exit_status == 0
			       : incident->missing[MISSING_PEER_EXIT] == WHY_STILL_RUNS;
}

/* Those that an error of the program raises. Their default action writes a core. */
static bool is_crash(int signal)
{
	switch (signal) {
	case SIGILL:
	case SIGTRAP:
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
	case SIGSYS:
	case SIGXCPU:
	case SIGXFSZ:
		return true;
	default:
		return false;
	}
}

static bool is_peer_crash(const struct incident *incident, const struct rule *cause)
{
	return is_peer_dead(incident) && is_crash(WTERMSIG(incident->peer.exit_status));
}

/* In `yes | cat | head -1` this is the end of yes: cat met a broken pipe itself. */
static bool is_pipeline_broken(const struct incident *incident, const struct rule *cause)
{
	return is_pipe(incident) && is_peer_dead(incident) &&
	       WTERMSIG(incident->peer.exit_status) == SIGPIPE;
}

static bool is_peer_kill(const struct incident *incident, const struct rule *cause)
{
	return is_peer_dead(incident);
}

static bool is_pipeline_done(const struct incident *incident, const struct rule *cause)
{
	return is_pipe(incident) && is_end_gone(incident, cause) && is_peer_content(incident);
}

/* --- logs --- */

static bool is_standard_output(const struct incident *incident)
{
	return incident->syscall.have_fd &&
	       (incident->syscall.fd == 1 || incident->syscall.fd == 2) &&
	       (is_pipe(incident) || incident->object.type == EV_OBJECT_UNIX);
}

static bool is_log_gone(const struct incident *incident, const struct rule *cause)
{
	const struct incident_peer_process *peer = &incident->peer;

	if (!is_end_gone(incident, cause))
		return false;
	if (trap_is_journal(incident))
		return true;
	return is_standard_output(incident) &&
	       (supervisor_started(incident) ||
		(is_peer_proven(incident) && peer->have_comm && supervisor_takes_logs(peer->comm)));
}

/* --- connections --- */

/* The first port that Linux gives to a client, unless ip_local_port_range says otherwise. */
#define FIRST_CLIENT_PORT 32768

/*
 * This side is the server: the name of a unix socket is that of its listener. The record does not
 * have who called connect() for the others, but clients seldom choose their port.
 */
static bool is_server(const struct incident_object *object)
{
	if (object->type == EV_OBJECT_UNIX)
		return object->unix_.path_length && object->sock_type != SOCK_DGRAM &&
		       !(object->unix_.flags & EV_UNIX_PATH_IS_PEER);
	return object->local_port && object->local_port < FIRST_CLIENT_PORT &&
	       object->peer_port >= FIRST_CLIENT_PORT;
}

/* sigpath saw it run, or the signal could not kill it. */
static bool is_alive(const struct incident *incident)
{
	switch (incident->outcome) {
	case EV_OUTCOME_IGNORED:
	case EV_OUTCOME_SUPPRESSED:
	case EV_OUTCOME_PROTECTED:
		return incident->end.state != EV_END_ENDED && !incident->signal.dying;
	default:
		return incident->end.state == EV_END_ALIVE;
	}
}

static bool is_client_gone(const struct incident *incident, const struct rule *cause)
{
	return !is_pipe(incident) && is_end_gone(incident, cause) && is_server(&incident->object) &&
	       is_alive(incident);
}

static bool is_client_content(const struct incident *incident, const struct rule *cause)
{
	return is_client_gone(incident, cause) && is_peer_content(incident);
}

static bool is_connection_lost(const struct incident *incident, const struct rule *cause)
{
	return is_any_of(cause, class_losses);
}

/* --- the writer --- */

static bool is_death(const struct incident *incident, const struct rule *cause)
{
	return trap_dies(incident);
}

static bool is_failed_exit(const struct incident *incident, const struct rule *cause)
{
	return incident->end.state == EV_END_ENDED && incident->end.status != 0;
}

const struct class_rule class_rules[] = {
	{ CLASS_SERVICE_DIED, SEVERITY_ERROR, is_service_death,
	  "the main process of a service or container died" },
	{ CLASS_SENT_SIGNAL, SEVERITY_INFO, is_plain_stop, "it was asked to end, and it ended" },
	{ CLASS_SENT_SIGNAL, SEVERITY_ERROR, is_forced_stop,
	  "it was asked to end, did not, and was killed" },
	{ CLASS_SENT_SIGNAL, SEVERITY_WARNING, is_sent_death, NULL },
	{ CLASS_SENT_SIGNAL, SEVERITY_INFO, is_sent, NULL },
	{ CLASS_PROCESS_DIED, SEVERITY_WARNING, is_other_death, NULL },
	{ CLASS_PROCESS_EXITED, SEVERITY_NOTICE, is_exit, NULL },
	{ CLASS_KERNEL_SIGNAL, SEVERITY_NOTICE, is_other_signal, NULL },

	/* From here on a write failed. First what this program did itself. */
	{ CLASS_MISUSE, SEVERITY_WARNING, is_misuse, NULL },
	{ CLASS_OWN_SHUTDOWN, SEVERITY_WARNING, is_own_shutdown_death, NULL },
	{ CLASS_OWN_SHUTDOWN, SEVERITY_NOTICE, is_own_shutdown, NULL },

	/* What is known about the other end, and about its process. */
	{ CLASS_LOG_PIPE_GONE, SEVERITY_WARNING, is_log_gone,
	  "nobody reads the log of this process any more" },
	{ CLASS_PEER_CRASHED, SEVERITY_ERROR, is_peer_crash, NULL },
	{ CLASS_PIPELINE_BROKEN, SEVERITY_NOTICE, is_pipeline_broken, NULL },
	{ CLASS_PEER_KILLED, SEVERITY_WARNING, is_peer_kill, NULL },
	{ CLASS_PIPELINE_DONE, SEVERITY_INFO, is_pipeline_done, "the reader had seen enough" },

	/* What became of this process. */
	{ CLASS_PROCESS_DIED, SEVERITY_WARNING, is_death, NULL },
	{ CLASS_PROCESS_EXITED, SEVERITY_WARNING, is_failed_exit, NULL },

	/* It lives on. */
	{ CLASS_CONNECTION_LOST, SEVERITY_WARNING, is_connection_lost, NULL },
	{ CLASS_CLIENT_GONE, SEVERITY_INFO, is_client_content,
	  "a client has left, and the server lives on" },
	{ CLASS_CLIENT_GONE, SEVERITY_NOTICE, is_client_gone,
	  "a client has left, and the server lives on" },
	{ CLASS_PEER_GONE, SEVERITY_NOTICE, is_end_gone, NULL },
	{ CLASS_WRITE_FAILED, SEVERITY_NOTICE, NULL, NULL },
};

const size_t class_rules_count = ARRAY_SIZE(class_rules);

const struct class_rule *class_match(const struct incident *incident, const struct rule *cause)
{
	const struct class_rule *row = class_rules;

	while (row->matches && !row->matches(incident, cause))
		row++;
	return row;
}
