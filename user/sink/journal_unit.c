// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The units of a process from the path of its cgroup, in the way of systemd: cg_path_get_unit() and
 * cg_path_get_user_unit() in its src/basic/cgroup-util.c.
 *
 * /system.slice/nginx.service                                     nginx.service
 * /system.slice/docker-<id>.scope/system.slice/nginx.service      docker-<id>.scope
 * /user.slice/user-1000.slice/user@1000.service/app.slice/a.service
 *                                                   user@1000.service, and of the user a.service
 */
#include <ctype.h>
#include <string.h>

#include "journal.h"
#include "units.h"

static bool ends_with(const char *text, size_t length, const char *suffix)
{
	size_t size = strlen(suffix);

	return length > size && !memcmp(text + length - size, suffix, size);
}

static bool is_slice(const char *name, size_t length)
{
	return ends_with(name, length, ".slice");
}

/* The types that have processes and the bytes that unit_name_is_valid() of systemd takes. */
static bool is_unit(const char *name, size_t length)
{
	static const char *const suffixes[] = { ".service", ".scope", ".socket", ".mount",
						".swap" };
	bool has_suffix = false;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		has_suffix |= ends_with(name, length, suffixes[i]);
	for (size_t i = 0; has_suffix && i < length; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr(":-_.\\@", name[i]))
			return false;
	return has_suffix && length < JOURNAL_UNIT_SIZE;
}

void journal_add_unit(struct strbuf *buf, const char *name, const char *unit)
{
	if (!unit[0])
		return;
	if (is_unit(unit, strlen(unit))) {
		strbuf_add_text(buf, name);
		strbuf_add(buf, "=", 1);
		strbuf_add_text(buf, unit);
		strbuf_add(buf, "\n", 1);
	} else {
		journal_add_text(buf, name, unit);
	}
}

/* The first component that is no slice, if it is a unit. Returns what follows it; NULL: none. */
static const char *take_unit(const char *path, char ret_unit[JOURNAL_UNIT_SIZE])
{
	size_t length = 0;

	do {
		path += length;
		path += strspn(path, "/");
		length = strcspn(path, "/");
	} while (is_slice(path, length));
	/* cg_escape() of systemd puts a '_' before names that the kernel uses too. */
	if (length && path[0] == '_') {
		path++;
		length--;
	}
	if (!is_unit(path, length))
		return NULL;
	memcpy(ret_unit, path, length);
	ret_unit[length] = '\0';
	return path + length;
}

void journal_units_find(const struct incident_path *cgroup, struct journal_units *ret_units)
{
	static const char manager[] = "user@";
	const char *rest;

	*ret_units = (struct journal_units){ 0 };
	/* What is cut off is the part that counts. */
	if (!cgroup->have || cgroup->truncated)
		return;
	rest = take_unit(cgroup->text, ret_units->system);
	if (rest && !strncmp(ret_units->system, manager, sizeof(manager) - 1))
		take_unit(rest, ret_units->user);
}
