// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why was the other end gone? The causes as one table: what each needs to see in the incident, how
 * sure it then is, and the sentence that tells it. No bytes of a traced process enter a sentence.
 * docs/causes.md has a section for every code.
 */
#include "rules.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tcp_evidence.h"

static void add_send_age(struct text *text, const struct incident_tcp *tcp)
{
	text_add_age(text, tcp->have_last_send, tcp->last_send_ago_ns, GRAIN_JIFFIES);
}

static void add_packet_age(struct text *text, const struct incident_tcp *tcp)
{
	text_add_age(text, tcp->have_last_packet, tcp->last_packet_ago_ns, GRAIN_FINE);
}

/* Of what a hook has seen; nothing where it has not. */
static void add_seen_age(struct text *text, const struct incident *incident, uint64_t seen_ns)
{
	text_add_age(text, seen_ns, incident_ago_ns(incident, seen_ns), GRAIN_FINE);
}

/* sk_err_soft: what ICMP said while the connection was still trying. */
static void add_soft_error(struct text *text, uint32_t error)
{
	static const struct {
		uint32_t error;
		const char *name;
	} names[] = {
		{ ENETUNREACH, "network unreachable" },
		{ EHOSTUNREACH, "host unreachable" },
		{ ECONNREFUSED, "port unreachable" },
		{ ENOPROTOOPT, "protocol unreachable" },
		{ EMSGSIZE, "packet too big" },
		{ EACCES, "administratively prohibited" },
		{ EPROTO, "a parameter of it was refused" },
		{ ENONET, "host isolated" },
		{ EHOSTDOWN, "host unknown" },
	};

	if (error == 0)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].error == error) {
			text_add(text, "; ICMP had reported: %s", names[i].name);
			return;
		}
	}
	text_add(text, "; a soft error was noted: errno %" PRIu32, error);
}

/* What a call was told before; it was the one to know, for the socket forgets an error that it
 * returned. */
static void add_earlier_error(struct text *text, const struct incident_object *object)
{
	if (!object->have_earlier_error)
		return;
	text_add(text, "; an earlier call had returned %s",
		 strerrorname_np((int)object->earlier_error) ?: "an error");
	text_add_age(text, true, object->earlier_error_ago_ns, GRAIN_FINE);
}

