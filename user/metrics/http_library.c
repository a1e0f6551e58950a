// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads libmicrohttpd. It stays loaded to the end. */
#include "http_library.h"

#include <dlfcn.h>
#include <errno.h>

#define LIBRARY "libmicrohttpd.so.12"

int http_library_load(struct http_library *ret_library, struct strbuf *why)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	void *symbol;

	if (!library) {
		strbuf_printf(why, "a server needs libmicrohttpd (%s)", dlerror());
		return -ELIBACC;
	}
#define TAKE(name)                                                                       \
	symbol = dlsym(library, #name);                                                  \
	if (!symbol) {                                                                   \
		strbuf_add_text(why, "a server needs a newer libmicrohttpd: no " #name); \
		return -ELIBACC;                                                         \
	}                                                                                \
	ret_library->name = (__typeof__(name) *)symbol;
	HTTP_LIBRARY_FUNCTIONS(TAKE)
#undef TAKE
	return 0;
}
