/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is compared, and how well it was told. */
#pragma once

#include <stdbool.h>

enum grade {
	GRADE_NONE, /* nothing to compare */
	GRADE_RIGHT,
	GRADE_UNKNOWN,
	GRADE_WRONG,	     /* and not called certain */
	GRADE_WRONG_CERTAIN, /* and called certain, or of a field that has no confidence */
	GRADE_COUNT
};

/* Facts of the writer come first. A wrong one has no excuse. */
enum field {
	FIELD_PID_TID,
	FIELD_START_TIME,
	FIELD_COMM,
	FIELD_EXE,
	FIELD_CMDLINE,
	FIELD_UID,
	FIELD_TIME,
	FIELD_SYSCALL,
	FIELD_FD,
	FIELD_BYTES,
	FIELD_FLAGS,
	FIELD_OBJECT_TYPE,
	FIELD_INODE,
	FIELD_ADDRESS,
	FIELD_OUTCOME,
	FIELD_DISPOSITION,
	FIELD_END,
	FIELD_CAUSE,
	FIELD_PEER,
	FIELD_PEER_START,
	FIELD_PEER_TID,
	FIELD_PEER_COMM,
	FIELD_PEER_EXE,
	FIELD_PEER_CMDLINE,
	FIELD_PEER_UID,
	FIELD_PEER_UNIT,
	FIELD_PEER_EXIT,
	FIELD_PEER_AGO,
	FIELD_COUNT
};
#define FIELD_FIRST_EXPLAINED FIELD_CAUSE

const char *field_name(enum field field);
