// SPDX-License-Identifier: GPL-2.0-or-later
/* A world that never was, what an honest sigpath would say of it, and the lies that it could tell. */
#include "lies.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "tally.h"

#define CLOSED_US 20000 /* before the write */

/* FORMAT: nanoseconds of the close, ticks of the start, nanoseconds of the write */
static const char truth_format[] =
	"{\"state\":\"ok\",\"met_reset\":false,"
	"\"writer\":{\"pid\":200,\"start_ticks\":%1$" PRIu64
	",\"uid\":0,\"comm\":\"worker\",\"exe\":\"/w/worker\",\"cmdline\":\"worker -x\",\"tid\":201,\"before_ns\":%3$" PRIu64
	",\"after_ns\":%3$" PRIu64 "},"
	"\"syscall\":{\"name\":\"sendto\",\"fd\":7,\"bytes\":3,\"no_signal\":true},"
	"\"outcome\":\"pending\",\"disposition\":\"default\",\"blocked\":true,"
	"\"end\":{\"before_ns\":%3$" PRIu64 ",\"after_ns\":%3$" PRIu64
	",\"exit\":{\"code\":3,\"signal\":null}},"
	"\"object\":{\"type\":\"tcp\",\"inode\":9,\"family\":\"inet\","
	"\"local\":{\"address\":\"127.0.0.1\",\"port\":7000},"
	"\"peer\":{\"address\":\"127.0.0.1\",\"port\":7001}},"
	"\"closers\":[{\"pid\":300,\"start_ticks\":%1$" PRIu64
	",\"uid\":60001,\"comm\":\"reader\",\"exe\":\"/w/reader\",\"cmdline\":\"reader\",\"cmdline_after\":\"reader\",\"exe_after\":\"/w/reader\","
	"\"comm_after\":\"reader\",\"tid\":300,\"before_ns\":%2$" PRIu64 ",\"after_ns\":%2$" PRIu64
	",\"exit\":{\"code\":null,\"signal\":\"SIGKILL\"}}]}";

/* FORMAT: start and write as text, microseconds since the close */
static const char incident_format[] =
	"{\"time\":\"%2$s\",\"outcome\":\"pending\","
	"\"process\":{\"pid\":200,\"tid\":201,\"comm\":\"worker\",\"exe\":\"/w/worker\",\"uid\":0,"
	"\"cmdline\":[\"worker\",\"-x\"],\"unit\":\"w.service\","
	"\"start_time\":\"%1$s\"},"
	"\"syscall\":{\"name\":\"sendto\",\"fd\":7,\"bytes\":3,\"flags\":[\"MSG_NOSIGNAL\"]},"
	"\"signal\":{\"disposition\":\"default\",\"blocked\":true},"
	"\"object\":{\"type\":\"tcp\",\"inode\":9,\"family\":\"inet\","
	"\"local\":{\"address\":\"127.0.0.1\",\"port\":7000},"
	"\"peer\":{\"address\":\"127.0.0.1\",\"port\":7001}},"
	"\"end\":{\"state\":\"exited\",\"exit_status\":3,\"signal\":null},"
	"\"missing\":[{\"field\":\"peer_process\",\"code\":\"before_start\"}],"
	"\"cause\":{\"code\":\"peer_closed_then_reset\",\"confidence\":\"certain\"},"
	"\"peer_process\":{\"pid\":300,\"tid\":300,\"comm\":\"reader\",\"exe\":\"/w/reader\","
	"\"cmdline\":[\"reader\"],\"unit\":\"w.service\","
	"\"uid\":60001,\"start_time\":\"%1$s\",\"confidence\":\"certain\",\"ago_us\":%3$d,"
	"\"exit\":{\"code\":null,\"signal\":\"SIGKILL\"}}}";

