/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line while the rules look for secrets in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "event.h"

struct arguments {
	/* Arguments, each with its NUL; SIZE bytes. The last byte is a NUL. */
	const char *bytes;
	size_t size;
	bool hidden[EV_CMDLINE_MAX + 1]; /* for each byte */
};

/* Hides the bytes from START up to END, but no NUL. */
void arguments_hide(struct arguments *arguments, size_t start, size_t end);
bool arguments_begin_at(const struct arguments *arguments, size_t at);
/* The NUL that ends the argument which contains the byte AT. */
size_t arguments_end(const struct arguments *arguments, size_t at);
/*
 * The argument that contains the byte AT is a program for a shell, as in `sh -c '...'`: it has more
 * words than one.
 */
bool arguments_is_script(const struct arguments *arguments, size_t at);
/*
 * The end of the value that starts at START: that of its quotation, or of its word. A value that is
 * a whole argument, or the whole rest of one (WHOLE), ends with the argument, because it may
 * contain spaces. Outside of quotes, a word ends before one of STOPS, too.
 */
size_t arguments_value_end(const struct arguments *arguments, size_t start, bool whole,
			   const char *stops, size_t *ret_start);

/* The rules. Each hides what it finds. */
void hide_named(struct arguments *arguments);	    /* --password=x, TOKEN=x, Authorization: x */
void hide_of_programs(struct arguments *arguments); /* -pX of mysql */
void hide_shapes(struct arguments *arguments);	    /* scheme://user:x@host, ghp_x, a private key */
