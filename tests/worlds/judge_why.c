// SPDX-License-Identifier: GPL-2.0-or-later
/* What sigpath concludes: the cause, the process at the other end, and what became of the writer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "judge.h"

#define WATCHED_NS 500000000 /* for which sigpath follows a process */
#define WATCHED_SLACK_NS 120000000
#define START_SLACK_NS 50000000
#define AGO_SLACK_US 200
#define CODES_MAX 4

/* Codes that are right, and codes that may be said if they are not called certain. */
struct causes {
	const char *right[CODES_MAX], *likely[CODES_MAX];
};

static const struct causes causes_tcp[MANNER_COUNT] = {
	[MANNER_PLAIN] = { { "peer_closed_then_reset" }, { NULL } },
	[MANNER_UNREAD] = { { "reset_by_peer" }, { NULL } },
	[MANNER_LINGER] = { { "reset_by_peer" }, { NULL } },
	[MANNER_HALF] = { { "peer_closed_then_reset", "half_closed_then_reset" }, { NULL } },
	[MANNER_HALF_UNREAD] = { { "half_closed_then_reset" }, { NULL } },
	[MANNER_HALF_WRITE] = { { "half_closed_then_reset" }, { NULL } },
	[MANNER_SHUT_RDWR] = { { "peer_closed_then_reset", "peer_shut_down" }, { NULL } },
	[MANNER_LISTENER] = { { "reset_by_peer", "listener_closed", "never_accepted" }, { NULL } },
	[MANNER_LOCAL_WR] = { { "local_shutdown" }, { NULL } },
	[MANNER_LOCAL_RDWR] = { { "local_shutdown" }, { NULL } },
};
/* The other end was gone before there was anybody to see it, or a stranger's packet ended it. */
static const struct causes causes_unseen = { { "peer_closed_then_reset" },
					     { "half_closed_then_reset", "closed_both_ways",
					       "reset_by_peer" } };
static const struct causes causes_pipe = { { "reader_closed" }, { NULL } };
static const struct causes causes_unix_local = { { "local_shutdown", "local_shutdown_or_peer" },
						 { NULL } };
static const struct causes causes_unix_peer = { { "peer_shut_down", "local_shutdown_or_peer" },
						{ NULL } };
static const struct causes causes_unix_closed = { { "peer_closed" }, { NULL } };
static const struct causes causes_unix_listener = {
	{ "peer_closed", "listener_closed", "never_accepted" }, { NULL }
};

static const struct causes *causes_of(const struct trial *trial)
{
	const struct plan *plan = trial->plan;
	struct json_object *met_reset = judge_get(trial->truth, "met_reset");

	if (plan_is_pipe(plan))
		return &causes_pipe;
	if (plan_is_unix(plan))
		return plan_is_local(plan)		 ? &causes_unix_local
		       : plan_is_shutdown(plan)		 ? &causes_unix_peer
		       : plan->manner == MANNER_LISTENER ? &causes_unix_listener
							 : &causes_unix_closed;
	if (json_object_get_boolean(met_reset) && plan->manner == MANNER_PLAIN)
		return &causes_unseen;
	return &causes_tcp[plan->manner];
}

