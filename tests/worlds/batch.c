// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A batch: worlds whose end closes before sigpath starts wait until it has, the others follow, and
 * what sigpath wrote is compared when all have ended.
 */
#include "batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tracer.h"

#define TRUTH_SIZE 8192
/* sigpath holds an incident back for 500 ms, to see what becomes of the process. */
#define REST_MS 700

bool batch_kind_matches(const struct plan *plan, const char *kind)
{
	const char *own = plan_kind(plan);
	size_t length = strlen(kind);

	return strncmp(own, kind, length) == 0 && (!own[length] || own[length] == '_');
}

void batch_fill(struct batch *batch, const struct settings *settings, uint64_t *seed,
		unsigned int left)
{
	unsigned int parked = 0;
	struct plan plan;

	memset(batch, 0, sizeof(*batch));
	while (batch->count < (int)settings->batch && (unsigned int)batch->count < left) {
		plan_make(*seed, &plan);
		if (settings->only && !batch_kind_matches(&plan, settings->only)) {
			++*seed;
			continue;
		}
		/* One that waits keeps its player. */
		if (plan.before_start && ++parked > settings->jobs)
			return;
		batch->seeds[batch->count++] = (*seed)++;
	}
}

/* Plays those whose BEFORE_START is as asked for, until all of them are parked or have ended. */
static bool play(struct batch *batch, struct crew *crew, bool before_start)
{
	static char text[TRUTH_SIZE];
	struct player *player;
	struct plan plan;
	int next = 0;

	for (;;) {
		for (; next < batch->count; next++) {
			plan_make(batch->seeds[next], &plan);
			if (plan.before_start != before_start)
				continue;
			player = crew_idle(crew);
			if (!player)
				break;
			if (!player_begin(player, next, batch->seeds[next]))
				return false;
		}
		if (next == batch->count && !crew_count(crew, PLAYER_PLAYS))
			return true;
		player = crew_wait(crew, text, sizeof(text));
		if (!player)
			return false;
		if (text[0])
			batch->truths[player->world] = strdup(text);
	}
}

static void go_on(struct crew *crew)
{
	for (int i = 0; i < crew->count; i++)
		if (crew->players[i].state == PLAYER_PARKED)
			player_go_on(&crew->players[i]);
}

/* LEVEL: "FAIL", or "note" for what the verdict may excuse. */
static void print_world(const struct plan *plan, const char *level, const char *what)
{
	char text[PLAN_TEXT_SIZE];

	printf("%s world-%llu: %s: %s: %s\n", level, (unsigned long long)plan->seed, what,
	       plan_kind(plan), plan_text(plan, text));
}

/* The incidents of the writer of TRUTH, taken out of INCIDENTS. */
static struct json_object *incidents_of(struct json_object *truth, struct json_object *incidents)
{
	struct json_object *found = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(incidents); i++) {
		struct json_object *incident = json_object_array_get_idx(incidents, i);

		if (!incident || !judge_is_of(truth, incident))
			continue;
		json_object_array_add(found, json_object_get(incident));
		json_object_array_put_idx(incidents, i, NULL);
	}
	return found;
}

static void print_json(const char *what, struct json_object *object)
{
	printf("    %s: %s\n", what, json_object_to_json_string_ext(object, JUDGE_JSON));
}

static void judge_one(const struct plan *plan, struct json_object *truth,
		      struct json_object *incidents, const struct settings *settings,
		      struct tally *tally)
{
	struct json_object *found = incidents_of(truth, incidents);
	struct json_object *incident = json_object_array_get_idx(found, 0);
	size_t count = json_object_array_length(found);
	struct judgement judgement;
	enum grade worst;

