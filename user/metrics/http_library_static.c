// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libmicrohttpd in a static sigpath. The archive refers to gnutls, whose archive needs p11-kit,
 * which has none in Debian. sigpath never asks for TLS. So what follows stands for gnutls: only the
 * first two functions are called, at the start and at the end of the program.
 */
#include "http_library.h"

#include <stdlib.h>

int http_library_load(struct http_library *ret_library, struct strbuf *why)
{
#define TAKE(name) ret_library->name = name;
	HTTP_LIBRARY_FUNCTIONS(TAKE)
#undef TAKE
	return 0;
}

int gnutls_global_init(void);
void gnutls_global_deinit(void);

int gnutls_global_init(void)
{
	return 0;
}

void gnutls_global_deinit(void)
{
}

#define ABSENT(name)     \
	void name(void); \
	void name(void)  \
	{                \
		abort(); \
	}
/*
 * A file with ABSENT() of each name that the archive refers to: CMakeLists.txt has asked nm. Only a
 * static build has it.
 */
#ifdef ABSENT_GNUTLS
#include ABSENT_GNUTLS
#endif
