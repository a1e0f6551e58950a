/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log systems to which incidents can go (--to). */
#pragma once

#include <stddef.h>

enum destination { DESTINATION_JOURNAL, DESTINATION_SYSLOG, DESTINATION_OTLP };

struct destination_row {
	const char *name;
	const char *address; /* name of the address; NULL: it takes none */
	const char *schemes; /* how an address may begin, for completion; with blanks between */
};

/* One row per enum destination. */
extern const struct destination_row destination_table[];
extern const size_t destination_count;