/* SCTP_SS_* and vsock reuse TCP's numbers. */
static const char *state_name(uint8_t state)
{
	static const char *const names[] = {
		"0",	     "ESTABLISHED", "SYN_SENT",	    "SYN_RECV",	  "FIN_WAIT1",
		"FIN_WAIT2", "TIME_WAIT",   "CLOSE",	    "CLOSE_WAIT", "LAST_ACK",
		"LISTEN",    "CLOSING",	    "NEW_SYN_RECV",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "not known";
}

static bool is_sent_by_process(const struct incident *incident)
{
	return incident->signal.origin == EV_ORIGIN_PROCESS;
}

static void tell_sent_by_process(const struct incident *incident, struct text *text)
{
	const struct incident_sender *sender = &incident->signal.sender;

	if (!sender->have)
		text_add(text, "a process sent the signal (si_code %d)", incident->signal.code);
	else if (sender->pid == incident->process.pid)
		text_add(text, "the process sent the signal to itself, thread %" PRIu32,
			 sender->tid);
	else
		text_add(text, "process %" PRIu32 " of uid %" PRIu32 " sent the signal",
			 sender->pid, sender->uid);
	if (sender->have && sender->have_syscall && sender->syscall)
		text_add(text, " with %s()", sender->syscall);
	if (incident->signal.number == SIGPIPE)
		text_add(text, "; no write failed");
}

static bool is_sent_by_kernel(const struct incident *incident)
{
	return !is_failed_write(incident);
}

static void tell_sent_by_kernel(const struct incident *incident, struct text *text)
{
	text_add(text, "the kernel sent the signal: ");
	disposition_tell_kernel_reason(&incident->signal, text);
}

static bool has_no_reader(const struct incident *incident)
{
	return (incident->object.type == EV_OBJECT_PIPE ||
		incident->object.type == EV_OBJECT_FIFO) &&
	       incident->object.pipe.readers == 0;
}

static bool is_never_opened(const struct incident *incident)
{
	return has_no_reader(incident) && incident->object.pipe.r_counter == 0;
}

static void tell_never_opened(const struct incident *incident, struct text *text)
{
	text_add(text, "nobody ever opened this %s for reading",
		 incident->object.type == EV_OBJECT_FIFO ? "fifo" : "pipe");
}

static void tell_reader_closed(const struct incident *incident, struct text *text)
{
	const struct ev_pipe *pipe = &incident->object.pipe;

	/* An anonymous pipe starts with r_counter 1 and gets more only through /proc/PID/fd. */
	if (pipe->r_counter > 1)
		text_add(text,
			 "the last reader closed its end (opened for reading %" PRIu32 " times)",
			 pipe->r_counter);
	else
		text_add(text, "the reader closed its end");
	if (pipe->unread_buffers > 0)
		text_add(text, " and left data unread (%" PRIu32 " of %" PRIu32 " buffers)",
			 pipe->unread_buffers, pipe->max_buffers);
	else
		text_add(text, "; it had read everything");
	if (pipe->writers > 1)
		text_add(text, "; %" PRIu32 " write ends are open", pipe->writers);
}

static void tell_listening(const struct incident *incident, struct text *text)
{
	text_add(text, "written to a listening socket, which carries no data");
}

static void tell_shut_down_locally(const struct incident *incident, struct text *text)
{
	text_add(text, "this side had shut down sending (shutdown(SHUT_WR) or SHUT_RDWR) and wrote "
		       "afterwards");
	if (incident->object.socket_flags & EV_SOCKET_DONE)
		text_add(text, "; the peer had closed its side too");
}

static void tell_not_plain(const struct incident *incident, struct text *text)
{
	const char *ulp = incident->object.tcp.raw.ulp;
	size_t size = sizeof(incident->object.tcp.raw.ulp);

	text_add(text, "tcp itself is still open (%s); the layer above it refused the write: ",
		 state_name(incident->object.state));
	if (strncmp(ulp, "tls", size) == 0)
		text_add(text, "kernel TLS has aborted");
	else if (strncmp(ulp, "smc", size) == 0)
		text_add(text, "SMC has fallen back or was closed");
	else
		text_add(text, "a socket map (BPF), kernel TLS or SMC");
}

static void tell_never_connected(const struct incident *incident, struct text *text)
{
	text_add(text, "the socket was never connected");
}

static void tell_connect_undone(const struct incident *incident, struct text *text)
{
	text_add(text, "connect() had failed or was given up; the write came after that");
	add_soft_error(text, incident->object.error_soft);
}

static void tell_disconnected(const struct incident *incident, struct text *text)
{
	text_add(text, "the socket was connected once and then disconnected by this side "
		       "(connect() to AF_UNSPEC)");
}

static void tell_connect_refused(const struct incident *incident, struct text *text)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	text_add(text, "a non-blocking connect() failed");
	add_packet_age(text, tcp);
	if (tcp->raw.retransmits > 0)
		text_add(text, " after its SYN was sent %u times without an answer",
			 tcp->raw.retransmits + 1u);
	else
		text_add(text, " (refused, or given up)");
	text_add(text, "; the write came after that");
	add_soft_error(text, incident->object.error_soft);
}

