/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to the user on stderr, each with the prefix "sigpath: ". Inner stages do not log. */
#pragma once

enum log_level {
	LOG_ERROR,   /* always */
	LOG_WARNING, /* always */
	LOG_NOTICE,  /* not with -q */
	LOG_DEBUG,   /* with -v */
};

void log_set_level(enum log_level most_verbose);
enum log_level log_get_level(void);
void log_message(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Whole lines, without the prefix: a table. */
void log_block(enum log_level level, const char *lines);

#define log_error(...) log_message(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_message(LOG_NOTICE, __VA_ARGS__)
#define log_debug(...) log_message(LOG_DEBUG, __VA_ARGS__)
