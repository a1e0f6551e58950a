// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare.h"

#include <json-c/json.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define COMPLAINTS_MAX 20

void ends_add(struct ends *ends, pid_t pid, int status, const struct victim *victim)
{
	ends->list = realloc(ends->list, (ends->count + 1) * sizeof(*ends->list));
	if (!ends->list)
		die("realloc");
	ends->list[ends->count++] = (struct end){ .pid = pid, .status = status, .victim = victim };
}

void ptrace_continue(pid_t pid, int status)
{
	ptrace(PTRACE_CONT, pid, NULL,
	       (void *)(long)(WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status)));
}

static struct end *end_of(struct ends *ends, pid_t pid)
{
	for (size_t i = ends->count; i; i--)
		if (ends->list[i - 1].pid == pid)
			return &ends->list[i - 1];
	return NULL;
}

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(get(object, key)) ?: "";
}

static bool has_cmdline(struct json_object *process, const struct victim *victim)
{
	struct json_object *cmdline = get(process, "cmdline");

	return cmdline && json_object_array_length(cmdline) == 4 && victim &&
	       !strcmp(json_object_get_string(json_object_array_get_idx(cmdline, 2)), victim->name);
}

static void count(struct json_object *incident, struct ends *ends)
{
	struct json_object *process = get(incident, "process"), *death = get(incident, "death");
	struct end *end = end_of(ends, json_object_get_int(get(process, "pid")));
	int number = json_object_get_int(get(get(incident, "signal"), "number"));

	if (!end)
		return;
	/* A listed signal is told whatever it did. */
	if ((ends->listed || (end->victim && end->victim->late)) &&
	    strcmp(text_of(incident, "outcome"), "killed") != 0)
		return;
	if (death && json_object_get_boolean(get(death, "thread_alone")))
		end->threads++;
	else if (WIFSIGNALED(end->status) && WTERMSIG(end->status) == number)
		end->told++;
	else
		end->others++;
	end->has_cmdline = has_cmdline(process, end->victim);
	end->pending += death && !strcmp(text_of(death, "stage"), "pending");
	end->has_room = !death || strcmp(text_of(death, "generation"), "no_room") != 0;
}

/* False: records were lost, so nothing is proven. */
static bool read_all(FILE *file, struct ends *ends)
{
	size_t size = 0;
	char *line = NULL;
	bool whole = true;

	while (getline(&line, &size, file) > 0) {
		struct json_object *object = json_tokener_parse(line);
		const char *kind = text_of(object, "kind");

		if (!strcmp(kind, "incident"))
			count(object, ends);
		else if (!strcmp(kind, "repeat") && ends->limited)
			ends->counted += json_object_get_int(get(object, "count"));
		else if (!strcmp(kind, "lost") || !strcmp(kind, "repeat"))
			whole = false;
		json_object_put(object);
	}
	free(line);
	if (!whole)
		printf("records were lost or only counted\n");
	return whole;
}

static bool is_right(const struct end *end, bool listed)
{
	const struct victim *victim = end->victim;
	size_t all = end->told + end->others;

	if (victim && victim->lives == WIFSIGNALED(end->status))
		return false;
	if (victim && victim->ends_thread)
		return end->threads == 1 && !all;
	if (end->threads)
		return false;
	/* What is listed is told before it is decided, if it writes a core. */
	if (victim && victim->races)
		return all == 1 || (listed && all == 2);
	return all == end->told && all == WIFSIGNALED(end->status);
}

static void complain(const struct end *end)
{
	printf("%s: process %d, wait status 0x%x: %zu incidents with its signal, %zu with another, %zu of a "
	       "thread\n",
	       end->victim ? end->victim->name : "hung", end->pid, end->status, end->told,
	       end->others, end->threads);
}

static bool has_hung(const struct ends *ends, size_t hanging)
{
	size_t pending = 0, no_room = 0;

	for (size_t i = 0; i < ends->count; i++) {
		pending += ends->list[i].pending;
		no_room += !ends->list[i].has_room;
	}
	printf("%zu processes hung, %zu were told as pending, %zu found no room\n", ends->count,
	       pending, no_room);
	return pending && (hanging <= 1024 || no_room);
}

/* Each was told or counted, and none both. */
static bool is_sum_right(const struct ends *ends)
{
	size_t deaths = 0, told = 0;

	for (size_t i = 0; i < ends->count; i++) {
		deaths += WIFSIGNALED(ends->list[i].status);
		told += ends->list[i].told;
	}
	printf("%zu deaths: %zu told, %zu counted\n", deaths, told, ends->counted);
	printf("%s deaths\n", told + ends->counted == deaths && ends->counted ? "ok" : "FAIL");
	return told + ends->counted == deaths && ends->counted;
}

bool compare(struct run *run, struct ends *ends, size_t hanging)
{
	size_t deaths = 0, wrong = 0, sent = 0, with_cmdline = 0;
	bool whole = read_all(run->output, ends);

	if (ends->limited)
		return whole && is_sum_right(ends);

	for (size_t i = 0; i < ends->count; i++) {
		const struct end *end = &ends->list[i];

		deaths += WIFSIGNALED(end->status);
		if (!is_right(end, ends->listed) && ++wrong <= COMPLAINTS_MAX)
			complain(end);
		if (end->victim && end->victim->harm && !end->victim->told_early &&
		    WIFSIGNALED(end->status)) {
			sent++;
			with_cmdline += end->has_cmdline;
		}
	}
	printf("%zu processes, %zu deaths by a signal, %zu wrong; killed by another process: %zu, with a command "
	       "line: %zu\n",
	       ends->count, deaths, wrong, sent, with_cmdline);
	whole = whole && !wrong && (ends->listed || with_cmdline >= sent - sent / 100) &&
		(!hanging || has_hung(ends, hanging));
	printf("%s deaths\n", whole ? "ok" : "FAIL");
	return whole;
}