static void tell_timed_out(const struct incident *incident, struct text *text)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	text_add(text, "timeout: ");
	text_add_bytes(text, tcp->unacked_bytes);
	if (tcp->raw.retransmits > 0)
		text_add(text, " stayed without an ACK after %u retransmission%s",
			 tcp->raw.retransmits, plural(tcp->raw.retransmits));
	else if (tcp->raw.snd_wnd == 0)
		text_add(text, " waited for a peer that had stopped reading, its window at zero");
	else
		text_add(text, " stayed without an ACK after %u probe%s", tcp->raw.probes_out,
			 plural(tcp->raw.probes_out));
	if (tcp->have_last_ack) {
		text_add(text, ", the last ACK came");
		text_add_age(text, true, tcp->last_ack_ago_ns, GRAIN_JIFFIES);
	}
	if (tcp->have_last_packet) {
		text_add(text, ", the kernel gave up");
		add_packet_age(text, tcp);
	}
	if (tcp->raw.user_timeout_ms > 0)
		text_add(text, " (TCP_USER_TIMEOUT %" PRIu32 " ms)", tcp->raw.user_timeout_ms);
	add_earlier_error(text, &incident->object);
	add_soft_error(text, incident->object.error_soft);
}

static void tell_keepalive_timeout(const struct incident *incident, struct text *text)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	text_add(text, "keepalive: %u probe%s got no answer", tcp->raw.probes_out,
		 plural(tcp->raw.probes_out));
	if (tcp->have_last_ack) {
		text_add(text, ", the last ACK came");
		text_add_age(text, true, tcp->last_ack_ago_ns, GRAIN_JIFFIES);
	}
	if (tcp->have_last_packet) {
		text_add(text, ", the connection ended");
		add_packet_age(text, tcp);
	}
	text_add(text, "; or the last probe was answered by RST");
	add_soft_error(text, incident->object.error_soft);
}

static void tell_reset_after_fin(const struct incident *incident, struct text *text)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	text_add(text, "peer closed, then reset: it sent FIN");
	add_seen_age(text, incident, incident->object.history.fin_received_ns);
	text_add(text, ", we wrote ");
	text_add_bytes(text, tcp->unacked_bytes);
	add_send_age(text, tcp);
	text_add(text, ", it answered RST");
	add_packet_age(text, tcp);
}

static void tell_closed_both_ways(const struct incident *incident, struct text *text)
{
	text_add(text, "closed both ways: the peer sent FIN, all we had sent was acknowledged, and "
		       "either this side had shut down too or the peer sent RST; the last packet "
		       "came");
	if (incident->object.tcp.have_last_packet)
		add_packet_age(text, &incident->object.tcp);
	else
		text_add(text, " before");
}

static void tell_reset(const struct incident *incident, struct text *text)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	text_add(text, "the connection was reset without a FIN: the peer crashed, closed with data "
		       "unread or with SO_LINGER 0, or a firewall sent RST");
	if (tcp->have_last_packet) {
		text_add(text, "; the last packet came");
		add_packet_age(text, tcp);
	}
	if (tcp->unacked_bytes > 0) {
		text_add(text, "; ");
		text_add_bytes(text, tcp->unacked_bytes);
		text_add(text, " had no ACK");
	}
	add_earlier_error(text, &incident->object);
	text_add(text, " (`ss -K` on this host leaves the same state)");
	add_soft_error(text, incident->object.error_soft);
}

static bool has_unix_peer(const struct incident *incident)
{
	return incident->object.type == EV_OBJECT_UNIX &&
	       incident->object.unix_.flags & EV_UNIX_PEER_HAVE;
}

static bool is_unix_peer_closed(const struct incident *incident)
{
	return has_unix_peer(incident) && incident->object.unix_.flags & EV_UNIX_PEER_DEAD;
}

static void tell_unix_peer_closed(const struct incident *incident, struct text *text)
{
	/* unix_release_sock() sets the error when the closing end had a non-empty queue, and also
	 * for what still waited for accept(). */
	if (incident->object.error == ECONNRESET)
		text_add(text, "the peer closed its end and left data unread, or it never accepted "
			       "the connection (ECONNRESET was not read here)");
	else
		text_add(text, "the peer closed its end");
}

/* unix_shutdown() marks its own socket, drops the lock and then marks the other one: in between the
 * one that is marked alone is the one that called it. */
static bool is_unix_peer_shut_down(const struct incident *incident)
{
	return has_unix_peer(incident) && incident->object.unix_.peer_shutdown & RCV_DOWN &&
	       !(incident->object.shutdown & SEND_DOWN);
}

