// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The events of the connection before the incident, each with its time before the incident; oldest
 * first.
 */
#include "timeline.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>

#include "own_end.h"
#include "tcp_evidence.h"

/*
 * Keeps the entries oldest first. Entries with the same time stay in the order in which they were
 * added.
 */
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

/* An event that a hook saw, exact to the microsecond. */
static void add_seen(const struct incident *incident, struct explanation *explanation,
		     const char *what, uint64_t time_ns)
{
	if (time_ns)
		add(explanation, what, incident_ago_ns(incident, time_ns));
}

static void add_last_receive(const struct incident *incident, struct explanation *explanation)
{
	if (incident->object.tcp.have_last_receive)
		add(explanation, "last_data_received", tcp_last_receive_ago_ns(incident));
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

/* The end of the connection. If no hook saw it, the last packet stands for it. */
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

/* What had asked the process to end. Only these signals are kept (bpf/core/stop.bpf.h). */
static const char *stop_word(uint32_t signal)
{
	switch (signal) {
	case SIGTERM:
		return "sigterm_sent";
	case SIGINT:
		return "sigint_sent";
	case SIGQUIT:
		return "sigquit_sent";
	}
	return NULL;
}

static void add_stop(const struct incident_stop *stop, struct explanation *explanation)
{
	const char *what = stop->have ? stop_word(stop->number) : NULL;

	if (what)
		add(explanation, what, stop->ago_ns);
}

/* That of the sender, and the last one. */
void timeline_tell_stop(const struct incident *incident, struct explanation *explanation)
{
	const struct incident_stop *own = &incident->signal.sender.stop, *last = &incident->stop;

	add_stop(own, explanation);
	if (!own->have || last->ago_ns != own->ago_ns)
		add_stop(last, explanation);
}

void timeline_tell_tcp(const struct incident *incident, const char *last_packet,
		       struct explanation *explanation)
{
	const struct ev_history *history = &incident->object.history;

	add_seen(incident, explanation, "connected", history->connected_ns);
	add_last_receive(incident, explanation);
	add_seen(incident, explanation, "fin_received", history->fin_received_ns);
	add_last_write(incident, explanation);
	/* No write can follow a close(2) of its own socket, so it was a shutdown(2). */
	if (own_end_saw_shutdown(incident))
		add_seen(incident, explanation, "local_shutdown", history->local.time_ns);
	add_end(incident, last_packet, explanation);
	add_entry(explanation, (struct timeline_entry){
				       .what = "this_write",
				       .have_bytes = incident->syscall.have_bytes,
				       .bytes = incident->syscall.bytes,
			       });
}
