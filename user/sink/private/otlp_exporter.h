/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that sends to a collector (`sigpath-otlp`): the only one that has the network, and
 * all that libcurl and a collector's answers bring with them. The tracer hands it one request at a
 * time over a socket and gets an answer to each.
 */
#pragma once

#include <stdint.h>

#include "otlp.h"

struct rights_user;

/* Before the bytes of a request. */
struct otlp_order {
	uint32_t size;	/* of the request */
	uint32_t items; /* in it */
};

/* The first message of the process. */
struct otlp_hello {
	int32_t error;	/* 0 or -errno */
	char text[252]; /* why, if the number does not say it; NUL-terminated */
};

/* The answer to an order. DELIVERED + REJECTED + SPOOLED are its items. */
struct otlp_result {
	uint32_t delivered;
	uint32_t rejected; /* by the collector, for good */
	uint32_t spooled;  /* wait on disk */
	uint32_t zero;
	/* of items of this run that were SPOOLED before: they were dropped, or rejected, later */
	uint64_t spool_dropped, spool_rejected;
	uint64_t waiting; /* items in the spool, of all runs */
};

/*
 * The life of the process: from all rights of the caller until the other end of SOCKET is closed.
 * It becomes USER (NULL: stays who it is), keeps no capability, and sees the files that it needs.
 * DIRECTORY_FD: of the spool; -1: none. It reports to stderr.
 */
_Noreturn void otlp_exporter_run(const struct otlp_settings *settings,
				 const struct rights_user *user, int socket, int directory_fd);
