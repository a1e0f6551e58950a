/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a run, for people and for programs. */
#pragma once

#include "line_format.h"
#include "json_writer.h"
#include "summary.h"

/* What people get of the groups; the JSON has all. */
#define SUMMARY_SHOWN_MAX 20

/* Of at most 80 columns. Without a view it adds nothing. */
void summary_add_table(const struct line_options *options, const struct sink_summary *summary,
		       struct strbuf *buf);
/* The keys `classes`, `groups` and `more_groups`: all null without a view. */
void summary_put_json(struct json_writer *json, const struct summary_view *view);
/* "3 incidents, 0 repeats, 0 lost", and other counts that are not 0: sinks.c. */
void summary_add_counts(const struct sink_summary *summary, struct strbuf *line);
