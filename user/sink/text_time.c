// SPDX-License-Identifier: GPL-2.0-or-later
/* Times in text: --time. */
#include <inttypes.h>
#include <stdlib.h>

#include "duration.h"
#include "line_format.h"
#include "text_state.h"
#include "units.h"

#define SECONDS_PER_DAY 86400

static bool split(enum text_time mode, time_t seconds, struct tm *ret_parts)
{
	return mode == TEXT_TIME_UTC ? gmtime_r(&seconds, ret_parts)
				     : localtime_r(&seconds, ret_parts);
}

/* 14:03:22.117 */
static void add_clock(const struct tm *parts, struct timespec time, struct strbuf *buf)
{
	strbuf_printf(buf, "%02d:%02d:%02d.%03ld", parts->tm_hour, parts->tm_min, parts->tm_sec,
		      time.tv_nsec / 1000000);
}

/* 2026-11-21 */
static void add_date(const struct tm *parts, struct strbuf *buf)
{
	strbuf_printf(buf, "%04d-%02d-%02d", parts->tm_year + 1900, parts->tm_mon + 1,
		      parts->tm_mday);
}

/* +05:30 */
static void add_zone(const struct tm *parts, struct strbuf *buf)
{
	long minutes = labs(parts->tm_gmtoff) / 60;

	strbuf_printf(buf, "%c%02ld:%02ld", parts->tm_gmtoff < 0 ? '-' : '+', minutes / 60,
		      minutes % 60);
}

static void add_epoch(struct timespec time, struct strbuf *buf)
{
	strbuf_printf(buf, "%" PRId64 ".%06ld", (int64_t)time.tv_sec, time.tv_nsec / 1000);
}

static bool is_today(enum text_time mode, const struct tm *parts)
{
	struct tm today;

	return split(mode, time(NULL), &today) && today.tm_year == parts->tm_year &&
	       today.tm_yday == parts->tm_yday;
}

/*
 * What is read later needs the date everywhere: files, and what comes from a file. A terminal needs
 * it where the day is another one than that of the reader, or of the line above.
 */
static bool wants_date(const struct line_options *options, const struct tm *parts)
{
	const struct text_state *state = options->state;

	if (!state || !options->is_terminal || options->text.is_replay)
		return true;
	if (state->has_time && (state->year != parts->tm_year || state->day != parts->tm_yday))
		return true;
	return !is_today(options->text.time, parts);
}

static bool wants_zone(const struct line_options *options, const struct tm *parts)
{
	const struct text_state *state = options->state;

	return !state || !state->has_zone || state->offset != parts->tm_gmtoff;
}

static void remember(const struct line_options *options, struct timespec time,
		     const struct tm *parts)
{
	struct text_state *state = options->state;

	if (!state)
		return;
	state->has_time = true;
	state->has_zone = true;
	state->time = time;
	state->year = parts->tm_year;
	state->day = parts->tm_yday;
	state->offset = parts->tm_gmtoff;
}

/* +20.5 ms */
static void add_delta(struct timespec from, struct timespec to, struct strbuf *buf)
{
	int64_t ns = (to.tv_sec - from.tv_sec) * (int64_t)NSEC_PER_SEC + to.tv_nsec - from.tv_nsec;
	char text[DURATION_SIZE];

	strbuf_printf(buf, "%c%s", ns < 0 ? '-' : '+',
		      duration_text((uint64_t)llabs(ns), DURATION_FINE, text));
}

/* 14:03:22 */
static void add_seconds(const struct tm *parts, struct strbuf *buf)
{
	strbuf_printf(buf, "%02d:%02d:%02d", parts->tm_hour, parts->tm_min, parts->tm_sec);
}

static void add_full(const struct line_options *options, struct timespec time,
		     const struct tm *parts, struct strbuf *buf)
{
	if (wants_date(options, parts)) {
		add_date(parts, buf);
		strbuf_add_text(buf, " ");
	}
	add_clock(parts, time, buf);
	if (wants_zone(options, parts)) {
		strbuf_add_text(buf, " ");
		add_zone(parts, buf);
	}
}

static void add_iso(const struct tm *parts, struct timespec time, struct strbuf *buf)
{
	add_date(parts, buf);
	strbuf_add_text(buf, "T");
	add_clock(parts, time, buf);
	add_zone(parts, buf);
}

