// SPDX-License-Identifier: GPL-2.0-or-later
/* Values that have the name of a secret: --password=x, --token x, API_KEY=x, "Cookie: x". */
#include "arguments.h"

#include <ctype.h>
#include <string.h>

#include "units.h"

/*
 * What such a name ends with, compared without case and without "-", "_" and ".". So
 * --password-file and TOKEN_TTL are no secrets.
 */
static const char *const endings[] = {
	"password",	 "passwd",	  "passphrase", "passcode",   "secret",	    "token",
	"apikey",	 "accesskey",	  "secretkey",	"privatekey", "accountkey", "authkey",
	"signingkey",	 "encryptionkey", "sharedkey",	"masterkey",  "credential", "credentials",
	"authorization", "cookie",	  "bearer",	"signature",  "sessionid",  "fromliteral",
};

/* The same for short ones, which must be words of their own: db-pass, dbPass, but not bypass. */
static const char *const words[] = { "pass", "pwd", "pw", "psk", "jwt", "otp", "auth", "sig" };

/* Headers of HTTP: their value has several words. */
static const char *const headers[] = { "authorization", "cookie" };

#define NAME_MAX_LENGTH 64 /* only the end of a longer name is looked at */

struct name {
	size_t start, end; /* in the bytes of the command line, without the "-" before it */
	bool is_option;	   /* it has a "-" before it */
	bool is_first;	   /* it begins an argument */
};

static bool is_separator(char byte)
{
	return byte == '-' || byte == '_' || byte == '.';
}

static bool is_of_name(char byte)
{
	return isalnum((unsigned char)byte) || is_separator(byte);
}

/* Whether a word begins at AT, inside of the name that begins at START. */
static bool begins_word(const char *bytes, size_t start, size_t at)
{
	return at == start || is_separator(bytes[at - 1]) ||
	       (isupper((unsigned char)bytes[at]) && !isupper((unsigned char)bytes[at - 1]));
}

/* Whether NAME ends with the word END; RET_AT is where the word begins. */
static bool ends_with(const char *bytes, const struct name *name, const char *end, size_t *ret_at)
{
	size_t left = strlen(end), at = name->end;

	while (left) {
		if (at == name->start || name->end - at > NAME_MAX_LENGTH)
			return false;
		at--;
		if (is_separator(bytes[at]))
			continue;
		if (tolower((unsigned char)bytes[at]) != end[--left])
			return false;
	}
	*ret_at = at;
	return true;
}

static bool is_secret(const char *bytes, const struct name *name)
{
	size_t at;

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (ends_with(bytes, name, endings[i], &at))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (ends_with(bytes, name, words[i], &at) && begins_word(bytes, name->start, at))
			return true;
	return false;
}

static bool is_header(const char *bytes, const struct name *name)
{
	size_t at;

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (ends_with(bytes, name, headers[i], &at))
			return true;
	return false;
}

/* The next option, and not the value of the one before it: --host, -h. */
static bool is_option(const char *text)
{
	if (text[0] != '-')
		return false;
	if (text[1] == '-')
		return isalpha((unsigned char)text[2]);
	return isalnum((unsigned char)text[1]) && (!text[2] || isspace((unsigned char)text[2]));
}

static size_t skip_spaces(const char *bytes, size_t at)
{
	while (bytes[at] == ' ' || bytes[at] == '\t')
		at++;
	return at;
}

/* The end of a header's value that starts at START: that of the quotation or of the line. */
static size_t header_end(const struct arguments *arguments, const struct name *name, size_t start)
{
	char before = name->start ? arguments->bytes[name->start - 1] : '\0';
	bool quoted = before == '"' || before == '\'' ||
		      arguments_is_script(arguments, name->start);

	return start + strcspn(arguments->bytes + start, quoted ? "\"'\r\n" : "\r\n");
}

/* The value that follows NAME and "=" or ":". False: there is none. */
static bool find_after_sign(const struct arguments *arguments, const struct name *name,
			    size_t *ret_start, size_t *ret_end)
{
	const char *bytes = arguments->bytes;
	size_t after_quote = name->end, at, start;
	bool whole, header;

	if (bytes[after_quote] == '\\')
		after_quote++;
	if (bytes[after_quote] == '"' || bytes[after_quote] == '\'')
		after_quote++;
	at = skip_spaces(bytes, after_quote);
	if ((bytes[at] != '=' && bytes[at] != ':') || !strncmp(bytes + at, "://", 3))
		return false;
	header = bytes[at] == ':' && is_header(bytes, name);
	/* `TOKEN= make` of a shell has an empty value. */
	start = bytes[at] == ':' || at > after_quote ? skip_spaces(bytes, at + 1) : at + 1;
	whole = name->is_first && !arguments_is_script(arguments, name->start);
	*ret_end = arguments_value_end(arguments, start, whole, "&;", ret_start);
	if (header && !whole)
		*ret_end = header_end(arguments, name, start);
	return *ret_end > *ret_start;
}

/* The value of the option NAME that is the next word. False: there is none. */
static bool find_next_word(const struct arguments *arguments, const struct name *name,
			   size_t *ret_start, size_t *ret_end)
{
	const char *bytes = arguments->bytes;
	size_t start = name->end;

	if (!name->is_option)
		return false;
	if (!bytes[start] && start + 1 < arguments->size)
		start++;
	else
		start = skip_spaces(bytes, start);
	if (start == name->end || is_option(bytes + start))
		return false;
	*ret_end = arguments_value_end(arguments, start, !bytes[name->end], ";|&", ret_start);
	return *ret_end > *ret_start;
}

void hide_named(struct arguments *arguments)
{
	const char *bytes = arguments->bytes;
	size_t at = 0, start, end;

	while (at < arguments->size) {
		struct name name = { .is_first = arguments_begin_at(arguments, at) };

		while (bytes[at] == '-') {
			name.is_option = true;
			at++;
		}
		name.start = at;
		while (is_of_name(bytes[at]))
			at++;
		name.end = at;
		if (name.end > name.start && is_secret(bytes, &name) &&
		    (find_after_sign(arguments, &name, &start, &end) ||
		     find_next_word(arguments, &name, &start, &end)))
			arguments_hide(arguments, start, end);
		at++;
	}
}
