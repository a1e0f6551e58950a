/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of libmicrohttpd that the server uses. The library needs ten others (gnutls and
 * what that needs), so sigpath loads it only where a run has a server. A static sigpath has it
 * linked.
 */
#pragma once

#include <microhttpd.h>

#include "strbuf.h"

#define HTTP_LIBRARY_FUNCTIONS(X)          \
	X(MHD_start_daemon)                \
	X(MHD_stop_daemon)                 \
	X(MHD_get_daemon_info)             \
	X(MHD_get_timeout)                 \
	X(MHD_run)                         \
	X(MHD_add_connection)              \
	X(MHD_get_connection_info)         \
	X(MHD_lookup_connection_value)     \
	X(MHD_create_response_from_buffer) \
	X(MHD_add_response_header)         \
	X(MHD_queue_response)              \
	X(MHD_destroy_response)

#define HTTP_LIBRARY_MEMBER(name) __typeof__(name) *name;
struct http_library {
	HTTP_LIBRARY_FUNCTIONS(HTTP_LIBRARY_MEMBER)
};
#undef HTTP_LIBRARY_MEMBER

/* 0; -ELIBACC and WHY, as it reads after "--metrics: ", if it cannot be loaded. */
int http_library_load(struct http_library *ret_library, struct strbuf *why);
