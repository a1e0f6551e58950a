// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A name from sun_path. Two connected ends without a name are a socketpair: listen() refuses a
 * socket without an address (unix_listen), and an accepted socket has the listener's.
 */
#include <string.h>

#include "unix_name.h"

bool unix_name_looks_abstract(const struct unix_name *name)
{
	return name->length && !name->abstract && *(const char *)name->bytes == '@';
}

void unix_name_get(const struct incident_object *object, struct unix_name *ret_name)
{
	const struct ev_unix *end = &object->unix_;
	size_t length = end->path_length;

	*ret_name = (struct unix_name){ 0 };
	if (length > sizeof(end->path))
		length = sizeof(end->path);
	if (length > 1 && (end->flags & EV_UNIX_ABSTRACT || !end->path[0])) {
		ret_name->abstract = true;
		ret_name->bytes = end->path + 1;
		ret_name->length = length - 1;
	} else if (length && end->path[0]) {
		/* The kernel's length of a path counts its NUL. */
		ret_name->bytes = end->path;
		ret_name->length = strnlen((const char *)end->path, length);
	} else {
		ret_name->socketpair = end->flags & EV_UNIX_PEER_HAVE;
	}
}
