/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hand-made incidents, and the output of a sink for them. */
#pragma once

#include "explain.h"
#include "incident.h"
#include "line_format.h"

struct sample {
	struct incident incident;
	struct explanation explanation;
};

/* Only a process and a time: no object, no call, no cause. */
void sample_bare(struct sample *sample);
/* The main example of the docs: a server writes to a TCP connection whose peer has closed. */
void sample_tcp(struct sample *sample);
/* The minimal sample, with a write to an object of TYPE. */
void sample_write(struct sample *sample, enum ev_object_type type);
/* Killed by another process, of which all is known. */
void sample_sent(struct sample *sample);
/* Killed by the kernel: a limit of CPU time, a memory cgroup, a filter, an init, all at once. */
void sample_killed(struct sample *sample);
void sample_set_path(struct incident_path *path, const char *text);
/* ARGS end with NULL. */
void sample_set_cmdline(struct incident_cmdline *cmdline, const char *const *args);

/* How a test wants its lines. */
struct sample_lines {
	enum line_format format;
	struct line_options options;
};

/*
 * The lines of one thing; the caller frees them. NULL where the format has no such line. JSON also
 * goes to $SIGPATH_TEST_JSON_DIR/unit.jsonl.
 */
char *sample_render(const struct sample_lines *lines, const struct sample *sample);
/* Asserts that the first line of SAMPLE from BEGIN on is EXPECTED. */
void sample_expect_line(const struct sample_lines *lines, const struct sample *sample,
			const char *begin, const char *expected);
char *sample_render_lost(const struct sample_lines *lines, uint64_t count);
char *sample_render_repeat(const struct sample_lines *lines, const struct sink_repeat *repeat);
char *sample_render_end(const struct sample_lines *lines, const struct sink_end *end);
char *sample_render_summary(const struct sample_lines *lines, const struct sink_summary *summary);