static const struct lie {
	const char *path, *value; /* what is said instead, as JSON */
	enum field field;
	enum grade grade;
} lies[] = {
	{ "process.tid", "200", FIELD_PID_TID, GRADE_WRONG_CERTAIN },
	{ "process.comm", "\"reader\"", FIELD_COMM, GRADE_WRONG_CERTAIN },
	{ "process.exe", "\"/w/reader\"", FIELD_EXE, GRADE_WRONG_CERTAIN },
	{ "process.exe", "null", FIELD_EXE, GRADE_UNKNOWN },
	{ "process.cmdline", "[\"worker\"]", FIELD_CMDLINE, GRADE_WRONG_CERTAIN },
	{ "process.uid", "1", FIELD_UID, GRADE_WRONG_CERTAIN },
	{ "time", "\"2001-01-01T00:00:00.000000000Z\"", FIELD_TIME, GRADE_WRONG_CERTAIN },
	{ "syscall.name", "\"write\"", FIELD_SYSCALL, GRADE_WRONG_CERTAIN },
	{ "syscall.fd", "8", FIELD_FD, GRADE_WRONG_CERTAIN },
	{ "syscall.bytes", "4", FIELD_BYTES, GRADE_WRONG_CERTAIN },
	{ "syscall.flags", "[]", FIELD_FLAGS, GRADE_WRONG_CERTAIN },
	{ "object.type", "\"unix\"", FIELD_OBJECT_TYPE, GRADE_WRONG_CERTAIN },
	{ "object.inode", "10", FIELD_INODE, GRADE_WRONG_CERTAIN },
	{ "object.local.port", "7001", FIELD_ADDRESS, GRADE_WRONG_CERTAIN },
	{ "object.peer.address", "\"127.0.0.2\"", FIELD_ADDRESS, GRADE_WRONG_CERTAIN },
	{ "outcome", "\"killed\"", FIELD_OUTCOME, GRADE_WRONG_CERTAIN },
	{ "signal.disposition", "\"ignore\"", FIELD_DISPOSITION, GRADE_WRONG_CERTAIN },
	{ "signal.blocked", "false", FIELD_DISPOSITION, GRADE_WRONG_CERTAIN },
	{ "end", "null", FIELD_END, GRADE_UNKNOWN },
	{ "end.state", "\"alive\"", FIELD_END, GRADE_WRONG_CERTAIN },
	{ "end.exit_status", "4", FIELD_END, GRADE_WRONG_CERTAIN },
	{ "cause.code", "\"reset_by_peer\"", FIELD_CAUSE, GRADE_WRONG_CERTAIN },
	{ "cause.code", "\"unknown\"", FIELD_CAUSE, GRADE_UNKNOWN },
	{ "peer_process", "null", FIELD_PEER, GRADE_UNKNOWN },
	{ "peer_process.pid", "301", FIELD_PEER, GRADE_WRONG_CERTAIN },
	{ "peer_process.start_time", "\"2001-01-01T00:00:00.000000000Z\"", FIELD_PEER,
	  GRADE_WRONG_CERTAIN },
	{ "peer_process.start_time", "null", FIELD_PEER_START, GRADE_UNKNOWN },
	{ "peer_process.tid", "301", FIELD_PEER_TID, GRADE_WRONG_CERTAIN },
	{ "peer_process.comm", "\"logger\"", FIELD_PEER_COMM, GRADE_WRONG_CERTAIN },
	{ "peer_process.exe", "\"/w/logger\"", FIELD_PEER_EXE, GRADE_WRONG_CERTAIN },
	{ "peer_process.cmdline", "[\"logger\"]", FIELD_PEER_CMDLINE, GRADE_WRONG_CERTAIN },
	{ "peer_process.unit", "\"x.service\"", FIELD_PEER_UNIT, GRADE_WRONG_CERTAIN },
	{ "peer_process.uid", "0", FIELD_PEER_UID, GRADE_WRONG_CERTAIN },
	{ "peer_process.exit", "null", FIELD_PEER_EXIT, GRADE_UNKNOWN },
	{ "peer_process.exit.signal", "\"SIGSEGV\"", FIELD_PEER_EXIT, GRADE_WRONG_CERTAIN },
	{ "peer_process.ago_us", "10000", FIELD_PEER_AGO, GRADE_WRONG_CERTAIN },
	{ "peer_process.ago_us", "null", FIELD_PEER_AGO, GRADE_UNKNOWN },
};

/* The same lies, told without certainty. */
static const struct lie doubtful_lies[] = {
	{ "cause.code", "\"reset_by_peer\"", FIELD_CAUSE, GRADE_WRONG },
	{ "peer_process.pid", "301", FIELD_PEER, GRADE_WRONG },
	{ "peer_process.exit.signal", "\"SIGSEGV\"", FIELD_PEER_EXIT, GRADE_WRONG },
};

/* With no reason beside it, null says that there was nobody. */
static const struct lie without_reason = { "peer_process", "null", FIELD_PEER,
					   GRADE_WRONG_CERTAIN };

struct fable {
	struct plan plan;
	char truth[4096], incident[4096];
};

static void utc(int64_t ns, char text[STRBUF_UTC_SIZE])
{
	struct timespec time = { ns / (int64_t)NSEC_PER_SEC, ns % (int64_t)NSEC_PER_SEC };

	strbuf_format_utc(time, 9, text);
}

