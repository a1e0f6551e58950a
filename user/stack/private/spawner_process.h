/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the spawner's two ends say to each other. */
#pragma once

#include "spawner.h"

/* The descriptors of a message that starts a pair, in this order. */
enum spawner_fd {
	SPAWNER_READER,
	SPAWNER_OPENER,
	SPAWNER_QUESTION,
	SPAWNER_ANSWER,
	SPAWNER_NOTES,
	SPAWNER_FDS,
};

struct spawner_request {
	uint32_t number; /* of the message; the reply has the same */
	uint32_t pair;
	bool start; /* or stop */
};

struct spawner_reply {
	uint32_t number;
	int32_t error;
	struct spawner_pair pair;
};

/* Runs in the child of fork(), until SOCKET ends. PARENT: the tracer. */
_Noreturn void spawner_run(int socket, pid_t parent);
