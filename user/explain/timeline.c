// SPDX-License-Identifier: GPL-2.0-or-later
/* What happened on the connection before, as "so long before the incident"; oldest first. */
#include "rules.h"

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

/*
 * lsndtime counts in ticks, the last packet in microseconds: within two ticks of the slowest kernel
 * the write came first, for the packet answered it.
 */
#define TICKS_NS 20000000ull

static uint64_t last_write_ago_ns(const struct incident_tcp *tcp)
{
	if (tcp->have_last_packet && tcp->last_packet_ago_ns > tcp->last_send_ago_ns &&
	    tcp->last_packet_ago_ns - tcp->last_send_ago_ns <= TICKS_NS)
		return tcp->last_packet_ago_ns;
	return tcp->last_send_ago_ns;
}

/* What hooks have seen, to the microsecond. */
static void add_seen(const struct incident *incident, struct explanation *explanation)
{
	const struct ev_history *history = &incident->object.history;
	const struct {
		const char *what;
		uint64_t time_ns;
	} seen[] = {
		{ "connected", history->connected_ns },
		{ "fin_received", history->fin_received_ns },
		{ history->local.flags & EV_CLOSER_SHUTDOWN ? "local_shutdown" : "local_close",
		  history->local.time_ns },
		{ "rst_received", history->reset_received_ns },
	};

	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		if (seen[i].time_ns)
			add_entry(explanation,
				  (struct timeline_entry){
					  .what = seen[i].what,
					  .ago_ns = incident_ago_ns(incident, seen[i].time_ns),
				  });
}

void timeline_tell_tcp(const struct incident *incident, const char *last_packet,
		       struct explanation *explanation)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	if (tcp->have_last_receive)
		add_entry(explanation, (struct timeline_entry){
					       .what = "last_data_received",
					       .ago_ns = tcp->last_receive_ago_ns,
				       });
	/* lsndtime moves with every retransmission (tcp_event_data_sent()). */
	if (tcp->have_last_send) {
		bool again = tcp->raw.retransmits > 0;

		add_entry(explanation, (struct timeline_entry){
					       .what = again ? "last_retransmission" : "last_write",
					       .ago_ns = last_write_ago_ns(tcp),
					       .have_bytes = tcp->unacked_bytes > 0,
					       .bytes = tcp->unacked_bytes,
				       });
	}
	add_seen(incident, explanation);
	/* A reset that was seen needs no packet to stand for it. */
	if (incident->object.history.reset_received_ns)
		return;
	if (tcp->have_last_packet && last_packet)
		add_entry(explanation, (struct timeline_entry){
					       .what = last_packet,
					       .ago_ns = tcp->last_packet_ago_ns,
				       });
}
