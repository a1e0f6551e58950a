// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup_unit.h"

#include <ctype.h>
#include <string.h>

#include "units.h"

static const char *const suffixes[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length > size && !strcmp(text + length - size, end);
}

/* unit_name_is_valid() of systemd. */
static bool is_name(const char *text)
{
	bool have_suffix = false;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		have_suffix |= ends_with(text, suffixes[i]);
	for (const char *at = text; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr(":-_.\\@", *at))
			return false;
	return have_suffix;
}

bool cgroup_unit(const struct incident_path *cgroup, size_t base, char ret_unit[EV_NAME_MAX])
{
	const char *at = cgroup->text + base;
	size_t length;

	if (!cgroup->have || cgroup->truncated)
		return false;
	do {
		if (*at++ != '/')
			return false;
		length = strcspn(at, "/");
		if (length >= EV_NAME_MAX)
			return false;
		memcpy(ret_unit, at, length);
		ret_unit[length] = '\0';
		at += length;
	} while (ends_with(ret_unit, ".slice"));
	/* cg_escape(): a '_' before names that would collide with names of the kernel. */
	if (ret_unit[0] == '_')
		memmove(ret_unit, ret_unit + 1, length);
	return is_name(ret_unit);
}

bool cgroup_is_unit_itself(const struct incident_path *cgroup, const char *unit)
{
	const char *last = cgroup->have ? strrchr(cgroup->text, '/') : NULL;

	return last && !strcmp(last + 1, unit);
}
