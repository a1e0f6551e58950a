// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads libcurl and json-c. They stay loaded to the end. */
#include "otlp_library.h"

#include <dlfcn.h>
#include <errno.h>

#define LIBCURL "libcurl.so.4"
#define LIBJSON "libjson-c.so.5"

int otlp_library_load(struct otlp_library *ret_library)
{
	void *curl = dlopen(LIBCURL, RTLD_NOW | RTLD_LOCAL);
	void *json = dlopen(LIBJSON, RTLD_NOW | RTLD_LOCAL);
	void *from = curl;

	if (!curl || !json)
		return -ENOSYS;
#define TAKE(name)                                                  \
	ret_library->name = (__typeof__(name) *)dlsym(from, #name); \
	if (!ret_library->name)                                     \
		return -ENOSYS;
	OTLP_CURL_FUNCTIONS(TAKE)
	from = json;
	OTLP_JSON_FUNCTIONS(TAKE)
#undef TAKE
	return 0;
}

int otlp_library_authorities(const char **ret_path)
{
	*ret_path = NULL;
	return 0;
}