static void tell_unix_peer_shut_down(const struct incident *incident, struct text *text)
{
	text_add(text, "the peer shut down receiving (shutdown(SHUT_RD) or SHUT_RDWR) and is open");
}

static bool is_unix_shut_down(const struct incident *incident)
{
	return has_unix_peer(incident) && incident->object.shutdown & SEND_DOWN;
}

static void tell_unix_shut_down(const struct incident *incident, struct text *text)
{
	if (incident->object.shutdown == BOTH_DOWN)
		text_add(text, "this side or the peer called shutdown(SHUT_RDWR)");
	else
		text_add(text, "this side called shutdown(SHUT_WR) or the peer shutdown(SHUT_RD)");
	text_add(text, "; both ends are open, and the kernel keeps the same state for either");
}

static bool is_other_socket(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	switch (object->type) {
	case EV_OBJECT_VSOCK:
		if (object->vsock.peer_shutdown & RCV_DOWN)
			return true;
		break;
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
	case EV_OBJECT_SOCKET:
		break;
	default:
		return false;
	}
	return object->shutdown & SEND_DOWN || object->state == TCP_CLOSE ||
	       object->state == TCP_LISTEN;
}

static void tell_other_socket(const struct incident *incident, struct text *text)
{
	const struct incident_object *object = &incident->object;

	if (object->state == TCP_LISTEN)
		text_add(text, "written to a listening socket");
	else if (object->type == EV_OBJECT_VSOCK && object->vsock.peer_shutdown & RCV_DOWN)
		text_add(text, "the peer closed the socket or shut down receiving");
	else if (object->state == TCP_FIN_WAIT1 || object->state == TCP_FIN_WAIT2 ||
		 object->state == TCP_CLOSING || object->state == TCP_LAST_ACK)
		text_add(text, "this side had shut down sending");
	else if (object->shutdown & SEND_DOWN)
		text_add(text,
			 "sending is shut down, by this side or because the connection ended");
	else
		text_add(text, "there is no connection");
	text_add(text, " (state %s)", state_name(object->state));
}

static bool always(const struct incident *incident)
{
	return true;
}

static const char *why_no_object(enum ev_object_status status)
{
	switch (status) {
	case EV_OBJECT_FD_CLOSED:
		return "the descriptor was closed while the call ran";
	case EV_OBJECT_REUSED:
		return "the descriptor was reused for another file while the call ran";
	default:
		return "the object that was written to was not found";
	}
}

static void tell_unknown(const struct incident *incident, struct text *text)
{
	const struct incident_object *object = &incident->object;

	switch (object->type) {
	case EV_OBJECT_NONE:
		text_add(text, "not known: %s", why_no_object(object->status));
		return;
	case EV_OBJECT_FILE:
		text_add(text, "not known: the descriptor names neither a pipe nor a socket");
		return;
	case EV_OBJECT_PIPE:
	case EV_OBJECT_FIFO:
		text_add(text, "not known: the pipe has %" PRIu32 " reader%s now",
			 object->pipe.readers, plural(object->pipe.readers));
		return;
	default:
		text_add(text, "not known: state %s, shutdown %u, error %" PRIu32 " fit no rule",
			 state_name(object->state), object->shutdown, object->error);
	}
}

#define READ_BEFORE_WRITE "watch for the peer's close before writing (read() returns 0, EPOLLRDHUP)"
#define CHECK_CONNECT \
	"check the result of connect() before writing (SO_ERROR on a non-blocking socket)"
#define FINISH_WRITES \
	"this program shut the socket down and wrote afterwards: write all, then shut down"

