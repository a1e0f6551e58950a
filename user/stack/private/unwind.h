/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From registers and stack bytes to return addresses. */
#pragma once

#include "image.h"
#include "machine.h"
#include "reason.h"
#include "snapshot.h"
#include "stack.h"

/* One executable mapping of the process, examined once for each stack. */
struct module {
	bool tried;
	struct image *image; /* NULL: no file to look into */
	uint64_t bias;	     /* address in the process - address in the file */
	bool changed;
	enum reason why; /* its file is not known: why; else REASON_NONE */
};

/* The process that is unwound: the engine asks for its modules through this. */
struct space {
	const struct snapshot_module *mappings;
	size_t count;
	bool truncated;
	struct module *modules; /* one for each mapping */
	/* Fills in MODULES[INDEX] the first time it is needed. */
	void (*load)(struct space *space, size_t index);
	/* Called before MODULES[INDEX] is looked into. */
	void (*enter)(struct space *space, size_t index);
	void *context;
	const struct deadline *deadline;
};

struct unwound_frame {
	uint64_t address; /* as the user sees it */
	uint64_t lookup; /* inside the call instruction: the address to look up names and lines for */
	size_t mapping;	    /* index, or SIZE_MAX */
	const char *symbol; /* static, if the type of frame determines it; else NULL */
};

struct unwound {
	enum stack_method method;
	bool complete;
	enum reason reason;
	size_t count;
	struct unwound_frame frames[STACK_FRAMES_MAX];
};

void unwind(struct space *space, const struct snapshot *snapshot, struct unwound *ret_unwound);

/* The module at ADDRESS, loaded; NULL if there is none. RET_INDEX as of unwound_frame. */
struct module *space_find(struct space *space, uint64_t address, size_t *ret_index);
