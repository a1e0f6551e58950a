// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which stacks, and which notes with advice, an output of text has shown. A group says less than a
 * stack: only a few of its frames count. So both must agree before a line says "stack as in".
 */
#include <string.h>

#include "text_fields.h"
#include "text_state.h"

/* FNV-1a, 64 bits: who finds another text for the same group with this hash deceives himself. */
static uint64_t hash_of(const struct strbuf *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text->length; i++)
		hash = (hash ^ (uint8_t)text->text[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static const struct text_seen *find(const struct text_state *state, const char *group,
				    uint64_t hash)
{
	for (size_t i = 0; i < state->seen_count; i++)
		if (state->seen[i].hash == hash && !strcmp(state->seen[i].group, group))
			return &state->seen[i];
	return NULL;
}

static struct text_seen *new_place(struct text_state *state)
{
	struct text_seen *place = &state->seen[state->seen_next];

	state->seen_next = (state->seen_next + 1) % TEXT_SEEN_MAX;
	if (state->seen_count < TEXT_SEEN_MAX)
		state->seen_count++;
	return place;
}

static bool was_seen(const struct line_options *options, const char *group,
		     const struct strbuf *text, struct timespec now, struct timespec *ret_time)
{
	uint64_t hash = hash_of(text);
	const struct text_seen *seen;
	struct text_seen *place;

	if (!options->state || !group[0])
		return false;
	seen = find(options->state, group, hash);
	if (seen) {
		*ret_time = seen->time;
		return true;
	}
	place = new_place(options->state);
	strcpy(place->group, group);
	place->hash = hash;
	place->time = now;
	return false;
}

bool text_add_reference(const struct line_options *options, const struct incident *incident,
			const struct explanation *explanation, const char *what,
			const struct strbuf *text, struct layout *layout)
{
	struct timespec time;

	if (options->text.full || text->failed ||
	    !was_seen(options, explanation->group, text, incident->time, &time))
		return false;
	strbuf_printf(layout_text(layout), "%sas in ", what);
	text_add_tag(explanation->group, layout_text(layout));
	strbuf_add_text(layout_text(layout), " of ");
	text_add_time_of(options, time, incident->time, layout_text(layout));
	return true;
}

void text_state_turn(const struct line_options *options)
{
	struct text_state *state = options->state;

	if (!state || !atomic_exchange(&state->has_new_file, false))
		return;
	state->has_time = state->has_zone = false;
	state->seen_count = state->seen_next = 0;
}
