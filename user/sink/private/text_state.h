/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the format text: what one output of it remembers of the lines before. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "explain.h"
#include "formats.h"
#include "layout.h"
#include "line_format.h"
#include "strbuf.h"

/* What was printed of groups; the oldest is forgotten first. */
#define TEXT_SEEN_MAX 512

struct text_seen {
	char group[EXPLANATION_GROUP_SIZE];
	uint64_t hash; /* of the text */
	struct timespec time;
};

struct text_state {
	/* text_time.c */
	bool has_time; /* a time was printed, so the rest is of it */
	bool has_zone;
	struct timespec time;
	int year, day; /* of the year */
	long offset;   /* of the zone, in seconds */
	/* text_seen.c */
	size_t seen_count, seen_next;
	struct text_seen seen[TEXT_SEEN_MAX];
	/* A new file has begun: what the old one said is not in it. Any thread sets it. */
	atomic_bool has_new_file;
};

/* Before an item: forgets what an earlier file said. */
void text_state_turn(const struct line_options *options);

/*
 * text_time.c: the time of a headline, as --time says. With the date if it is not that of today or
 * of the headline before; with the zone if nobody has said it yet.
 */
void text_add_headline_time(const struct line_options *options, struct timespec time,
			    struct strbuf *buf);
/* The time of another headline, in a sentence below HEADLINE: "14:03:22.117". */
void text_add_time_of(const struct line_options *options, struct timespec time,
		      struct timespec headline, struct strbuf *buf);

/*
 * text_seen.c: if this text (a stack; notes and advice) was printed for the group of INCIDENT
 * already, adds WHAT and where: "stack as in #c1a7f2 of 14:03:22.117". Else false, and from now on
 * it was.
 */
bool text_add_reference(const struct line_options *options, const struct incident *incident,
			const struct explanation *explanation, const char *what,
			const struct strbuf *text, struct layout *layout);
