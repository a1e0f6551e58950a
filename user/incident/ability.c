// SPDX-License-Identifier: GPL-2.0-or-later
#include "ability.h"

#include <stdarg.h>
#include <stdio.h>

#include "json_writer.h"
#include "words.h"

__attribute__((format(printf, 3, 0))) static void
add(struct abilities *abilities, const struct ability *row, const char *format, va_list args)
{
	struct ability *ability;

	if (abilities->count == ABILITIES_MAX)
		return;
	ability = &abilities->list[abilities->count++];
	*ability = *row;
	vsnprintf(ability->detail, sizeof(ability->detail), format, args);
}

void ability_add(struct abilities *abilities, const char *name, const char *format, ...)
{
	const struct ability row = { .name = name, .state = ABILITY_OK };
	va_list args;

	va_start(args, format);
	add(abilities, &row, format, args);
	va_end(args);
}

void ability_add_limit(struct abilities *abilities, const char *name, enum ability_state state,
		       const char *lost, const char *remedy, const char *format, ...)
{
	const struct ability row = { .name = name, .state = state, .lost = lost, .remedy = remedy };
	va_list args;

	va_start(args, format);
	add(abilities, &row, format, args);
	va_end(args);
}

static void put_ability(struct json_writer *json, const struct ability *ability)
{
	json_begin_object(json, NULL);
	json_put_text(json, "name", ability->name);
	json_put_text(json, "state", word_ability_state(ability->state));
	json_put_text(json, "detail", ability->detail);
	json_put_text(json, "lost", ability->lost);
	json_put_text(json, "remedy", ability->remedy);
	json_end_object(json);
}

void abilities_put_json(struct json_writer *json, const struct abilities *abilities)
{
	json_begin_array(json, "abilities");
	for (size_t i = 0; i < abilities->count; i++)
		put_ability(json, &abilities->list[i]);
	json_end_array(json);
}
