/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row per option: what it is called, what it says in --help, how its argument is read and where
 * the value goes. Everything that knows the options (parser, --help, completion, tests) reads this
 * table.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "strbuf.h"

enum option_group { GROUP_WATCH, GROUP_SELECT, GROUP_STOP, GROUP_OUTPUT, GROUP_OTHER };

/* What a shell may offer for the argument. */
enum option_completion {
	COMPLETE_NOTHING,
	COMPLETE_WORDS,
	COMPLETE_FILE,
	COMPLETE_DIRECTORY,
	COMPLETE_PID,
	COMPLETE_USER,
	COMPLETE_SIGNAL,
};

/* A list of these ends with a NULL word. */
struct option_word {
	const char *word;
	unsigned int value;
};

struct option_spec;

/*
 * Reads TEXT (NULL for an option without argument) into the field of RET_OPTIONS. 0; or -EINVAL
 * with WHY holding what is wrong, as it reads behind "option --name: ".
 */
typedef int option_parser(const struct option_spec *spec, const char *text,
			  struct options *ret_options, struct strbuf *why);

struct option_spec {
	const char *name;
	char letter;	      /* 0: long form only */
	const char *argument; /* name of the argument; NULL: takes none */
	const char *help;
	enum option_group group;
	option_parser *parse;
	size_t offset; /* of the field in struct options */
	enum option_completion completion;
	bool list;			 /* the argument is a comma-separated list */
	const struct option_word *words; /* all that the argument may say; NULL: other things */
};

extern const struct option_spec option_table[];
extern const size_t option_count;

/* Generic: the field is a bool, a string, a uint64_t or an enum, as the name says. */
option_parser parse_flag;
option_parser parse_text;
option_parser parse_count;
option_parser parse_duration;
option_parser parse_choice;
/* Adds bit `value` of each word to a uint32_t. */
option_parser parse_set;

/* Of one option each; they know their fields. */
option_parser parse_pids;
option_parser parse_tid;
option_parser parse_user;
option_parser parse_comm;
option_parser parse_signals;
option_parser parse_buffer_size;
option_parser parse_stack_size;
option_parser parse_burst;

/* Adds 'WORD', escaped and quoted, and the text to WHY. Returns -EINVAL. */
int parse_refuse(struct strbuf *why, const char *word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Reads a decimal number without sign or blanks. 0, -EINVAL, or -ERANGE beyond 64 bits. */
int parse_number(const char *text, uint64_t *ret_number);
/* Calls TAKE for each item of the comma-separated TEXT until one fails. */
int parse_items(const struct option_spec *spec, const char *text, struct options *ret_options,
		struct strbuf *why, option_parser *take);