const struct rule rules[] = {
	/* Who sent it comes first: for these the object has nothing to do with the signal. */
	{ "sent_by_process", CONFIDENCE_CERTAIN, is_sent_by_process, tell_sent_by_process, NULL,
	  NULL },
	{ "sent_by_kernel", CONFIDENCE_CERTAIN, is_sent_by_kernel, tell_sent_by_kernel, NULL,
	  NULL },

	/* The narrower one first. */
	{ "never_opened_for_reading", CONFIDENCE_CERTAIN, is_never_opened, tell_never_opened, NULL,
	  NULL },
	{ "reader_closed", CONFIDENCE_CERTAIN, has_no_reader, tell_reader_closed, NULL, NULL },

	/* Rows L, A, M: the state alone decides. */
	{ "listening", CONFIDENCE_CERTAIN, tcp_is_listening, tell_listening, NULL,
	  "write to the socket that accept() returned, not to the listening one" },
	{ "local_shutdown", CONFIDENCE_CERTAIN, tcp_is_shut_down_locally, tell_shut_down_locally,
	  "last_packet", FINISH_WRITES },
	{ "not_plain_tcp", CONFIDENCE_LIKELY, tcp_is_open, tell_not_plain, "last_packet", NULL },

	/* Rows H, I, J, G: CLOSE without a peer or without one byte of it, each narrower than the
	 * next; before the rest, whose evidence means nothing on such a socket. */
	{ "never_connected", CONFIDENCE_CERTAIN, tcp_is_never_connected, tell_never_connected, NULL,
	  CHECK_CONNECT },
	{ "connect_failed", CONFIDENCE_CERTAIN, tcp_is_connect_undone, tell_connect_undone, NULL,
	  CHECK_CONNECT },
	{ "disconnected", CONFIDENCE_CERTAIN, tcp_has_no_peer, tell_disconnected, NULL, NULL },
	{ "connect_failed", CONFIDENCE_CERTAIN, tcp_is_connect_refused, tell_connect_refused,
	  "connect_failed", CHECK_CONNECT },

	/* Rows E, F before B, C, D: a timer's traces outrank the FIN, which may be an old one. */
	{ "timeout", CONFIDENCE_LIKELY, tcp_is_timed_out, tell_timed_out, "gave_up", NULL },
	{ "keepalive_timeout", CONFIDENCE_LIKELY, tcp_is_keepalive_timeout, tell_keepalive_timeout,
	  "gave_up", NULL },
	{ "peer_closed_then_reset", CONFIDENCE_CERTAIN, tcp_is_reset_after_fin_surely,
	  tell_reset_after_fin, "rst_received", READ_BEFORE_WRITE },
	{ "peer_closed_then_reset", CONFIDENCE_LIKELY, tcp_is_reset_after_fin, tell_reset_after_fin,
	  "rst_received", READ_BEFORE_WRITE },
	{ "closed_both_ways", CONFIDENCE_LIKELY, tcp_is_closed_both_ways, tell_closed_both_ways,
	  "last_packet", READ_BEFORE_WRITE },
	{ "reset_by_peer", CONFIDENCE_LIKELY, tcp_is_reset, tell_reset, "last_packet", NULL },

	/* A dead peer first: its close marks the shutdown bits too. */
	{ "peer_closed", CONFIDENCE_CERTAIN, is_unix_peer_closed, tell_unix_peer_closed, NULL,
	  READ_BEFORE_WRITE },
	{ "peer_shut_down", CONFIDENCE_CERTAIN, is_unix_peer_shut_down, tell_unix_peer_shut_down,
	  NULL, NULL },
	{ "local_shutdown_or_peer", CONFIDENCE_LIKELY, is_unix_shut_down, tell_unix_shut_down, NULL,
	  NULL },

	{ "socket_shut_down", CONFIDENCE_LIKELY, is_other_socket, tell_other_socket, NULL, NULL },
	{ "unknown", CONFIDENCE_UNKNOWN, always, tell_unknown, "last_packet", NULL },
};

const size_t rules_count = sizeof(rules) / sizeof(rules[0]);

const struct rule *rules_match(const struct incident *incident)
{
	size_t i = 0;

	while (i < rules_count - 1 && !rules[i].matches(incident))
		i++;
	return &rules[i];
}
