// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of known programs whose name does not say that their value is a secret: -pX of mysql. */
#include "arguments.h"

#include <ctype.h>
#include <string.h>

#include "units.h"

enum form {
	NEXT = 1,     /* -p X */
	ATTACHED = 2, /* -pX */
	BOTH = NEXT | ATTACHED,
};

static const struct option {
	const char *program; /* a pattern for its name without its directory */
	const char *name;
	enum form form;
	char after;	  /* the secret is behind this byte of the value; 0: all of the value */
	const char *verb; /* only behind this word; NULL: always */
} options[] = {
	{ "mysql*", "-p", ATTACHED, 0, NULL },
	{ "mariadb*", "-p", ATTACHED, 0, NULL },
	{ "mongo*", "-p", BOTH, 0, NULL },
	{ "redis-cli", "-a", NEXT, 0, NULL },
	{ "valkey-cli", "-a", NEXT, 0, NULL },
	{ "sqlcmd", "-P", BOTH, 0, NULL },
	{ "bcp", "-P", BOTH, 0, NULL },
	{ "isql", "-P", BOTH, 0, NULL },
	{ "sshpass", "-p", BOTH, 0, NULL },
	{ "curl", "-u", BOTH, ':', NULL },
	{ "curl", "-U", BOTH, ':', NULL },
	{ "curl", "-E", BOTH, ':', NULL },
	{ "curl", "-b", BOTH, 0, NULL },
	{ "curl", "--user", NEXT, ':', NULL },
	{ "curl", "--user=", ATTACHED, ':', NULL },
	{ "curl", "--proxy-user", NEXT, ':', NULL },
	{ "curl", "--proxy-user=", ATTACHED, ':', NULL },
	{ "curl", "--cert", NEXT, ':', NULL },
	{ "http", "-a", BOTH, ':', NULL },
	{ "https", "-a", BOTH, ':', NULL },
	{ "docker", "-p", BOTH, 0, "login" },
	{ "podman", "-p", BOTH, 0, "login" },
	{ "nerdctl", "-p", BOTH, 0, "login" },
	{ "buildah", "-p", BOTH, 0, "login" },
	{ "skopeo", "-p", BOTH, 0, "login" },
	{ "skopeo", "--creds", NEXT, ':', NULL },
	{ "podman", "--creds", NEXT, ':', NULL },
	{ "oc", "-p", BOTH, 0, "login" },
	{ "az", "-p", NEXT, 0, "login" },
	{ "ldap*", "-w", BOTH, 0, NULL },
	{ "ldappasswd", "-a", BOTH, 0, NULL },
	{ "ldappasswd", "-s", BOTH, 0, NULL },
	{ "smbclient", "-U", BOTH, '%', NULL },
	{ "rpcclient", "-U", BOTH, '%', NULL },
	{ "net", "-U", BOTH, '%', NULL },
	{ "smbclient", "--user=", ATTACHED, '%', NULL },
	{ "mosquitto_*", "-P", NEXT, 0, NULL },
	{ "snmp*", "-c", BOTH, 0, NULL },
	{ "snmp*", "-A", BOTH, 0, NULL },
	{ "snmp*", "-X", BOTH, 0, NULL },
	{ "ipmitool", "-P", BOTH, 0, NULL },
	{ "openssl", "-k", NEXT, 0, NULL },
	{ "openssl", "-K", NEXT, 0, NULL },
	{ "zip", "-P", BOTH, 0, NULL },
	{ "unzip", "-P", BOTH, 0, NULL },
	{ "7z*", "-p", ATTACHED, 0, NULL },
	{ "rar", "-p", ATTACHED, 0, NULL },
	{ "rar", "-hp", ATTACHED, 0, NULL },
	{ "unrar", "-p", ATTACHED, 0, NULL },
	{ "xfreerdp*", "/p:", ATTACHED, 0, NULL },
	{ "rdesktop", "-p", BOTH, 0, NULL },
};

#define BETWEEN " \t\r\n\"'|;&()<>`" /* words of a program for a shell */

struct word {
	size_t start, end;
	bool is_argument; /* the whole argument */
};

