/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of incident.h, and included by it alone: what a fault accessed, and the registers. */
#pragma once

#define INCIDENT_MESSAGE_MAX 1024

/* The subject `fault`. */
struct incident_fault {
	bool have;
	struct ev_fault seen;
	struct incident_path path; /* of the file that is mapped at the address */
};

/* The C library keeps why it aborts. */
struct incident_abort {
	bool have, truncated;
	char message[INCIDENT_MESSAGE_MAX + 1];
};

struct incident_registers {
	bool have;
	enum ev_abi abi;
	size_t count;
	uint64_t ip, sp;
	uint64_t value[EV_REGISTERS_MAX];
};