void text_add_headline_time(const struct line_options *options, struct timespec time,
			    struct strbuf *buf)
{
	const struct text_state *state = options->state;
	enum text_time mode = options->text.time;
	struct tm parts;

	/* A capture can have a year that no calendar has. */
	if (!split(mode, time.tv_sec, &parts)) {
		add_epoch(time, buf);
		return;
	}
	if (mode == TEXT_TIME_EPOCH)
		add_epoch(time, buf);
	else if (mode == TEXT_TIME_ISO)
		add_iso(&parts, time, buf);
	else if (mode == TEXT_TIME_DELTA && state && state->has_time)
		add_delta(state->time, time, buf);
	else
		add_full(options, time, &parts, buf);
	remember(options, time, &parts);
}

void text_add_time_of(const struct line_options *options, struct timespec time,
		      struct timespec headline, struct strbuf *buf)
{
	enum text_time mode = options->text.time;
	struct tm parts, other;

	if (mode == TEXT_TIME_EPOCH || !split(mode, time.tv_sec, &parts)) {
		add_epoch(time, buf);
		return;
	}
	if (mode == TEXT_TIME_ISO) {
		add_iso(&parts, time, buf);
		return;
	}
	if (!split(mode, headline.tv_sec, &other) || other.tm_year != parts.tm_year ||
	    other.tm_yday != parts.tm_yday) {
		add_date(&parts, buf);
		strbuf_add_text(buf, " ");
	}
	add_clock(&parts, time, buf);
}

void text_add_time(const struct line_options *options, struct timespec time, struct strbuf *buf)
{
	enum text_time mode = options->text.time;
	struct tm parts;

	if (mode == TEXT_TIME_EPOCH || !split(mode, time.tv_sec, &parts)) {
		add_epoch(time, buf);
	} else if (mode == TEXT_TIME_ISO) {
		add_iso(&parts, time, buf);
	} else {
		if (options->text.is_replay) {
			add_date(&parts, buf);
			strbuf_add_text(buf, " ");
		}
		add_clock(&parts, time, buf);
	}
}

/* One end of a span; the date and the zone only where the other one has another. */
static void add_end(enum text_time mode, const struct tm *parts, bool date, bool zone,
		    struct strbuf *buf)
{
	bool iso = mode == TEXT_TIME_ISO;

	if (date || iso) {
		add_date(parts, buf);
		strbuf_add_text(buf, iso ? "T" : " ");
	}
	add_seconds(parts, buf);
	if (!zone && !iso)
		return;
	strbuf_add_text(buf, iso ? "" : " ");
	add_zone(parts, buf);
}

void text_add_span(const struct line_options *options, struct timespec first, struct timespec last,
		   struct strbuf *buf)
{
	enum text_time mode = options->text.time;
	bool is_point = first.tv_sec == last.tv_sec;
	struct tm from, to;

	if (mode == TEXT_TIME_EPOCH || !split(mode, first.tv_sec, &from) ||
	    !split(mode, last.tv_sec, &to)) {
		strbuf_printf(buf, "%" PRId64, (int64_t)first.tv_sec);
		if (!is_point)
			strbuf_printf(buf, " to %" PRId64, (int64_t)last.tv_sec);
		return;
	}
	add_end(mode, &from, true, is_point || from.tm_gmtoff != to.tm_gmtoff, buf);
	if (is_point)
		return;
	strbuf_add_text(buf, " to ");
	add_end(mode, &to, from.tm_year != to.tm_year || from.tm_yday != to.tm_yday, true, buf);
}

void text_add_short_time(const struct line_options *options, struct timespec time,
			 struct timespec end, struct strbuf *buf)
{
	enum text_time mode = options->text.time;
	struct tm parts;

	if (mode == TEXT_TIME_EPOCH || !split(mode, time.tv_sec, &parts))
		strbuf_printf(buf, "%" PRId64, (int64_t)time.tv_sec);
	else if (end.tv_sec - time.tv_sec >= SECONDS_PER_DAY)
		strbuf_printf(buf, "%02d-%02d", parts.tm_mon + 1, parts.tm_mday);
	else
		add_seconds(&parts, buf);
}
