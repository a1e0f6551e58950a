// SPDX-License-Identifier: GPL-2.0-or-later
/* What happened on the connection before, as "so long before the incident"; oldest first. */
#include <string.h>

#include "rules.h"
#include "tcp_evidence.h"

/* Keeps the entries oldest first; of the same age, in the order in which they were added. */
static void add_entry(struct explanation *explanation, struct timeline_entry entry)
{
	struct timeline_entry *timeline = explanation->timeline;
	size_t at = explanation->timeline_count;

	if (at == EXPLANATION_TIMELINE_MAX)
		return;
	for (; at > 0 && timeline[at - 1].ago_ns < entry.ago_ns; at--)
		timeline[at] = timeline[at - 1];
	timeline[at] = entry;
	explanation->timeline_count++;
}

static void add(struct explanation *explanation, const char *what, uint64_t ago_ns)
{
	add_entry(explanation, (struct timeline_entry){ .what = what, .ago_ns = ago_ns });
}

/* What a hook has seen, to the microsecond. */
static void add_seen(const struct incident *incident, struct explanation *explanation,
		     const char *what, uint64_t time_ns)
{
	if (time_ns)
		add(explanation, what, incident_ago_ns(incident, time_ns));
}

/*
 * lsndtime and lrcvtime count in ticks, the other times in microseconds. Where a tick is all that
 * stands between them the order is known nevertheless: nothing comes before the handshake, and what
 * is written after the peer's answer, or received after its FIN, is not the last.
 */
static uint64_t settled_ago_ns(const struct incident *incident, uint64_t ago_ns,
			       uint64_t next_ago_ns)
{
	uint64_t connected_ns = incident->object.history.connected_ns;

	if (next_ago_ns > ago_ns && next_ago_ns - ago_ns <= TCP_TICKS_NS)
		ago_ns = next_ago_ns;
	if (connected_ns && ago_ns > incident_ago_ns(incident, connected_ns))
		ago_ns = incident_ago_ns(incident, connected_ns);
	return ago_ns;
}

static void add_last_receive(const struct incident *incident, struct explanation *explanation)
{
	const struct incident_tcp *tcp = &incident->object.tcp;
	uint64_t fin_ns = incident->object.history.fin_received_ns;

	if (tcp->have_last_receive)
		add(explanation, "last_data_received",
		    settled_ago_ns(incident, tcp->last_receive_ago_ns,
				   fin_ns ? incident_ago_ns(incident, fin_ns) : 0));
}

static uint64_t last_packet_ago_ns(const struct incident *incident)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	/* Nothing is sent after a RST. */
	if (tcp_saw_reset(incident))
		return incident_ago_ns(incident, incident->object.history.reset_received_ns);
	return tcp->have_last_packet ? tcp->last_packet_ago_ns : 0;
}

/* The FIN acknowledged what had come before it: what has no ACK was written after it. */
uint64_t tcp_last_write_ago_ns(const struct incident *incident)
{
	const struct incident_tcp *tcp = &incident->object.tcp;
	uint64_t ago_ns =
		settled_ago_ns(incident, tcp->last_send_ago_ns, last_packet_ago_ns(incident));
	uint64_t fin_ns = incident->object.history.fin_received_ns;
	uint64_t fin_ago_ns = incident_ago_ns(incident, fin_ns);

	if (fin_ns && tcp_has_unacked(incident) && ago_ns > fin_ago_ns &&
	    ago_ns - fin_ago_ns <= TCP_TICKS_NS)
		return fin_ago_ns;
	return ago_ns;
}

static void add_last_write(const struct incident *incident, struct explanation *explanation)
{
	const struct incident_tcp *tcp = &incident->object.tcp;
	uint32_t bytes = tcp_unacked_data(incident);

	if (!tcp->have_last_send)
		return;
	/* lsndtime moves with every retransmission (tcp_event_data_sent()). */
	add_entry(explanation,
		  (struct timeline_entry){
			  .what = tcp->raw.retransmits > 0 ? "last_retransmission" : "last_write",
			  .ago_ns = tcp_last_write_ago_ns(incident),
			  .have_bytes = bytes > 0,
			  .bytes = bytes,
		  });
}

/* What ended the connection. Where no hook has seen that, its last packet stands for it. */
static void add_end(const struct incident *incident, const char *last_packet,
		    struct explanation *explanation)
{
	const struct incident_tcp *tcp = &incident->object.tcp;
	const struct ev_history *history = &incident->object.history;
	bool is_named = last_packet && strcmp(last_packet, "last_packet") != 0;

	if (history->reset_received_ns)
		add_seen(incident, explanation, "rst_received", history->reset_received_ns);
	else if (tcp_is_in(incident, TCP_CLOSE) && tcp_end_ns(incident))
		add_seen(incident, explanation, is_named ? last_packet : "closed",
			 tcp_end_ns(incident));
	else if (tcp->have_last_packet && last_packet)
		add(explanation, last_packet, tcp->last_packet_ago_ns);
}

void timeline_tell_tcp(const struct incident *incident, const char *last_packet,
		       struct explanation *explanation)
{
	const struct ev_history *history = &incident->object.history;

	add_seen(incident, explanation, "connected", history->connected_ns);
	add_last_receive(incident, explanation);
	add_seen(incident, explanation, "fin_received", history->fin_received_ns);
	add_last_write(incident, explanation);
	/* No write follows a close(2) of its own socket: a shutdown(2), then. */
	if (tcp_saw_local_shutdown(incident))
		add_seen(incident, explanation, "local_shutdown", history->local.time_ns);
	add_end(incident, last_packet, explanation);
	if (is_failed_write(incident))
		add_entry(explanation, (struct timeline_entry){
					       .what = "this_write",
					       .have_bytes = incident->syscall.have_bytes,
					       .bytes = incident->syscall.bytes,
				       });
}
