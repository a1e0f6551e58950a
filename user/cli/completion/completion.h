/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The completions of bash, zsh and fish. The part of each that is the same for all options is a
 * template in this directory, and a writer for each shell adds what the table of options says.
 */
#pragma once

#include <stddef.h>

#include "option_table.h"

/*
 * Writes to stdout what belongs in place of the line "#@ MARK" of the template. 0, or -EINVAL if
 * the writer does not know MARK.
 */
typedef int completion_writer(const char *mark);

completion_writer completion_bash;
completion_writer completion_zsh;
completion_writer completion_fish;

/* Writes the words of the option's argument, or the causes, with blanks between. */
void completion_words(const struct option_spec *spec);
/* Writes all names of signals, with and without SIG. */
void completion_signals(void);
/* Writes the formats, each with AFTER behind it. */
void completion_formats(const char *after);
/* Writes what an argument of --to may be: the names, and names with a colon if they take an
 * address. */
void completion_destinations(void);
/* Writes how an argument with an address may begin: "syslog:udp://" ... */
void completion_addresses(void);
/*
 * Writes the first sentence of the text in --help, for single quotes of a shell. Characters of
 * SPECIAL get a backslash before them.
 */
void completion_help(const struct option_spec *spec, const char *special);
/* Writes the runs in which the option has an effect, with BETWEEN between: "live", "replay",
 * "check". */
void completion_runs(const struct option_spec *spec, const char *between);
