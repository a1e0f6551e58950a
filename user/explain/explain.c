// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts an explanation together: cause, disposition, timeline, advice. */
#include "explain.h"

#include "rules.h"

const char *confidence_name(enum confidence confidence)
{
	switch (confidence) {
	case CONFIDENCE_CERTAIN:
		return "certain";
	case CONFIDENCE_LIKELY:
		return "likely";
	case CONFIDENCE_UNKNOWN:
		break;
	}
	return "unknown";
}

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

static void add_tcp_timeline(const struct incident *incident, const char *last_packet,
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

static bool is_pipe(const struct incident *incident)
{
	return incident->object.type == EV_OBJECT_PIPE || incident->object.type == EV_OBJECT_FIFO;
}

static bool is_socket(const struct incident *incident)
{
	return !is_pipe(incident) && incident->object.type != EV_OBJECT_NONE &&
	       incident->object.type != EV_OBJECT_FILE;
}

static bool survived(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_IGNORED || incident->outcome == EV_OUTCOME_HANDLED ||
	       incident->outcome == EV_OUTCOME_SUPPRESSED ||
	       incident->outcome == EV_OUTCOME_PROTECTED;
}

/* Only the send family has flags that can ask for silence: sock_write_iter() sets no MSG_NOSIGNAL
 * of its own before 6.18. */
static bool has_msg_flags(const struct incident *incident)
{
	return incident->syscall.have && incident->syscall.flags_kind == EV_FLAGS_MSG;
}

static bool is_killed_in_send(const struct incident *incident)
{
	return is_socket(incident) && incident->outcome == EV_OUTCOME_KILLED &&
	       has_msg_flags(incident);
}

static bool is_killed_in_write(const struct incident *incident)
{
	return is_socket(incident) && incident->outcome == EV_OUTCOME_KILLED &&
	       !has_msg_flags(incident);
}

static bool is_socket_survivor(const struct incident *incident)
{
	return is_socket(incident) && survived(incident);
}

static bool is_killed_by_pipe(const struct incident *incident)
{
	return is_pipe(incident) && incident->outcome == EV_OUTCOME_KILLED;
}

static bool is_pipe_survivor(const struct incident *incident)
{
	return is_pipe(incident) && survived(incident);
}

/* An io_uring worker never takes the signal, so nobody has to. */
static bool is_queued(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_PENDING &&
	       !(incident->process.flags & EV_PROCESS_IO_WORKER);
}

static const struct {
	bool (*applies)(const struct incident *incident);
	const char *text;
} outcome_advice[] = {
	{ is_killed_in_send, "pass MSG_NOSIGNAL to send(), or ignore SIGPIPE at start-up; "
			     "then handle EPIPE as a closed connection" },
	{ is_killed_in_write, "ignore SIGPIPE at start-up (signal(SIGPIPE, SIG_IGN)); "
			      "then handle EPIPE as a closed connection" },
	{ is_socket_survivor, "treat EPIPE as the end of this connection: close the fd, "
			      "do not write to it again" },
	{ is_killed_by_pipe, "benign in a pipeline such as `... | head`; a program that must "
			     "survive its reader ignores SIGPIPE and checks write()'s result" },
	{ is_pipe_survivor, "treat EPIPE as the end of this pipe: close the fd, "
			    "do not write to it again" },
	{ is_queued, "SIGPIPE is blocked here and stays queued: take it with sigtimedwait() before "
		     "it is unblocked, or ignore SIGPIPE" },
};

static void add_advice(const struct incident *incident, const struct rule *rule,
		       struct explanation *explanation)
{
	if (rule->advice)
		explanation->advice[explanation->advice_count++] = rule->advice;
	/* Any other signal says nothing about how the program writes. */
	if (!is_failed_write(incident))
		return;
	for (size_t i = 0; i < sizeof(outcome_advice) / sizeof(outcome_advice[0]); i++) {
		if (explanation->advice_count < EXPLANATION_ADVICE_MAX &&
		    outcome_advice[i].applies(incident))
			explanation->advice[explanation->advice_count++] = outcome_advice[i].text;
	}
}

void explain(const struct incident *incident, struct explanation *ret_explanation)
{
	const struct rule *rule = rules_match(incident);
	struct text text;

	*ret_explanation =
		(struct explanation){ .code = rule->code, .confidence = rule->confidence };
	text = text_in(ret_explanation->text, sizeof(ret_explanation->text));
	rule->tell(incident, &text);
	text = text_in(ret_explanation->disposition, sizeof(ret_explanation->disposition));
	disposition_tell(incident, &text);
	if (incident->object.type == EV_OBJECT_TCP)
		add_tcp_timeline(incident, rule->last_packet, ret_explanation);
	add_advice(incident, rule, ret_explanation);
}
