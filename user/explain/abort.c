// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The subject "abort": the process sent SIGABRT to itself. The C library keeps its message, and the
 * functions on the stack tell who called abort().
 */
#include <inttypes.h>
#include <string.h>

#include "rule.h"
#include "stack_frames.h"

/* The functions between the reason and the signal are few. */
#define FRAMES_MOST 8

static bool is_on_stack(const struct incident *incident, const char *symbol)
{
	const struct stack *stack = incident->stack;

	for (size_t i = 0; stack && i < stack->count && i < FRAMES_MOST; i++)
		if (stack->frames[i].symbol && !strcmp(stack->frames[i].symbol, symbol))
			return true;
	return false;
}

static bool message_has(const struct incident *incident, const char *part)
{
	return incident->abort.have && strstr(incident->abort.message, part);
}

static void add_message(const struct incident *incident, struct text *text)
{
	if (incident->abort.have)
		text_add_hostile(text, ": ", incident->abort.message);
}

static bool is_assertion(const struct incident *incident)
{
	return is_on_stack(incident, "__assert_fail") ||
	       is_on_stack(incident, "__assert_perror_fail") ||
	       message_has(incident, ": Assertion `");
}

static void tell_assertion(const struct incident *incident, struct text *text)
{
	text_add(text, "an assertion of the program failed");
	add_message(incident, text);
}

/* The messages of malloc_printerr() in glibc's malloc/malloc.c, which has no other names. */
static bool is_heap(const struct incident *incident)
{
	static const char *const starts[] = { "free(): ",
					      "malloc(): ",
					      "realloc(): ",
					      "double free or ",
					      "munmap_chunk(): ",
					      "corrupted ",
					      "malloc_consolidate(): ",
					      "mremap_chunk(): ",
					      "malloc_check_get_size: ",
					      "invalid fastbin " };

	if (is_on_stack(incident, "malloc_printerr"))
		return true;
	for (size_t i = 0; incident->abort.have && i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(incident->abort.message, starts[i], strlen(starts[i])))
			return true;
	return false;
}

static void tell_heap(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "malloc() or free() found its memory damaged: freed twice, or written beyond "
		 "the end of a block, earlier and maybe elsewhere");
	add_message(incident, text);
}

static bool is_smashed(const struct incident *incident)
{
	return is_on_stack(incident, "__stack_chk_fail") ||
	       message_has(incident, "*** stack smashing detected ***");
}

static void tell_smashed(const struct incident *incident, struct text *text)
{
	text_add(text, "a function found its stack frame damaged when it returned: it wrote beyond "
		       "the end of an array in it");
	add_message(incident, text);
}

static bool is_overflow(const struct incident *incident)
{
	return is_on_stack(incident, "__chk_fail") ||
	       message_has(incident, "*** buffer overflow detected ***");
}

static void tell_overflow(const struct incident *incident, struct text *text)
{
	text_add(text, "a function of the C library was about to write beyond the end of a buffer "
		       "(_FORTIFY_SOURCE)");
	add_message(incident, text);
}

static void tell_aborted(const struct incident *incident, struct text *text)
{
	text_add(text, "the program ended itself by SIGABRT");
	add_message(incident, text);
}

static const struct advice find_heap_damage = {
	"find_heap_damage",
	"to see which code damages the memory: run the program with valgrind, or build it with "
	"-fsanitize=address",
};
static const struct advice find_stack_damage = {
	"find_stack_damage",
	"to see which code writes beyond its array: build the program with -fsanitize=address",
};

const struct rule abort_rules[] = {
	{ "assertion_failed", CONFIDENCE_CERTAIN, is_assertion, tell_assertion, NULL, NULL },
	{ "stack_smashed", CONFIDENCE_CERTAIN, is_smashed, tell_smashed, &find_stack_damage, NULL },
	{ "buffer_overflow", CONFIDENCE_CERTAIN, is_overflow, tell_overflow, NULL, NULL },
	{ "heap_corrupted", CONFIDENCE_CERTAIN, is_heap, tell_heap, &find_heap_damage, NULL },
	{ "aborted", CONFIDENCE_CERTAIN, NULL, tell_aborted, NULL, NULL },
};
