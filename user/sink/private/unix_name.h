/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a UNIX socket is called: a path, an abstract name, or nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "incident.h"

struct unix_name {
	const void *bytes; /* into the incident; hostile */
	size_t length;	   /* 0: neither end has a name */
	bool abstract;	   /* bytes are without the leading NUL */
	bool socketpair;
};

/* A file whose name begins with the @ that stands for an abstract name. */
bool unix_name_looks_abstract(const struct unix_name *name);
void unix_name_get(const struct incident_object *object, struct unix_name *ret_name);
