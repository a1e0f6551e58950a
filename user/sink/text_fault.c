// SPDX-License-Identifier: GPL-2.0-or-later
/* A fault in lines of text: what was accessed and what is mapped there, and the registers. */
#include <stdio.h>

#include "fault_words.h"
#include "line_format.h"
#include "words.h"

#define REGISTERS_IN_LINE 6
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

void text_add_registers(const struct incident_registers *registers, const char *continuation,
			struct strbuf *buf)
{
	size_t shown = 0;

	for (size_t i = 0; i < registers->count; i++) {
		const char *name = word_register(registers->abi, i);
		char text[64];

		if (!name)
			continue;
		if (shown && shown % REGISTERS_IN_LINE == 0)
			strbuf_printf(buf, "\n%s", continuation);
		else if (shown)
			strbuf_add_text(buf, "  ");
		snprintf(text, sizeof(text), "%s 0x%llx", name,
			 (unsigned long long)registers->value[i]);
		strbuf_add_text(buf, text);
		shown++;
	}
}