static void fable_make(struct fable *fable)
{
	uint64_t now = clock_now_ns(), ticks = clock_ns(CLOCK_BOOTTIME) / NSEC_PER_MSEC / 10;
	char started[STRBUF_UTC_SIZE], wrote[STRBUF_UTC_SIZE];

	memset(fable, 0, sizeof(*fable));
	fable->plan.object = OBJECT_TCP4;
	fable->plan.holder_count = 1;
	fable->plan.holders[0].drop = DROP_SIGKILL;
	utc(judge_start_ns(ticks), started);
	utc(clock_ns(CLOCK_REALTIME), wrote);
	snprintf(fable->truth, sizeof(fable->truth), truth_format, ticks,
		 now - CLOSED_US * NSEC_PER_USEC, now);
	snprintf(fable->incident, sizeof(fable->incident), incident_format, started, wrote,
		 CLOSED_US);
}

static void say(struct json_object *incident, const char *path, const char *value)
{
	char parent[64];
	const char *key = strrchr(path, '.');

	snprintf(parent, sizeof(parent), "%.*s", key ? (int)(key - path) : 0, path);
	json_object_object_add(judge_get(incident, parent), key ? key + 1 : path,
			       json_tokener_parse(value));
}

/* LIE NULL: the truth. True: the judge did as it should. */
static bool is_found(const struct fable *fable, const struct lie *lie, bool certain)
{
	struct json_object *truth = json_tokener_parse(fable->truth);
	struct json_object *incident = json_tokener_parse(fable->incident);
	struct judgement judgement;
	struct tally tally = { 0 };
	bool good, passes;

	if (!certain) {
		say(incident, "cause.confidence", "\"likely\"");
		say(incident, "peer_process.confidence", "\"likely\"");
	}
	if (lie)
		say(incident, lie->path, lie->value);
	if (lie == &without_reason)
		say(incident, "missing", "[]");
	judge(&fable->plan, truth, incident, &judgement);
	tally_add(&tally, &fable->plan, &judgement);
	passes = !tally.wrong_certain && !tally.wrong_facts && !tally.wrong_likely;
	good = lie ? judgement.grades[lie->field] == lie->grade : judge_worst(&judgement) == 1;
	/* What counts as wrong must also reach the verdict. */
	good = good && passes == (!lie || lie->grade == GRADE_UNKNOWN ||
				  (!certain && lie->field == FIELD_CAUSE));
	if (!good)
		printf("FAIL %s %s: grade %d\n%s", lie ? lie->path : "truth", lie ? lie->value : "",
		       lie ? (int)judgement.grades[lie->field] : -1, judgement.why.text ?: "");
	judgement_free(&judgement);
	json_object_put(truth);
	json_object_put(incident);
	return good;
}

/* An incident of another process, or of another one with the same number. */
static bool is_told_apart(const struct fable *fable, const char *path, const char *value)
{
	struct json_object *truth = json_tokener_parse(fable->truth);
	struct json_object *incident = json_tokener_parse(fable->incident);
	bool good = judge_is_of(truth, incident);

	say(incident, path, value);
	good = good && !judge_is_of(truth, incident);
	if (!good)
		printf("FAIL %s %s: taken for the writer's\n", path, value);
	json_object_put(truth);
	json_object_put(incident);
	return good;
}

bool lies_are_found(void)
{
	static struct fable fable;
	unsigned int passed = 0, failed = 0;

	fable_make(&fable);
	is_found(&fable, NULL, true) ? passed++ : failed++;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		is_found(&fable, &lies[i], true) ? passed++ : failed++;
	for (size_t i = 0; i < sizeof(doubtful_lies) / sizeof(doubtful_lies[0]); i++)
		is_found(&fable, &doubtful_lies[i], false) ? passed++ : failed++;
	is_found(&fable, &without_reason, true) ? passed++ : failed++;
	is_told_apart(&fable, "process.pid", "202") ? passed++ : failed++;
	is_told_apart(&fable, "process.start_time", "\"2001-01-01T00:00:00.000000000Z\"")
		? passed++
		: failed++;
	/* The writer's own side shut it down: whoever is named is wrong. */
	fable.plan.manner = MANNER_LOCAL_WR;
	is_found(&fable,
		 &(struct lie){ "cause.code", "\"local_shutdown\"", FIELD_PEER,
				GRADE_WRONG_CERTAIN },
		 true)
		? passed++
		: failed++;
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed == 0;
}
