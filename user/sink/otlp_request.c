// SPDX-License-Identifier: GPL-2.0-or-later
#include "otlp_request.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "otlp_value.h"

/* One item: the attributes of its pod and container, and the JSON of its record. */
struct item {
	const char *where; /* empty: none */
	const char *record;
	size_t size;
};

static struct item item_at(const char *items, const size_t *ends, size_t index)
{
	const char *begin = items + (index ? ends[index - 1] : 0);
	struct item item = { .where = begin };

	item.record = item.where + strlen(item.where) + 1;
	item.size = (size_t)(items + ends[index] - item.record);
	return item;
}

static bool is_same_resource(const struct item *item, const struct item *other)
{
	return !strcmp(item->where, other->where);
}

/*
 * The environment of sigpath may describe its own pod and container. The record is about another
 * one.
 */
static bool is_of_own_container(const char *key)
{
	static const char *const prefixes[] = { "k8s.pod.", "k8s.container.", "k8s.namespace.",
						"container.", "process." };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(key, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static void put_resource(struct json_writer *json, const struct otlp_resource *resource,
			 const struct item *item)
{
	bool has_host = false;

	json_begin_object(json, "resource");
	json_begin_array(json, "attributes");
	otlp_put_text(json, "service.name", resource->service_name);
	for (size_t i = 0; i < resource->attribute_count; i++) {
		const struct otlp_attribute *attribute = &resource->attributes[i];

		if (is_of_own_container(attribute->key) || !strcmp(attribute->key, "service.name"))
			continue;
		has_host |= !strcmp(attribute->key, "host.name");
		otlp_put_text(json, attribute->key, attribute->value);
	}
	if (!has_host)
		otlp_put_text(json, "host.name", resource->host);
	/* After service.name, which is always there. */
	if (item->where[0])
		strbuf_printf(json->buf, ",%s", item->where);
	json_end_array(json);
	json_end_object(json);
}

static void add_record(struct json_writer *json, const struct item *item)
{
	if (json->need_comma)
		strbuf_add(json->buf, ",", 1);
	json->need_comma = true;
	strbuf_add(json->buf, item->record, item->size);
}

/* All items from FIRST on with its resource. DONE: those that are in the request. */
static void put_group(struct json_writer *json, const struct otlp_resource *resource,
		      const char *items, const size_t *ends, size_t count, size_t first, bool *done)
{
	const struct item head = item_at(items, ends, first);

	json_begin_object(json, NULL);
	put_resource(json, resource, &head);
	json_begin_array(json, "scopeLogs");
	json_begin_object(json, NULL);
	json_begin_object(json, "scope");
	json_put_text(json, "name", "sigpath");
	json_put_text(json, "version", SIGPATH_VERSION);
	json_end_object(json);
	json_begin_array(json, "logRecords");
	for (size_t i = first; i < count; i++) {
		const struct item item = item_at(items, ends, i);

		if (done[i] || !is_same_resource(&head, &item))
			continue;
		add_record(json, &item);
		done[i] = true;
	}
	json_end_array(json);
	json_end_object(json);
	json_end_array(json);
	json_end_object(json);
}

void otlp_add_request(const struct otlp_resource *resource, const char *items, const size_t *ends,
		      size_t count, struct strbuf *buf)
{
	struct json_writer json = { .buf = buf };
	bool *done = calloc(count ?: 1, sizeof(*done));

	if (!done) {
		buf->failed = true;
		return;
	}
	json_begin_object(&json, NULL);
	json_begin_array(&json, "resourceLogs");
	for (size_t i = 0; i < count; i++)
		if (!done[i])
			put_group(&json, resource, items, ends, count, i, done);
	json_end_array(&json);
	json_end_object(&json);
	free(done);
}
