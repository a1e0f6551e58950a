// SPDX-License-Identifier: GPL-2.0-or-later
/* libcurl and json-c in a static sigpath. */
#include "otlp_library.h"

#include <errno.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <nss.h>
#endif

#include "units.h"

int otlp_library_load(struct otlp_library *ret_library)
{
#define TAKE(name) ret_library->name = name;
	OTLP_CURL_FUNCTIONS(TAKE)
	OTLP_JSON_FUNCTIONS(TAKE)
#undef TAKE
#ifdef __GLIBC__
	/* Others are plugins, which bring the C library of the machine with them. */
	__nss_configure_lookup("hosts", "files dns");
#endif
	return 0;
}

int otlp_library_authorities(const char **ret_path)
{
	/* docs/logs.md has this list, too. */
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Arch, Alpine */
		"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* newer ones of them */
		"/etc/ssl/ca-bundle.pem",			     /* openSUSE */
		"/etc/ssl/cert.pem", /* Alpine without ca-certificates */
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (!access(places[i], R_OK)) {
			*ret_path = places[i];
			return 0;
		}
	return -ENOENT;
}
