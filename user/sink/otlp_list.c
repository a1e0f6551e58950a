// SPDX-License-Identifier: GPL-2.0-or-later
#include "otlp_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

/* BEGIN to END without the blanks around. */
static void trim(const char **begin, const char **end)
{
	while (*begin < *end && strchr(BLANKS, **begin))
		++*begin;
	while (*begin < *end && strchr(BLANKS, (*end)[-1]))
		--*end;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int decode(const char *begin, const char *end, char **ret_text)
{
	char *text = malloc((size_t)(end - begin) + 1), *at = text;

	if (!text)
		return -ENOMEM;
	for (; begin < end; begin++) {
		int high, low;

		if (*begin != '%') {
			*at++ = *begin;
			continue;
		}
		high = end - begin > 2 ? digit(begin[1]) : -1;
		low = end - begin > 2 ? digit(begin[2]) : -1;
		if (high < 0 || low < 0 || !(high | low)) {
			free(text);
			return -EINVAL;
		}
		*at++ = (char)(high << 4 | low);
		begin += 2;
	}
	*at = '\0';
	*ret_text = text;
	return 0;
}

static int read_pair(const char *begin, const char *end, struct otlp_pair *ret_pair)
{
	const char *equals = memchr(begin, '=', (size_t)(end - begin));
	const char *key_end = equals, *value;
	int error;

	if (!equals)
		return -EINVAL;
	value = equals + 1;
	trim(&begin, &key_end);
	trim(&value, &end);
	if (begin == key_end)
		return -EINVAL;
	error = decode(value, end, &ret_pair->value);
	if (error)
		return error;
	ret_pair->key = strndup(begin, (size_t)(key_end - begin));
	if (ret_pair->key)
		return 1;
	free(ret_pair->value);
	return -ENOMEM;
}

int otlp_next_pair(const char **text, struct otlp_pair *ret_pair)
{
	while (**text) {
		const char *begin = *text, *end = begin + strcspn(begin, ",");

		*text = *end ? end + 1 : end;
		trim(&begin, &end);
		if (begin < end)
			return read_pair(begin, end, ret_pair);
	}
	return 0;
}

void otlp_pair_free(struct otlp_pair *pair)
{
	free(pair->key);
	free(pair->value);
	*pair = (struct otlp_pair){ 0 };
}

bool otlp_is_header(const struct otlp_pair *pair)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (pair->key[strspn(pair->key, token)])
		return false;
	for (const char *at = pair->value; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	return true;
}
