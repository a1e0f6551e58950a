/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the format text: parts of the headline and of the fields, each in one file. */
#pragma once

#include "explain.h"
#include "incident.h"
#include "line_format.h"

/*
 * text_command.c: the command line, quoted as in a shell; on a terminal no more of it than fits
 * into about a line, and how much is left out.
 */
void text_add_command(const struct line_options *options, const struct incident_cmdline *cmdline,
		      struct strbuf *buf);
/* The process: text_process.c. */
void text_add_process(const struct line_options *options, const struct incident_process *process,
		      struct strbuf *buf);
/* The process at the other end: text_peer.c. */
void text_add_peer(const struct line_options *options, const struct incident_peer_process *peer,
		   struct strbuf *buf);
/* What the fd was, without the word for its type: text_object.c. */
void text_add_object(const struct incident *incident, struct strbuf *buf);
/* The incidents that are alike: "#c1a7f2". GROUP: as explanation.group. */
void text_add_tag(const char *group, struct strbuf *buf);
