// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that end themselves by SIGABRT: why, by the C library's own message? */
#undef NDEBUG
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

static volatile int sink;

/* Not inlined: a fact has more than 16 KiB. MESSAGE: a part of it; NULL: there is none. */
static __attribute__((noinline)) void emit(const char *cause, const char *message)
{
	struct fact fact;
	/* Linked statically, it has a C library that sigpath does not know. */
	bool has_message = message && getauxval(AT_BASE);

	fact_start(&fact);
	fact_identity(&fact);
	fact_text(&fact, "subject", "abort");
	fact_text(&fact, "outcome", "killed");
	fact_evidence(&fact, &(struct evidence){ .code = cause,
						 .confidence = "certain",
						 .text = has_message ? message : "" });
	fact_json(&fact, "fault", "null");
	fact_open(&fact, "abort");
	if (has_message)
		fact_json(&fact, "message", "{\"$contains\":\"%s\"}", message);
	else
		fact_json(&fact, "message", "null");
	fact_close(&fact);
	fact_emit(&fact, NULL);
}

static void die_in_child(void (*die)(void))
{
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		/* The C library also writes its message there. */
		close(2);
		die();
		scenario_die("no abort");
	}
	scenario_reap_expect(child, SIGABRT);
}

static void die_by_assertion(void)
{
	emit("assertion_failed", "Assertion `sink == 99' failed");
	assert(sink == 99);
}

static void die_by_free(void)
{
	void *volatile block = malloc(4000);
	void *volatile other = malloc(40);

	emit("heap_corrupted", "double free");
	free(block);
	free(block);
	free(other);
}

static __attribute__((noinline)) void smash(size_t length)
{
	volatile char array[16];

	for (size_t i = 0; i < length; i++)
		array[i] = (char)i;
	sink = array[length / 4];
}

static void die_by_smashing(void)
{
	emit("stack_smashed", "stack smashing detected");
	smash(64 + (size_t)sink);
}

extern void *__memset_chk(void *to, int byte, size_t length, size_t size);

/* What a compiler makes of memset() with _FORTIFY_SOURCE. */
static void die_by_fortify(void)
{
	char array[16];

	emit("buffer_overflow", "buffer overflow detected");
	__memset_chk(array, 0, 64 + (size_t)sink, sizeof(array));
	sink = *(volatile char *)array;
}

static void die_by_abort(void)
{
	emit("aborted", NULL);
	abort();
}

static void by_assertion(void)
{
	die_in_child(die_by_assertion);
}

static void by_free(void)
{
	die_in_child(die_by_free);
}

static void by_smashing(void)
{
	die_in_child(die_by_smashing);
}

static void by_fortify(void)
{
	die_in_child(die_by_fortify);
}

static void by_abort(void)
{
	die_in_child(die_by_abort);
}

static const struct scenario scenarios[] = {
	{ "assert", by_assertion }, { "free", by_free },   { "smash", by_smashing },
	{ "fortify", by_fortify },  { "abort", by_abort },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
