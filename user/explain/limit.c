// SPDX-License-Identifier: GPL-2.0-or-later
/* The subject "limit": the process reached a resource limit (getrlimit(2)). */
#include <inttypes.h>
#include <signal.h>

#include "rule.h"
#include "units.h"

static bool is_file_size(const struct incident *incident)
{
	return incident->limit.kind == EV_LIMIT_FSIZE || incident->signal.number == SIGXFSZ;
}

static bool is_real_time(const struct incident *incident)
{
	return incident->limit.kind == EV_LIMIT_RTTIME;
}

/* The one that was reached; INCIDENT_NO_LIMIT: none, or not known. */
static uint64_t reached(const struct incident_limit *limit)
{
	if (!limit->have)
		return INCIDENT_NO_LIMIT;
	return limit->is_hard ? limit->hard : limit->soft;
}

static const char *which(const struct incident_limit *limit)
{
	return limit->is_hard ? "hard" : "soft";
}

static void tell_file_size(const struct incident *incident, struct text *text)
{
	const struct incident_limit *limit = &incident->limit;

	text_add(text, "the call would have made the file larger than RLIMIT_FSIZE allows");
	if (reached(limit) == INCIDENT_NO_LIMIT)
		return;
	text_add(text, " (");
	text_add_bytes(text, reached(limit));
	if (limit->have_used) {
		text_add(text, "; the file has ");
		text_add_bytes(text, limit->used);
	}
	if (limit->have_offset)
		text_add(text, "; at offset %" PRIu64, limit->offset);
	text_add(text, ")");
}

/* With SIGXCPU the kernel raises the soft limit by a second each time. */
static void tell_hard(const struct incident *incident, struct text *text)
{
	const struct incident_limit *limit = &incident->limit;

	if (incident->outcome != EV_OUTCOME_KILLED && !limit->is_hard && limit->have &&
	    limit->hard != INCIDENT_NO_LIMIT)
		text_add(text, "; SIGKILL follows at the hard limit");
}

static void tell_real_time(const struct incident *incident, struct text *text)
{
	const struct incident_limit *limit = &incident->limit;

	text_add(text,
		 "a real-time thread ran without sleeping for longer than RLIMIT_RTTIME allows");
	if (reached(limit) != INCIDENT_NO_LIMIT)
		text_add(text, " (%s limit %" PRIu64 " us; it ran %" PRIu64 " us)", which(limit),
			 reached(limit), limit->used);
	tell_hard(incident, text);
}

static void tell_cpu_time(const struct incident *incident, struct text *text)
{
	const struct incident_limit *limit = &incident->limit;
	char used[DURATION_SIZE];

	text_add(text, "the process used more CPU time than RLIMIT_CPU allows");
	if (reached(limit) != INCIDENT_NO_LIMIT)
		text_add(text, " (%s limit %" PRIu64 " s; it used %s)", which(limit),
			 reached(limit), duration_text(limit->used, DURATION_FINE, used));
	tell_hard(incident, text);
}

/* Who set the limit is not known: it is inherited. */
static const struct advice raise_file_size_limit = {
	"raise_file_size_limit",
	"keep the file smaller, or raise the limit where it is set (LimitFSIZE= of a unit, "
	"`ulimit -f` of a shell, setrlimit() of a program); if SIGXFSZ is ignored, the call fails "
	"with EFBIG instead",
};
static const struct advice raise_real_time_limit = {
	"raise_real_time_limit",
	"let the thread sleep or wait in between, or raise the limit where it is set (LimitRTTIME= "
	"of a unit, `ulimit -R` of bash, setrlimit() of a program)",
};
static const struct advice raise_cpu_time_limit = {
	"raise_cpu_time_limit",
	"find what uses the time, or raise the limit where it is set (LimitCPU= of a unit, "
	"`ulimit -t` of a shell, setrlimit() of a program)",
};

const struct rule limit_rules[] = {
	{ "file_size_limit", CONFIDENCE_CERTAIN, is_file_size, tell_file_size,
	  &raise_file_size_limit, NULL },
	{ "real_time_limit", CONFIDENCE_CERTAIN, is_real_time, tell_real_time,
	  &raise_real_time_limit, NULL },
	{ "cpu_time_limit", CONFIDENCE_CERTAIN, NULL, tell_cpu_time, &raise_cpu_time_limit, NULL },
};
