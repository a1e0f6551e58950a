// SPDX-License-Identifier: GPL-2.0-or-later
/* A static program cannot load libcurl: it would load the C library of the machine beside its own. */
#include <errno.h>

#include "otlp_http.h"

const char otlp_http_missing[] = "a static sigpath cannot load libcurl";

int otlp_http_new(const struct otlp_settings *settings, struct otlp_http **ret_http)
{
	return -ENOSYS;
}

void otlp_http_free(struct otlp_http *http)
{
}

int otlp_http_begin(struct otlp_http *http, const char *body, size_t size)
{
	return -ENOSYS;
}

bool otlp_http_wait(struct otlp_http *http, int fd, int timeout_ms, struct otlp_answer *ret_answer)
{
	return false;
}