static bool is_one_of(const char *code, const char *const codes[CODES_MAX])
{
	for (int i = 0; i < CODES_MAX && codes[i]; i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

void judge_cause(const struct trial *trial)
{
	const struct causes *causes = causes_of(trial);
	const char *code = judge_text(trial->incident, "cause.code");
	bool certain = strcmp(judge_text(trial->incident, "cause.confidence"), "certain") == 0;
	bool unseen = trial->plan->before_start && plan_is_tcp(trial->plan) &&
		      !plan_is_local(trial->plan);
	enum grade grade = certain ? GRADE_WRONG_CERTAIN : GRADE_WRONG;

	if (is_one_of(code, causes->right))
		grade = GRADE_RIGHT;
	else if (!certain && (is_one_of(code, causes->likely) ||
			      (unseen && (is_one_of(code, causes_unseen.right) ||
					  is_one_of(code, causes_unseen.likely)))))
		grade = GRADE_RIGHT;
	else if (strcmp(code, "unknown") == 0)
		grade = GRADE_UNKNOWN;
	judge_put(trial, FIELD_CAUSE, grade, causes->right[0], code);
}

static bool same_exit(const struct json_object *truth, const struct json_object *said)
{
	return strcmp(judge_text(truth, "signal"), judge_text(said, "signal")) == 0 &&
	       judge_number(truth, "code") == judge_number(said, "code");
}

static bool end_fits(const struct trial *trial, const struct json_object *end)
{
	struct json_object *truth = judge_get(trial->truth, "end.exit");
	const char *state = judge_text(end, "state");
	/* The write failed at some time between `before` and `after`. */
	int64_t lived = judge_number(trial->truth, "end.before_ns") -
			judge_number(trial->truth, "writer.after_ns");
	int64_t lived_at_most = judge_number(trial->truth, "end.after_ns") -
				judge_number(trial->truth, "writer.before_ns");

	if (strcmp(state, "alive") == 0)
		return !truth || lived_at_most > WATCHED_NS - WATCHED_SLACK_NS;
	if (!truth || lived > WATCHED_NS + WATCHED_SLACK_NS)
		return false;
	return strcmp(judge_text(truth, "signal"), judge_text(end, "signal")) == 0 &&
	       judge_number(truth, "code") == judge_number(end, "exit_status");
}

void judge_end(const struct trial *trial)
{
	struct json_object *end = judge_get(trial->incident, "end");
	const char *outcome = judge_text(trial->truth, "outcome");
	bool followed = strcmp(outcome, "handled") == 0 || strcmp(outcome, "pending") == 0;
	enum grade grade = followed ? GRADE_UNKNOWN : GRADE_NONE;

	if (end && strcmp(judge_text(end, "state"), "unknown") == 0)
		grade = GRADE_UNKNOWN;
	else if (end)
		grade = end_fits(trial, end) ? GRADE_RIGHT : GRADE_WRONG_CERTAIN;
	judge_put(trial, FIELD_END, grade, judge_text(trial->truth, "end"),
		  judge_text(trial->incident, "end"));
}

/* CLOSER is the process that PEER names. */
static bool is_closer(const struct json_object *closer, const struct json_object *peer)
{
	int64_t start = judge_time_ns(peer, "start_time");

	return judge_number(closer, "pid") == judge_number(peer, "pid") &&
	       (!start || llabs(start - judge_start_ns(judge_number(closer, "start_ticks"))) <
				  START_SLACK_NS);
}

static struct json_object *closer_of(const struct trial *trial, const struct json_object *peer)
{
	struct json_object *closers = judge_get(trial->truth, "closers");

	for (size_t i = 0; i < json_object_array_length(closers); i++) {
		struct json_object *closer = json_object_array_get_idx(closers, i);

		if (is_closer(closer, peer))
			return closer;
	}
	return NULL;
}

/* Text that is right before and after an exec. */
static enum grade same_name(const struct json_object *closer, const struct json_object *peer,
			    const char *key, const char *later_key, enum grade wrong)
{
	const char *said = judge_text(peer, key);

	if (strcmp(said, "null") == 0)
		return GRADE_UNKNOWN;
	return strcmp(said, judge_text(closer, key)) == 0 ||
			       strcmp(said, judge_text(closer, later_key)) == 0
		       ? GRADE_RIGHT
		       : wrong;
}

static enum grade same_number(int64_t expected, int64_t said, enum grade wrong)
{
	return said < 0 ? GRADE_UNKNOWN : said == expected ? GRADE_RIGHT : wrong;
}

/* SAID lies between the write and CLOSER's act. Adds that span to EXPECTED. */
static bool ago_fits(const struct trial *trial, const struct json_object *closer, int64_t said,
		     char *expected, size_t size)
{
	int64_t least =
		judge_number(trial->truth, "writer.before_ns") - judge_number(closer, "after_ns");
	int64_t most =
		judge_number(trial->truth, "writer.after_ns") - judge_number(closer, "before_ns");
	size_t length = strlen(expected);

	least = least / 1000 - AGO_SLACK_US;
	most = most / 1000 + AGO_SLACK_US;
	snprintf(expected + length, size - length, "%s%" PRId64 " to %" PRId64,
		 length ? " or " : "", least, most);
	return said >= least && said <= most;
}

static bool is_half_closer(const struct trial *trial, const struct json_object *peer)
{
	return judge_get(trial->truth, "half") &&
	       judge_number(trial->truth, "half.pid") == judge_number(peer, "pid");
}

static void judge_ago(const struct trial *trial, const struct json_object *closer,
		      const struct json_object *peer, enum grade wrong)
{
	int64_t said = judge_number(peer, "ago_us");
	char expected[192] = "";
	bool fits = ago_fits(trial, closer, said, expected, sizeof(expected));

	/* A half close by the same process is as true. */
	if (is_half_closer(trial, peer))
		fits |= ago_fits(trial, judge_get(trial->truth, "half"), said, expected,
				 sizeof(expected));
	/* A guess by the end of a process knows no other time. */
	if (wrong == GRADE_WRONG && judge_get(closer, "ended"))
		fits |= ago_fits(trial, judge_get(closer, "ended"), said, expected,
				 sizeof(expected));
	judge_put(trial, FIELD_PEER_AGO,
		  said < 0 ? GRADE_UNKNOWN
		  : fits   ? GRADE_RIGHT
			   : wrong,
		  expected, judge_text(peer, "ago_us"));
}

static void judge_cmdline_of(const struct trial *trial, const struct json_object *closer,
			     const struct json_object *peer, enum grade wrong)
{
	char text[JUDGE_CMDLINE_SIZE];
	const char *said = judge_cmdline(peer, text);
	bool fits = strcmp(said, judge_text(closer, "cmdline")) == 0 ||
		    strcmp(said, judge_text(closer, "cmdline_after")) == 0;

	judge_put(trial, FIELD_PEER_CMDLINE,
		  strcmp(said, "null") == 0 ? GRADE_UNKNOWN
		  : fits		    ? GRADE_RIGHT
					    : wrong,
		  judge_text(closer, "cmdline"), said);
}

/* All processes of all worlds are in one cgroup. */
static void judge_unit(const struct trial *trial, const struct json_object *peer, enum grade wrong)
{
	const char *expected = judge_text(trial->incident, "process.unit");
	const char *said = judge_text(peer, "unit");

	judge_put(trial, FIELD_PEER_UNIT,
		  strcmp(said, expected) == 0 ? GRADE_RIGHT
		  : strcmp(said, "null") == 0 ? GRADE_UNKNOWN
					      : wrong,
		  expected, said);
}

static void judge_details(const struct trial *trial, const struct json_object *closer,
			  const struct json_object *peer, enum grade wrong)
{
	struct json_object *exit = judge_get(peer, "exit"), *ended = judge_get(closer, "exit");
	int64_t tid = judge_number(closer, "tid");

	judge_put(trial, FIELD_PEER_START,
		  judge_get(peer, "start_time") ? GRADE_RIGHT : GRADE_UNKNOWN, "", "");
	judge_put(trial, FIELD_PEER_COMM, same_name(closer, peer, "comm", "comm_after", wrong),
		  judge_text(closer, "comm"), judge_text(peer, "comm"));
	judge_put(trial, FIELD_PEER_EXE, same_name(closer, peer, "exe", "exe_after", wrong),
		  judge_text(closer, "exe"), judge_text(peer, "exe"));
	judge_put(trial, FIELD_PEER_UID,
		  same_number(judge_number(closer, "uid"), judge_number(peer, "uid"), wrong),
		  judge_text(closer, "uid"), judge_text(peer, "uid"));
	if (is_half_closer(trial, peer) &&
	    judge_number(trial->truth, "half.tid") == judge_number(peer, "tid"))
		tid = judge_number(peer, "tid");
	/* At the end of a process any of its threads can be the last one. */
	if (tid > 0)
		judge_put(trial, FIELD_PEER_TID, same_number(tid, judge_number(peer, "tid"), wrong),
			  judge_text(closer, "tid"), judge_text(peer, "tid"));
	judge_put(trial, FIELD_PEER_EXIT,
		  exit	  ? (ended && same_exit(ended, exit) ? GRADE_RIGHT : wrong)
		  : ended ? GRADE_UNKNOWN
			  : GRADE_RIGHT,
		  judge_text(closer, "exit"), judge_text(peer, "exit"));
	judge_ago(trial, closer, peer, wrong);
	judge_cmdline_of(trial, closer, peer, wrong);
	judge_unit(trial, peer, wrong);
}

static void tell_closers(const struct trial *trial, char *text, size_t size)
{
	struct json_object *closers = judge_get(trial->truth, "closers");
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < json_object_array_length(closers) && length < size; i++) {
		struct json_object *closer = json_object_array_get_idx(closers, i);

		length += snprintf(text + length, size - length, "%spid %s (%s), exit %s",
				   i ? " or " : "", judge_text(closer, "pid"),
				   judge_text(closer, "comm"), judge_text(closer, "exit"));
	}
}

/* A null without a reason says that there was nobody. */
static bool has_reason(const struct json_object *incident)
{
	struct json_object *missing = judge_get(incident, "missing");

	for (size_t i = 0; missing && i < json_object_array_length(missing); i++)
		if (strcmp(judge_text(json_object_array_get_idx(missing, i), "field"),
			   "peer_process") == 0)
			return true;
	return false;
}

void judge_peer(const struct trial *trial)
{
	struct json_object *peer = judge_get(trial->incident, "peer_process"), *closer;
	bool certain = strcmp(judge_text(peer, "confidence"), "certain") == 0;
	enum grade wrong = certain ? GRADE_WRONG_CERTAIN : GRADE_WRONG;
	bool nobody = plan_is_local(trial->plan);
	char expected[256];

	if (!peer && !nobody && !has_reason(trial->incident)) {
		judge_put(trial, FIELD_PEER, GRADE_WRONG_CERTAIN, "null with a reason in missing",
			  "null");
		return;
	}
	if (!peer) {
		/* The writer's own side did it, so there is nobody to name. */
		judge_put(trial, FIELD_PEER, nobody ? GRADE_RIGHT : GRADE_UNKNOWN, "", "");
		return;
	}
	trial->judgement->named_likely = !certain;
	closer = nobody ? NULL : closer_of(trial, peer);
	if (closer) {
		judge_put(trial, FIELD_PEER, GRADE_RIGHT, "", "");
		judge_details(trial, closer, peer, wrong);
		return;
	}
	tell_closers(trial, expected, sizeof(expected));
	judge_put(trial, FIELD_PEER, wrong, nobody ? "null" : expected,
		  json_object_to_json_string_ext(peer, JUDGE_JSON));
}
