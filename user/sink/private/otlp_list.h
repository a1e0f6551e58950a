/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of names and values in variables of OpenTelemetry: "key1=value1,key2=value2", as in W3C
 * Baggage. Blanks around keys and values do not count, and values are percent-encoded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct otlp_pair {
	char *key, *value; /* decoded; allocated */
};

/*
 * The next pair of *TEXT, which then begins after it. 1: there is one, which the caller frees; 0:
 * the end; -EINVAL: this one has no key, no '=', or a wrong %XX; a NUL counts as wrong; -ENOMEM.
 */
int otlp_next_pair(const char **text, struct otlp_pair *ret_pair);
void otlp_pair_free(struct otlp_pair *pair);

/* True if both can be sent as a header: KEY is a token (RFC 9110), VALUE has no control character. */
bool otlp_is_header(const struct otlp_pair *pair);
