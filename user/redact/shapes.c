// SPDX-License-Identifier: GPL-2.0-or-later
/* Secrets that show by their own form, whatever stands before them. */
#include "arguments.h"

#include <ctype.h>
#include <string.h>

#include "units.h"

/* What the issuers of tokens begin them with, and the fewest bytes of one. */
static const struct {
	const char *prefix;
	size_t length_min;
} tokens[] = {
	{ "ghp_", 20 },	   { "gho_", 20 },	  { "ghu_", 20 },     { "ghs_", 20 },
	{ "ghr_", 20 },	   { "github_pat_", 20 }, { "glpat-", 20 },   { "gldt-", 20 },
	{ "xoxa-", 15 },   { "xoxb-", 15 },	  { "xoxp-", 15 },    { "xoxs-", 15 },
	{ "hvs.", 20 },	   { "hvb.", 20 },	  { "npm_", 20 },     { "pypi-", 20 },
	{ "dop_v1_", 20 }, { "AIza", 35 },	  { "sk_live_", 20 }, { "rk_live_", 20 },
	{ "sk-", 30 },	   { "SG.", 40 },	  { "eyJ", 30 },      { "AGE-SECRET-KEY-", 30 },
};

/* What names the scheme of the word after it in a header of HTTP. */
static const char *const schemes[] = { "bearer", "basic" };

#define CREDENTIAL_MIN 8 /* bytes after a scheme: "basic auth" is no secret */

static size_t token_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) ||
	       (text[length] && strchr("._~+/=-", text[length])))
		length++;
	return length;
}

static void hide_token(struct arguments *arguments, size_t at)
{
	size_t length = token_length(arguments->bytes + at);

	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++)
		if (length >= tokens[i].length_min &&
		    !strncmp(arguments->bytes + at, tokens[i].prefix, strlen(tokens[i].prefix)))
			arguments_hide(arguments, at, at + length);
}

static void hide_credential(struct arguments *arguments, size_t at)
{
	const char *text = arguments->bytes + at;

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t word = strlen(schemes[i]), length;

		if (strncasecmp(text, schemes[i], word) || text[word] != ' ')
			continue;
		length = token_length(text + word + 1);
		if (length >= CREDENTIAL_MIN)
			arguments_hide(arguments, at + word + 1, at + word + 1 + length);
	}
}

/*
 * In "//user:password@host". A password may contain "@", and "/" if it is not written as the
 * standard wants it; a colon and digits before a "/" are a port.
 */
static void hide_in_url(struct arguments *arguments, size_t at)
{
	const char *start = arguments->bytes + at + strlen("://");
	size_t length = strcspn(start, " \t\r\n\"'<>|"), authority = strcspn(start, "/?#");
	const char *colon = memchr(start, ':', length), *end;

	if (!colon)
		return;
	if (authority > length)
		authority = length;
	end = memrchr(start, '@', authority);
	if (!end && colon < start + authority &&
	    strspn(colon + 1, "0123456789") < (size_t)(start + authority - colon - 1))
		end = memrchr(colon, '@', start + length - colon);
	if (end && colon < end)
		arguments_hide(arguments, colon + 1 - arguments->bytes, end - arguments->bytes);
}

static void hide_private_key(struct arguments *arguments, size_t at)
{
	const char *text = arguments->bytes + at;
	size_t line = strcspn(text, "\r\n");

	if (memmem(text, line, "PRIVATE KEY", strlen("PRIVATE KEY")))
		arguments_hide(arguments, at, arguments_end(arguments, at));
}

void hide_shapes(struct arguments *arguments)
{
	const char *bytes = arguments->bytes;

	for (size_t at = 0; at < arguments->size; at++) {
		if (!at || !isalnum((unsigned char)bytes[at - 1])) {
			hide_token(arguments, at);
			hide_credential(arguments, at);
		}
		if (!strncmp(bytes + at, "://", 3))
			hide_in_url(arguments, at);
		else if (!strncmp(bytes + at, "-----BEGIN ", 11))
			hide_private_key(arguments, at);
	}
}