	if (count != 1) {
		print_world(plan, "FAIL", count ? "more than one incident" : "no incident");
		*(count ? &tally->duplicate : &tally->missing) += 1;
		for (size_t i = 0; i < count; i++)
			print_json("said", json_object_array_get_idx(found, i));
		print_json("truth", truth);
		json_object_put(found);
		return;
	}
	judge(plan, truth, incident, &judgement);
	worst = judge_worst(&judgement);
	tally_add(tally, plan, &judgement);
	if (worst >= GRADE_WRONG) {
		print_world(plan, worst == GRADE_WRONG ? "note" : "FAIL", "wrong");
		printf("%s", judgement.why.text);
	}
	if (settings->verbose || worst >= GRADE_WRONG) {
		print_json("truth", truth);
		printf("    cause: %s: %s\n", judge_text(incident, "cause.code"),
		       judge_text(incident, "cause.text"));
	}
	if (settings->verbose)
		print_json("said", incident);
	judgement_free(&judgement);
	json_object_put(found);
}

static void judge_all(struct batch *batch, struct json_object *incidents,
		      const struct settings *settings, struct tally *tally)
{
	struct json_object *truth;
	struct plan plan;
	const char *state;

	for (int i = 0; i < batch->count; i++) {
		plan_make(batch->seeds[i], &plan);
		truth = batch->truths[i] ? json_tokener_parse(batch->truths[i]) : NULL;
		state = judge_text(truth, "state");
		if (strcmp(state, "ok") == 0) {
			judge_one(&plan, truth, incidents, settings, tally);
		} else if (strcmp(state, "skipped") == 0) {
			if (!tally->skipped++)
				printf("skip world-%llu: %s\n", (unsigned long long)plan.seed,
				       judge_text(truth, "why"));
		} else {
			print_world(&plan, "FAIL", "did not play to its end");
			printf("    %s\n", judge_text(truth, "why"));
			tally->broken++;
		}
		json_object_put(truth);
		free(batch->truths[i]);
		batch->truths[i] = NULL;
	}
}

/* Incidents of our programs that no world expects. */
static void find_strays(struct json_object *incidents, const char *directory, struct tally *tally)
{
	for (size_t i = 0; i < json_object_array_length(incidents); i++) {
		struct json_object *incident = json_object_array_get_idx(incidents, i);
		const char *exe = judge_text(incident, "process.exe");

		if (!incident || strncmp(exe, directory, strlen(directory)) != 0)
			continue;
		printf("FAIL stray: %s\n", json_object_to_json_string_ext(incident, JUDGE_JSON));
		tally->strays++;
	}
}

bool batch_run(struct batch *batch, const struct settings *settings, struct crew *crew,
	       struct tally *tally)
{
	struct timespec rest = { REST_MS / 1000, REST_MS % 1000 * 1000000L };
	struct json_object *incidents;
	struct tracer tracer = { 0 };
	unsigned int lost = 0, missing;
	size_t reported;
	char directory[4096];
	bool played = play(batch, crew, true);

	if (!played || !tracer_start(settings->sigpath, &tracer)) {
		printf("FAIL worlds: %s\n",
		       played ? "sigpath did not get ready" : "a player ended");
		tracer_tell(&tracer);
		return false;
	}
	go_on(crew);
	played = play(batch, crew, false);
	nanosleep(&rest, NULL);
	incidents = tracer_stop(&tracer, &lost);
	if (!incidents || !played) {
		printf("FAIL worlds: %s\n", incidents ? "a player ended" : "sigpath failed");
		tracer_tell(&tracer);
		return false;
	}
	missing = tally->missing;
	reported = json_object_array_length(incidents);
	tally->lost += lost;
	if (lost)
		printf("worlds: sigpath lost %u incidents\n", lost);
	judge_all(batch, incidents, settings, tally);
	if (!reported && tally->missing > missing) {
		printf("FAIL worlds: sigpath reported nothing in this batch\n");
		tracer_tell(&tracer);
	}
	if (getcwd(directory, sizeof(directory)))
		find_strays(incidents, directory, tally);
	json_object_put(incidents);
	return true;
}
