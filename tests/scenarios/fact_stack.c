// SPDX-License-Identifier: GPL-2.0-or-later
/* stack: which frames must it have, in which order, and is the outermost frame among them? */
#include <stdio.h>
#include <string.h>

#include "fact.h"

#define FRAME_OF_CALL                                                               \
	"{\"$optional\":{\"$in\":["                                                 \
	"{\"symbol\":null,\"module\":{\"$suffix\":\"/libc.so.6\"}},"                \
	"{\"symbol\":{\"$in\":[\"__syscall_cancel\",\"__internal_syscall_cancel\"," \
	"\"__syscall_cancel_arch\",\"__libc_do_syscall\"]}}]}}"

/* {"symbol":"leaf","module":{"$suffix":"/chain"}} */
static void frame_print(const struct frame_fact *frame, char *text, size_t size)
{
	size_t used;

	if (!strcmp(frame->symbol, "...")) {
		snprintf(text, size, "\"...\"");
		return;
	}
	if (!strcmp(frame->symbol, FRAMES_OF_CALL)) {
		snprintf(text, size, "%s,%s,%s", FRAME_OF_CALL, FRAME_OF_CALL, FRAME_OF_CALL);
		return;
	}
	if (!strcmp(frame->symbol, "*"))
		used = snprintf(text, size, "{\"address\":{\"$any\":true}");
	else if (!strcmp(frame->symbol, "?"))
		used = snprintf(text, size, "{\"symbol\":null");
	else
		used = snprintf(text, size, "{\"symbol\":\"%s\"", frame->symbol);
	if (frame->module)
		used += snprintf(text + used, size - used, ",\"module\":{\"$suffix\":\"%s\"}",
				 frame->module);
	if (frame->file)
		used += snprintf(text + used, size - used,
				 ",\"file\":{\"$suffix\":\"%s\"},\"line\":%d", frame->file,
				 frame->line);
	if (frame->is_inlined)
		used += snprintf(text + used, size - used, ",\"inlined\":true");
	snprintf(text + used, size - used, "}");
}

void fact_stack(struct fact *fact, const struct stack_fact *expected)
{
	char list[FACT_BYTES / 2] = "", frame[1024];
	size_t used = 0;

	for (size_t i = 0; i < STACK_FACT_FRAMES && expected->frames[i].symbol; i++) {
		frame_print(&expected->frames[i], frame, sizeof(frame));
		used += snprintf(list + used, sizeof(list) - used, "%s%s", i ? "," : "", frame);
	}
	fact_open(fact, "stack");
	if (expected->method)
		fact_text(fact, "method", expected->method);
	if (!expected->reason) {
		fact_json(fact, "complete", "true");
		fact_json(fact, "reason", "null");
	} else if (strcmp(expected->reason, "*") != 0) {
		fact_json(fact, "complete", "false");
		fact_text(fact, "reason_text", expected->reason);
	}
	fact_json(fact, "user", "{\"$list\":[%s]}", list);
	fact_close(fact);
}
