/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares what sigpath said with what was true in a world, field by field. */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "grade.h"
#include "plan.h"
#include "strbuf.h"

struct judgement {
	enum grade grades[FIELD_COUNT];
	bool named_likely; /* a peer process was named, and not called certain */

	struct strbuf why; /* of what is wrong: a line each */
};

void judgement_free(struct judgement *judgement);

/* INCIDENT is of the process that TRUTH says wrote. */
bool judge_is_of(const struct json_object *truth, const struct json_object *incident);
void judge(const struct plan *plan, struct json_object *truth, struct json_object *incident,
	   struct judgement *ret_judgement);
enum grade judge_worst(const struct judgement *judgement);

#define JUDGE_JSON (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* For the files of the judge. */
struct trial {
	const struct plan *plan;
	struct json_object *truth, *incident;
	struct judgement *judgement;
};

/* The value at a dotted PATH; NULL for null. */
struct json_object *judge_get(const struct json_object *object, const char *path);
const char *judge_text(const struct json_object *object, const char *path);
int64_t judge_number(const struct json_object *object, const char *path);
#define JUDGE_CMDLINE_SIZE 1024
/* The arguments of PROCESS with spaces between them. */
const char *judge_cmdline(const struct json_object *process, char text[JUDGE_CMDLINE_SIZE]);
void judge_put(const struct trial *trial, enum field field, enum grade grade, const char *expected,
	       const char *said);
/* Nanoseconds since the epoch of a time in RFC 3339; 0 for null. */
int64_t judge_time_ns(const struct json_object *object, const char *path);
/* The start of a process in nanoseconds since the epoch, from clock ticks since boot. */
int64_t judge_start_ns(int64_t ticks);
void judge_end(const struct trial *trial);
void judge_cause(const struct trial *trial);
void judge_peer(const struct trial *trial);