/* The last program before the word; a row of `options` for each of its options. */
struct program {
	bool is_row[ARRAY_SIZE(options)];
	bool has_verb[ARRAY_SIZE(options)]; /* the row's word came after the program */
};

static bool find_word(const struct arguments *arguments, size_t from, struct word *ret_word)
{
	const char *bytes = arguments->bytes;
	size_t start = from;

	while (start < arguments->size && (!bytes[start] || strchr(BETWEEN, bytes[start])))
		start++;
	if (start >= arguments->size)
		return false;
	ret_word->start = start;
	ret_word->end = start + strcspn(bytes + start, BETWEEN);
	ret_word->is_argument = arguments_begin_at(arguments, start) &&
				!arguments_is_script(arguments, start);
	/* An argument may contain spaces, and the value of an option does. */
	if (ret_word->is_argument && bytes[start] == '-')
		ret_word->end = arguments_end(arguments, start);
	return true;
}

/* PATTERN is a name, or the start of a name and "*". */
static bool matches(const char *pattern, const char *name, size_t length)
{
	size_t fixed = strcspn(pattern, "*");

	return (pattern[fixed] ? length >= fixed : length == fixed) &&
	       !strncmp(pattern, name, fixed);
}

static bool is_word(const struct arguments *arguments, const struct word *word, const char *text)
{
	return matches(text, arguments->bytes + word->start, word->end - word->start);
}

/* Whether WORD is the name of a program of the table, which then is the PROGRAM. */
static bool take_program(const struct arguments *arguments, const struct word *word,
			 struct program *program)
{
	const char *start = arguments->bytes + word->start;
	const char *slash = memrchr(start, '/', word->end - word->start);
	const char *leaf = slash ? slash + 1 : start;
	struct program found = { 0 };
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		found.is_row[i] =
			matches(options[i].program, leaf, arguments->bytes + word->end - leaf);
		known |= found.is_row[i];
	}
	if (known)
		*program = found;
	return known;
}

/* -p, and -xp: the last of several letters takes the value. */
static bool is_option(const char *text, size_t length, const char *name)
{
	if (length == strlen(name) && !strncmp(text, name, length))
		return true;
	if (strlen(name) != 2 || length < 2 || text[0] != '-' || text[length - 1] != name[1])
		return false;
	for (size_t i = 1; i < length; i++)
		if (!isalpha((unsigned char)text[i]))
			return false;
	return true;
}

static void hide_value(struct arguments *arguments, const struct option *option, size_t start,
		       size_t end)
{
	const char *sign;

	if (option->after) {
		sign = memchr(arguments->bytes + start, option->after, end - start);
		start = sign ? (size_t)(sign + 1 - arguments->bytes) : end;
	}
	arguments_hide(arguments, start, end);
}

static void hide_option(struct arguments *arguments, const struct option *option,
			const struct word *word)
{
	const char *text = arguments->bytes + word->start;
	size_t length = word->end - word->start, name = strlen(option->name), start, end;

	if (option->form & ATTACHED && length >= name && !strncmp(text, option->name, name)) {
		/* In a script the value may be quoted: -p'a b'. */
		end = arguments_value_end(arguments, word->start + name, word->is_argument, ";|&",
					  &start);
		hide_value(arguments, option, start, end);
	}
	if (!(option->form & NEXT) || !is_option(text, length, option->name))
		return;
	start = word->end;
	if (word->is_argument && start + 1 < arguments->size)
		start++;
	else
		start += strspn(arguments->bytes + start, " \t");
	end = arguments_value_end(arguments, start, word->is_argument, ";|&", &start);
	hide_value(arguments, option, start, end);
}

void hide_of_programs(struct arguments *arguments)
{
	struct program program = { 0 };
	struct word word = { 0 };

	while (find_word(arguments, word.end, &word)) {
		if (take_program(arguments, &word, &program))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
			if (!program.is_row[i])
				continue;
			if (options[i].verb && is_word(arguments, &word, options[i].verb))
				program.has_verb[i] = true;
			if (!options[i].verb || program.has_verb[i])
				hide_option(arguments, &options[i], &word);
		}
	}
}
