/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of libcurl and of json-c that the sender uses. libcurl brings some thirty libraries
 * with it, so both are loaded only by the process that sends. A static sigpath has them linked.
 */
#pragma once

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <json-c/json.h>

#define OTLP_CURL_FUNCTIONS(X)      \
	X(curl_easy_init)           \
	X(curl_easy_setopt)         \
	X(curl_easy_getinfo)        \
	X(curl_easy_strerror)       \
	X(curl_easy_cleanup)        \
	X(curl_global_init)         \
	X(curl_version)             \
	X(curl_multi_init)          \
	X(curl_multi_add_handle)    \
	X(curl_multi_remove_handle) \
	X(curl_multi_perform)       \
	X(curl_multi_poll)          \
	X(curl_multi_info_read)     \
	X(curl_multi_cleanup)       \
	X(curl_slist_append)        \
	X(curl_slist_free_all)

#define OTLP_JSON_FUNCTIONS(X)       \
	X(json_tokener_parse)        \
	X(json_object_object_get_ex) \
	X(json_object_get_int64)     \
	X(json_object_get_string)    \
	X(json_object_is_type)       \
	X(json_object_put)

#define OTLP_LIBRARY_MEMBER(name) __typeof__(name) *name;
struct otlp_library {
	OTLP_CURL_FUNCTIONS(OTLP_LIBRARY_MEMBER)
	OTLP_JSON_FUNCTIONS(OTLP_LIBRARY_MEMBER)
};
#undef OTLP_LIBRARY_MEMBER

/* 0; -ENOSYS: one of them is not installed. */
int otlp_library_load(struct otlp_library *ret_library);
/*
 * The file with the certificates of the authorities that TLS trusts. NULL: libcurl knows its own. A
 * static one does not: it is the first of the places where distributions have it; -ENOENT if there
 * is none. The text is static. 0 or -ENOENT.
 */
int otlp_library_authorities(const char **ret_path);
