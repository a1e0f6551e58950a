/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the format text: parts of the headline and of the fields, each in one file. */
#pragma once

#include "explain.h"
#include "incident.h"
#include "layout.h"
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
/* text_death.c: the sender, the fault, what a filter refused, and related incidents. */
void text_put_reason(const struct line_options *options, const struct incident *incident,
		     struct layout *layout);
void text_put_core(const struct incident_core *core, struct layout *layout);
/*
 * text_peer.c: "shipper --to s3", between double quotes: it stands in the middle of a sentence. On
 * a terminal no more of it than fits into about half a line.
 */
void text_add_quoted_cmdline(const struct line_options *options,
			     const struct incident_cmdline *cmdline, struct strbuf *buf);
/* text_sender.c: whether another process is known that sent the signal, and what that was. */
bool text_has_sender(const struct incident *incident);
void text_add_sender_line(const struct line_options *options, const struct incident_sender *sender,
			  struct strbuf *buf);
/* What the instruction accessed; the registers: text_fault.c. */
void text_add_fault(const struct incident *incident, struct strbuf *buf);
void text_add_registers(const struct incident_registers *registers, struct strbuf *buf);
/* What seccomp refused, and how: text_kill.c. */
void text_add_seccomp(const struct incident *incident, struct strbuf *buf);
/* What the fd was, without the word for its type: text_object.c. */
void text_add_object(const struct incident *incident, struct strbuf *buf);
/* The incidents that are alike: "#c1a7f2". GROUP: as explanation.group. */
void text_add_tag(const char *group, struct strbuf *buf);
