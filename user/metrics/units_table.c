// SPDX-License-Identifier: GPL-2.0-or-later
#include "units_table.h"

#include <stdio.h>
#include <string.h>

#include "units.h"

/* None of these is a name of a unit: they have no suffix. */
static const char *const own_names[] = {
	[UNIT_NONE] = "none",
	[UNIT_SCOPE] = "scope",
	[UNIT_OTHER] = "other",
};

_Static_assert(ARRAY_SIZE(own_names) == UNIT_FIRST, "a name for each");

void units_init(struct units_table *table)
{
	table->count = UNIT_FIRST;
	for (size_t i = 0; i < UNIT_FIRST; i++)
		strcpy(table->list[i].name, own_names[i]);
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), suffix_length = strlen(suffix);

	return length >= suffix_length && !strcmp(name + length - suffix_length, suffix);
}

/* sshd@7-192.0.2.1:22-198.51.100.7:5000.service is an instance of sshd@.service. */
static void copy_template(const char *unit, char ret_name[EV_NAME_MAX])
{
	const char *at = strchr(unit, '@'), *suffix = strrchr(unit, '.');

	if (at && suffix && at < suffix)
		snprintf(ret_name, EV_NAME_MAX, "%.*s%s", (int)(at + 1 - unit), unit, suffix);
	else
		snprintf(ret_name, EV_NAME_MAX, "%s", unit);
}

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/*
 * Only the system's manager names what is directly below a slice of the system. Everything below
 * that may be delegated, user.slice has the managers of users, and machine.slice has containers.
 */
static bool is_of_user(const struct incident_path *cgroup, const char *unit)
{
	const char *part = cgroup->text + 1;
	size_t length;

	if (cgroup->truncated || cgroup->text[0] != '/' || begins_with(part, "user.slice/") ||
	    begins_with(part, "machine.slice/"))
		return true;
	for (;; part += length + 1) {
		length = strcspn(part, "/");
		if (!part[length] || length < 6 || memcmp(part + length - 6, ".slice", 6) != 0)
			break;
	}
	return length != strlen(unit) || memcmp(part, unit, length) != 0;
}

static struct unit_counters *add(struct units_table *table, const char *name, bool of_user)
{
	struct unit_counters *counters = &table->list[table->count];

	if (table->count == ARRAY_SIZE(table->list) ||
	    (of_user && table->count_of_users == METRICS_UNITS_OF_USERS_MAX))
		return &table->list[UNIT_OTHER];
	table->count++;
	table->count_of_users += of_user;
	strcpy(counters->name, name);
	return counters;
}

struct unit_counters *units_find(struct units_table *table, const char *unit,
				 const struct incident_path *cgroup)
{
	char name[EV_NAME_MAX];

	if (!unit[0])
		return &table->list[UNIT_NONE];
	if (has_suffix(unit, ".scope"))
		return &table->list[UNIT_SCOPE];
	copy_template(unit, name);
	for (size_t i = UNIT_FIRST; i < table->count; i++)
		if (!strcmp(table->list[i].name, name))
			return &table->list[i];
	return cgroup ? add(table, name, is_of_user(cgroup, unit)) : &table->list[UNIT_OTHER];
}
