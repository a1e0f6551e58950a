// SPDX-License-Identifier: GPL-2.0-or-later
/* The facts of the writer, which nothing excuses, and the tools of the judge. */
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

/* /proc has start times in ticks, and two clocks are read one after the other. */
#define START_SLACK_NS 50000000
/* sigpath converts the kernel's clock once. NTP moves the other one. */
#define TIME_SLACK_NS 20000000

static const char *const names[FIELD_COUNT] = {
	[FIELD_PID_TID] = "process.pid+tid",
	[FIELD_START_TIME] = "process.start_time",
	[FIELD_COMM] = "process.comm",
	[FIELD_EXE] = "process.exe",
	[FIELD_CMDLINE] = "process.cmdline",
	[FIELD_UID] = "process.uid",
	[FIELD_TIME] = "time",
	[FIELD_SYSCALL] = "syscall.name",
	[FIELD_FD] = "syscall.fd",
	[FIELD_BYTES] = "syscall.bytes",
	[FIELD_FLAGS] = "syscall.flags",
	[FIELD_OBJECT_TYPE] = "object.type",
	[FIELD_INODE] = "object.inode",
	[FIELD_ADDRESS] = "object.address",
	[FIELD_OUTCOME] = "outcome",
	[FIELD_DISPOSITION] = "signal.disposition",
	[FIELD_END] = "end",
	[FIELD_CAUSE] = "cause.code",
	[FIELD_PEER] = "peer_process",
	[FIELD_PEER_START] = "peer_process.start_time",
	[FIELD_PEER_TID] = "peer_process.tid",
	[FIELD_PEER_COMM] = "peer_process.comm",
	[FIELD_PEER_EXE] = "peer_process.exe",
	[FIELD_PEER_CMDLINE] = "peer_process.cmdline",
	[FIELD_PEER_UID] = "peer_process.uid",
	[FIELD_PEER_UNIT] = "peer_process.unit",
	[FIELD_PEER_EXIT] = "peer_process.exit",
	[FIELD_PEER_AGO] = "peer_process.ago_us",
};

const char *field_name(enum field field)
{
	return names[field];
}

void judgement_free(struct judgement *judgement)
{
	strbuf_free(&judgement->why);
}

struct json_object *judge_get(const struct json_object *object, const char *path)
{
	struct json_object *value = (struct json_object *)object;
	char key[64];

	while (value && *path) {
		size_t length = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)length, path);
		if (!json_object_is_type(value, json_type_object) ||
		    !json_object_object_get_ex(value, key, &value))
			return NULL;
		path += length + (path[length] == '.');
	}
	return value;
}

const char *judge_text(const struct json_object *object, const char *path)
{
	struct json_object *value = judge_get(object, path);

	if (value && json_object_get_type(value) == json_type_object)
		return json_object_to_json_string_ext(value, JUDGE_JSON);
	return value ? json_object_get_string(value) : "null";
}

int64_t judge_number(const struct json_object *object, const char *path)
{
	struct json_object *value = judge_get(object, path);

	return value ? json_object_get_int64(value) : -1;
}

void judge_put(const struct trial *trial, enum field field, enum grade grade, const char *expected,
	       const char *said)
{
	trial->judgement->grades[field] = grade;
	if (grade >= GRADE_WRONG)
		strbuf_printf(&trial->judgement->why, "    %s%s: true is %s, said was %s\n",
			      names[field], grade == GRADE_WRONG ? " (not certain)" : "", expected,
			      said);
}

int64_t judge_time_ns(const struct json_object *object, const char *path)
{
	struct tm time = { 0 };
	int64_t fraction = 0;
	const char *rest = strptime(judge_text(object, path), "%Y-%m-%dT%H:%M:%S", &time);

	if (!rest)
		return 0;
	if (*rest == '.')
		fraction = strtoll(rest + 1, NULL, 10);
	return (int64_t)timegm(&time) * NSEC_PER_SEC + fraction;
}

/* CLOCK_REALTIME minus CLOCK: the try that was interrupted least. */
static int64_t wall_offset_ns(clockid_t clock)
{
	int64_t best = 0, best_width = INT64_MAX;

	for (int i = 0; i < 8; i++) {
		int64_t before = (int64_t)clock_ns(clock);
		int64_t wall = (int64_t)clock_ns(CLOCK_REALTIME);
		int64_t width = (int64_t)clock_ns(clock) - before;

		if (width >= best_width)
			continue;
		best_width = width;
		best = wall - before - width / 2;
	}
	return best;
}

int64_t judge_start_ns(int64_t ticks)
{
	return wall_offset_ns(CLOCK_BOOTTIME) + ticks * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
}

bool judge_is_of(const struct json_object *truth, const struct json_object *incident)
{
	int64_t start = judge_time_ns(incident, "process.start_time");
	int64_t expected = judge_start_ns(judge_number(truth, "writer.start_ticks"));

	return judge_number(truth, "writer.pid") == judge_number(incident, "process.pid") &&
	       (!start || llabs(start - expected) < START_SLACK_NS);
}

/* Both are text or numbers. */
static void same(const struct trial *trial, enum field field, const char *truth_path,
		 const char *incident_path)
{
	const char *expected = judge_text(trial->truth, truth_path);
	const char *said = judge_text(trial->incident, incident_path);
	enum grade grade = strcmp(expected, said) == 0 ? GRADE_RIGHT
			   : strcmp(said, "null") == 0 ? GRADE_UNKNOWN
						       : GRADE_WRONG_CERTAIN;

	/* No second field makes the first one right again. */
	if (trial->judgement->grades[field] > grade)
		return;
	judge_put(trial, field, grade, expected, said);
}

