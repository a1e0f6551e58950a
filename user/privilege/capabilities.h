/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which capabilities sigpath uses, which of its processes for what, and what is lost without. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who uses a capability. */
enum capability_user {
	CAPABILITY_START = 1,	/* the tracer, until it is ready */
	CAPABILITY_MAPS = 2,	/* the tracer, where the kernel asks for it: live_maps_are_free() */
	CAPABILITY_COMMAND = 4, /* the tracer, with COMMAND */
	CAPABILITY_OUTPUTS = 8, /* the tracer, with files that it may have to open again */
	CAPABILITY_LINKS = 16,	/* the process that reads links (links.h) */
	CAPABILITY_READER = 32, /* the process that opens program files */
};

struct capability {
	unsigned int number; /* CAP_* */
	const char *name;
	unsigned int users;   /* enum capability_user */
	bool is_required;     /* nothing works without it */
	bool is_in_admin;     /* CAP_SYS_ADMIN includes it */
	const char *used_for; /* as it reads after "to " */
	const char *lost;     /* without it */
};

extern const struct capability capability_table[];
extern const size_t capability_count;

/* RIGHT() of each capability that one of the USERS uses. */
uint64_t capabilities_of(unsigned int users);
