/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request of OTLP: ExportLogsServiceRequest as JSON. It has one resourceLogs for each container
 * whose records are in it, and one for those of no container.
 */
#pragma once

#include <stddef.h>

#include "session.h"
#include "strbuf.h"

/* Attributes of all resources, from the environment. */
struct otlp_attribute {
	char *key, *value; /* UTF-8 or any bytes: they are escaped */
};

struct otlp_resource {
	const char *host;	  /* host.name, unless the attributes have one */
	const char *service_name; /* service.name */
	const struct otlp_attribute *attributes;
	size_t attribute_count;
};

/*
 * Adds the request with COUNT items of otlp_record.h; ENDS has the end of each. The order of
 * records of one container stays. If memory runs out, buf->failed is set.
 */
void otlp_add_request(const struct otlp_resource *resource, const char *items, const size_t *ends,
		      size_t count, struct strbuf *buf);
