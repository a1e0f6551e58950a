/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row per option: its name, its text in --help, the runs in which it has an effect, how its
 * argument is read and where the value goes. The parser, --help, the completion and the tests all
 * read this table.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats.h"
#include "options.h"
#include "strbuf.h"

#define OPTION_ROWS_MAX 64

enum option_group { GROUP_WATCH, GROUP_SELECT, GROUP_STOP, GROUP_OUTPUT, GROUP_OTHER };

/* The runs in which an option has an effect; in any other run it is refused. */
enum option_run {
	RUN_LIVE = 1,
	RUN_REPLAY = 2, /* -r */
	RUN_CHECK = 4,
	RUN_ANY = RUN_LIVE | RUN_REPLAY | RUN_CHECK,
};

/* What a shell may offer for the argument. */
enum option_completion {
	COMPLETE_NOTHING,
	COMPLETE_WORDS,
	COMPLETE_CAUSE,
	COMPLETE_FILE,
	COMPLETE_OUTPUT,
	COMPLETE_DIRECTORY,
	COMPLETE_PID,
	COMPLETE_COMM,
	COMPLETE_DESTINATION,
	COMPLETE_USER,
	COMPLETE_SIGNAL,
};

/* The words of a choice, up to a NULL word. The first one is the default. */
struct option_word {
	const char *word;
	unsigned int value;
};

struct option_spec;

/*
 * Reads TEXT (NULL for an option without argument) into the field of RET_OPTIONS. 0; or -EINVAL
 * with the error in WHY, as it reads after "option --name: ".
 */
typedef int option_parser(const struct option_spec *spec, const char *text,
			  struct options *ret_options, struct strbuf *why);

struct option_spec {
	const char *name;
	char letter;	      /* 0: long form only */
	const char *argument; /* name of the argument; NULL: takes none */
	const char *help;
	enum option_group group;
	unsigned int runs; /* enum option_run */
	option_parser *parse;
	size_t offset; /* of the field in struct options */
	enum option_completion completion;
	bool list;    /* the argument is a comma-separated list; the option may be repeated */
	bool negates; /* an item of the list may have a '!' before it */
	bool repeats; /* it is no list, and may be repeated: in a configuration file too */
	bool rereads; /* SIGHUP changes it in a running trace, as the configuration file says */
	/* All words that the argument may be; both NULL: any text. Read them with option_word(). */
	const struct option_word *words;
	const char *(*word_at)(size_t index);
};

extern const struct option_spec option_table[];
extern const size_t option_count;

/* Word INDEX of the argument; NULL behind the last. */
const char *option_word(const struct option_spec *spec, size_t index);

/* The name that TYPED may be meant to be; NULL: no name is near. */
const char *option_nearest(const char *typed);

/* Generic: the field is a bool, a string, a uint64_t or an enum, as the name says. */
option_parser parse_flag;
option_parser parse_text;
option_parser parse_count;
option_parser parse_duration;
option_parser parse_choice;
/* Adds bit N + 1 for word N of the list to a uint32_t: the enums of event.h begin with 1. */
option_parser parse_set;

/* Of one option each; they know their fields. */
option_parser parse_pids;
option_parser parse_tid;
option_parser parse_user;
option_parser parse_run_as;
option_parser parse_signals;
option_parser parse_names; /* into a struct options_names */
option_parser parse_comms; /* the same, of names that the kernel can keep */
option_parser parse_peers;
option_parser parse_classes;
option_parser parse_severity;
option_parser parse_fail_on;
option_parser parse_buffer_size;
option_parser parse_stack_size;
option_parser parse_stack_depth;
option_parser parse_burst;
option_parser parse_rate;
option_parser parse_output;
option_parser parse_output_mode;
option_parser parse_destination;
option_parser parse_rotate_size;
option_parser parse_rotate_time;
option_parser parse_rotate_keep;
option_parser parse_metrics;
option_parser parse_format;

/*
 * Once all options are known: gives --format's format to the outputs that have none of their own.
 * Returns an output of another format if no output has --format's, else NULL.
 */
const struct options_output *outputs_settle(struct options *options);

/* Word INDEX of --fail-on; NULL behind the last. */
const char *fail_on_word(size_t index);

/* The name of row INDEX of the signals, without SIG; NULL behind the last. */
const char *signal_name(size_t index);

/* Adds 'WORD', escaped and quoted, and the text to WHY. Returns -EINVAL. */
int parse_refuse(struct strbuf *why, const char *word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same: 'WORD': expected the text. */
int parse_expect(struct strbuf *why, const char *word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Says which words SPEC expects, and which of them TEXT may be meant to be. Returns -EINVAL. */
int parse_refuse_word(const struct option_spec *spec, const char *text, struct strbuf *why);
/* Reads a decimal number without sign or blanks. 0, -EINVAL, or -ERANGE beyond 64 bits. */
int parse_number(const char *text, uint64_t *ret_number);
/* Bytes: 65536, 512K, 2M, 1G. -EINVAL if TEXT is not a size, -ERANGE if it is too large. */
int parse_size(const char *text, uint64_t *ret_size);
/* Calls TAKE for each item of the comma-separated TEXT until one fails. */
int parse_items(const struct option_spec *spec, const char *text, struct options *ret_options,
		struct strbuf *why, option_parser *take);
