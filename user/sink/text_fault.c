// SPDX-License-Identifier: GPL-2.0-or-later
/* A fault in lines of text: what was accessed and what is mapped there, and the registers. */
#include <stdio.h>

#include "fault_words.h"
#include "layout.h"
#include "line_format.h"
#include "text_fields.h"
#include "words.h"

#define FIRST_PAGES 65536 /* what is mapped next to null says nothing */

static void add_range(const char *before, const struct ev_mapping *mapping, struct strbuf *buf)
{
	char permissions[WORD_PERMISSIONS_SIZE];

	if (mapping->end)
		strbuf_printf(buf, "%s0x%llx-0x%llx %s", before, mapping->start, mapping->end,
			      word_permissions(mapping->flags, permissions));
}

void text_add_fault(const struct incident *incident, struct strbuf *buf)
{
	const struct incident_fault *fault = &incident->fault;
	const char *code = word_si_code(incident->signal.number, incident->signal.code);
	const char *access = word_access(fault->seen.access);

	strbuf_add_text(buf, code ? code : "?");
	if (access)
		strbuf_printf(buf, "  %s", access);
	if (fault->seen.flags & EV_FAULT_HAVE_ADDRESS)
		strbuf_printf(buf, "  0x%llx", fault->seen.address);
	add_range("  in ", &fault->seen.at, buf);
	if (fault->path.have) {
		strbuf_add_text(buf, " ");
		text_add_path(buf, &fault->path);
	}
	if (fault->seen.at.end || fault->seen.address < FIRST_PAGES)
		return;
	add_range("  after ", &fault->seen.below, buf);
	add_range("  before ", &fault->seen.above, buf);
}

void text_add_registers(const struct incident_registers *registers, struct strbuf *buf)
{
	bool first = true;

	for (size_t i = 0; i < registers->count; i++) {
		const char *name = word_register(registers->abi, i);

		if (!name)
			continue;
		strbuf_printf(buf, "%s%s" LAYOUT_GLUE "0x%llx", first ? "" : "  ", name,
			      (unsigned long long)registers->value[i]);
		first = false;
	}
}
