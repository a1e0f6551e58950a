// SPDX-License-Identifier: GPL-2.0-or-later
/* The groups and the classes of a run for programs. */
#include <string.h>

#include "summary_lines.h"

static void put_name(struct json_writer *json, const char *key, const char *name)
{
	json_put_text(json, key, name && name[0] ? name : NULL);
}

static void put_peer(struct json_writer *json, const struct summary_peer *peer)
{
	if (!peer) {
		json_put_null(json, "top_peer");
		return;
	}
	json_begin_object(json, "top_peer");
	put_name(json, "comm", peer->comm);
	put_name(json, "address", peer->address);
	json_put_uint(json, "count", peer->count);
	json_end_object(json);
}

static void put_group(struct json_writer *json, const struct summary_group *group)
{
	json_begin_object(json, NULL);
	json_put_text(json, "group", group->name);
	json_put_text(json, "class", class_name(group->class));
	json_put_text(json, "severity", group->class ? severity_name(group->severity) : NULL);
	json_put_uint(json, "count", group->count);
	json_put_uint(json, "incidents", group->incidents);
	put_name(json, "comm", group->comm);
	if (group->named)
		json_put_uint(json, "uid", group->uid);
	else
		json_put_null(json, "uid");
	put_name(json, "unit", group->unit);
	json_put_text(json, "cause", group->cause);
	put_peer(json, summary_top_peer(group));
	json_put_time(json, "first", group->first);
	json_put_time(json, "last", group->last);
	json_begin_array(json, "stack");
	for (size_t i = 0; i < group->frame_count; i++)
		json_put_text(json, NULL, group->frames[i]);
	json_end_array(json);
	json_end_object(json);
}

static void put_classes(struct json_writer *json, const struct summary_view *view)
{
	json_begin_array(json, "classes");
	for (size_t i = 0; i <= CLASS_LAST; i++) {
		if (!view->classes[i])
			continue;
		json_begin_object(json, NULL);
		json_put_text(json, "class", class_name((enum incident_class)i));
		json_put_uint(json, "count", view->classes[i]);
		json_end_object(json);
	}
	json_end_array(json);
}

void summary_put_json(struct json_writer *json, const struct summary_view *view)
{
	if (!view) {
		json_put_null(json, "classes");
		json_put_null(json, "groups");
		json_put_null(json, "more_groups");
		return;
	}
	put_classes(json, view);
	json_begin_array(json, "groups");
	for (size_t i = 0; i < view->group_count; i++)
		put_group(json, &view->groups[i]);
	json_end_array(json);
	json_begin_object(json, "more_groups");
	json_put_uint(json, "groups", view->more_groups);
	json_put_uint(json, "count", view->more_count);
	json_end_object(json);
}