static void judge_time(const struct trial *trial)
{
	int64_t offset = wall_offset_ns(CLOCK_MONOTONIC);
	int64_t before = judge_number(trial->truth, "writer.before_ns") + offset;
	int64_t after = judge_number(trial->truth, "writer.after_ns") + offset;
	int64_t said = judge_time_ns(trial->incident, "time");
	bool fits = said > before - TIME_SLACK_NS && said < after + TIME_SLACK_NS;

	judge_put(trial, FIELD_TIME, fits ? GRADE_RIGHT : GRADE_WRONG_CERTAIN,
		  "the time of the write", judge_text(trial->incident, "time"));
}

const char *judge_cmdline(const struct json_object *process, char text[JUDGE_CMDLINE_SIZE])
{
	struct json_object *arguments = judge_get(process, "cmdline");
	size_t length = 0;

	if (!arguments)
		return "null";
	text[0] = '\0';
	for (size_t i = 0; i < json_object_array_length(arguments) && length < JUDGE_CMDLINE_SIZE;
	     i++)
		length += snprintf(text + length, JUDGE_CMDLINE_SIZE - length, "%s%s", i ? " " : "",
				   json_object_get_string(json_object_array_get_idx(arguments, i)));
	return text;
}

static void judge_process(const struct trial *trial)
{
	char text[JUDGE_CMDLINE_SIZE];
	const char *cmdline = judge_cmdline(judge_get(trial->incident, "process"), text);
	const char *expected = judge_text(trial->truth, "writer.cmdline");

	same(trial, FIELD_PID_TID, "writer.pid", "process.pid");
	same(trial, FIELD_PID_TID, "writer.tid", "process.tid");
	same(trial, FIELD_COMM, "writer.comm", "process.comm");
	same(trial, FIELD_EXE, "writer.exe", "process.exe");
	judge_put(trial, FIELD_CMDLINE,
		  strcmp(cmdline, "null") == 0	   ? GRADE_UNKNOWN
		  : strcmp(cmdline, expected) == 0 ? GRADE_RIGHT
						   : GRADE_WRONG_CERTAIN,
		  expected, cmdline);
	same(trial, FIELD_UID, "writer.uid", "process.uid");
	/* Another start time would be another process. */
	judge_put(trial, FIELD_START_TIME,
		  judge_get(trial->incident, "process.start_time") ? GRADE_RIGHT : GRADE_UNKNOWN,
		  "", "");
	judge_time(trial);
}

static bool has_flag(const struct json_object *incident, const char *flag)
{
	struct json_object *flags = judge_get(incident, "syscall.flags");

	for (size_t i = 0; flags && i < json_object_array_length(flags); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(flags, i)), flag) == 0)
			return true;
	return false;
}

static void judge_call(const struct trial *trial)
{
	const char *expected = judge_text(trial->truth, "syscall.no_signal");
	const char *said = has_flag(trial->incident, "MSG_NOSIGNAL") ? "true" : "false";

	same(trial, FIELD_SYSCALL, "syscall.name", "syscall.name");
	same(trial, FIELD_FD, "syscall.fd", "syscall.fd");
	same(trial, FIELD_BYTES, "syscall.bytes", "syscall.bytes");
	judge_put(trial, FIELD_FLAGS,
		  strcmp(expected, said) == 0 ? GRADE_RIGHT : GRADE_WRONG_CERTAIN, expected, said);
}

static void judge_object(const struct trial *trial)
{
	same(trial, FIELD_OBJECT_TYPE, "object.type", "object.type");
	same(trial, FIELD_INODE, "object.inode", "object.inode");
	if (plan_is_tcp(trial->plan)) {
		same(trial, FIELD_ADDRESS, "object.family", "object.family");
		same(trial, FIELD_ADDRESS, "object.local.address", "object.local.address");
		same(trial, FIELD_ADDRESS, "object.local.port", "object.local.port");
		same(trial, FIELD_ADDRESS, "object.peer.address", "object.peer.address");
		same(trial, FIELD_ADDRESS, "object.peer.port", "object.peer.port");
	} else if (plan_is_unix(trial->plan)) {
		same(trial, FIELD_ADDRESS, "object.socktype", "object.socktype");
		same(trial, FIELD_ADDRESS, "object.path", "object.path");
		same(trial, FIELD_ADDRESS, "object.abstract", "object.abstract");
	}
}

void judge(const struct plan *plan, struct json_object *truth, struct json_object *incident,
	   struct judgement *ret_judgement)
{
	const struct trial trial = { plan, truth, incident, ret_judgement };

	memset(ret_judgement, 0, sizeof(*ret_judgement));
	judge_process(&trial);
	judge_call(&trial);
	judge_object(&trial);
	same(&trial, FIELD_OUTCOME, "outcome", "outcome");
	same(&trial, FIELD_DISPOSITION, "disposition", "signal.disposition");
	same(&trial, FIELD_DISPOSITION, "blocked", "signal.blocked");
	judge_end(&trial);
	judge_cause(&trial);
	judge_peer(&trial);
}

enum grade judge_worst(const struct judgement *judgement)
{
	enum grade worst = GRADE_NONE;

	for (int i = 0; i < FIELD_COUNT; i++)
		if (judgement->grades[i] > worst)
			worst = judgement->grades[i];
	return worst;
}
