// SPDX-License-Identifier: GPL-2.0-or-later
/* Why the kernel killed the process, as far as the cause does not say it already. */
#include <inttypes.h>

#include "line_format.h"
#include "text_fields.h"
#include "words_kill.h"

/* seccomp     kill_process, 2 filters, arguments 0x7ffd..., 0x1ed, 0x0, 0x0, 0x0, 0x0 */
void text_add_seccomp(const struct incident *incident, struct strbuf *buf)
{
	const struct incident_seccomp *seccomp = &incident->seccomp;
	const char *action = word_seccomp_action(seccomp->action);

	strbuf_add_text(buf, action ?: "?");
	if (seccomp->filters)
		strbuf_printf(buf, ", %" PRIu32 " filter%s", seccomp->filters,
			      seccomp->filters == 1 ? "" : "s");
	if (!seccomp->have_args)
		return;
	for (size_t i = 0; i < INCIDENT_CALL_ARGS; i++)
		strbuf_printf(buf, "%s0x%" PRIx64, i ? ", " : ", arguments ",
			      incident->syscall.args[i]);
}
