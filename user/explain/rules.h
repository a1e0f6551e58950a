/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to explain: the causes as data, and the sentences that do not depend on the cause. */
#pragma once

#include <signal.h>

#include "explain.h"
#include "explain_text.h"

/*
 * One row of the table of causes. {"listening", CONFIDENCE_CERTAIN, is_listening, tell_listening}
 * becomes "cause  written to a listening socket, which carries no data".
 */
struct rule {
	const char *code; /* a section of docs/causes.md */
	enum confidence confidence;
	bool (*matches)(const struct incident *incident);
	void (*tell)(const struct incident *incident, struct text *text);
	const char *last_packet; /* what tcp's last packet was under this cause; NULL: not known */
	const char *advice;	 /* for this cause whatever the outcome; NULL: none */
};

/* Did a write fail, or did the signal come from elsewhere? A failed write raises SIGPIPE by
 * send_sig(.., priv 0): no siginfo, hence si_code 0. */
static inline bool is_failed_write(const struct incident *incident)
{
	if (incident->signal.origin == EV_ORIGIN_PROCESS)
		return false;
	return incident->outcome == EV_OUTCOME_SUPPRESSED ||
	       (incident->signal.number == SIGPIPE && incident->signal.code == 0 &&
		incident->object.status != EV_OBJECT_NOT_ASKED);
}

extern const struct rule rules[];
extern const size_t rules_count;

/* The first row that matches; the last row, "unknown", always does. */
const struct rule *rules_match(const struct incident *incident);

/* The sentence about what the disposition meant here. */
void disposition_tell(const struct incident *incident, struct text *text);
/* Why the kernel itself sent the signal, by number and si_code. */
void disposition_tell_kernel_reason(const struct incident_signal *signal, struct text *text);

/* The timeline of a TCP connection. LAST_PACKET: what its last packet was, as in struct rule. */
void timeline_tell_tcp(const struct incident *incident, const char *last_packet,
		       struct explanation *explanation);
