// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is a command line, its arguments separated by NULs, as the kernel stores it. */
#include <stdint.h>
#include <string.h>

#include "incident.h"
#include "redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct incident_cmdline cmdline, again;

static void fill(const uint8_t *data, size_t size)
{
	size_t at = 0;

	memset(&cmdline, 0, sizeof(cmdline));
	cmdline.have = true;
	if (size > EV_CMDLINE_MAX)
		size = EV_CMDLINE_MAX;
	memcpy(cmdline.bytes, data, size);
	while (at < size && cmdline.count < INCIDENT_ARGS_MAX) {
		cmdline.args[cmdline.count++] = cmdline.bytes + at;
		at += strlen(cmdline.bytes + at) + 1;
	}
}

static bool is_inside(const struct incident_cmdline *one)
{
	for (size_t i = 0; i < one->count; i++)
		if (one->args[i] < one->bytes ||
		    one->args[i] + strlen(one->args[i]) >= one->bytes + sizeof(one->bytes))
			return false;
	return one->count <= INCIDENT_ARGS_MAX;
}

static void hide(enum redact how, const uint8_t *data, size_t size)
{
	fill(data, size);
	redact_cmdline(how, &cmdline);
	if (!is_inside(&cmdline) || (how == REDACT_ALL && cmdline.have) ||
	    (how == REDACT_NONE && cmdline.redacted))
		__builtin_trap();
}

/*
 * A capture is redacted when it is written, and again when it is read. That may hide more, because
 * the name of a program may be hidden by then, but what was hidden stays hidden.
 */
static void check_again(void)
{
	if (cmdline.truncated) /* the marks needed more room */
		return;
	memcpy(&again, &cmdline, sizeof(again));
	for (size_t i = 0; i < again.count; i++)
		again.args[i] = again.bytes + (cmdline.args[i] - cmdline.bytes);
	redact_cmdline(REDACT_AUTH, &again);
	if (again.truncated)
		return;
	if (again.count != cmdline.count)
		__builtin_trap();
	for (size_t i = 0; i < again.count; i++)
		if (strstr(cmdline.args[i], REDACTED_TEXT) && !strstr(again.args[i], REDACTED_TEXT))
			__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hide(REDACT_NONE, data, size);
	hide(REDACT_ARGS, data, size);
	hide(REDACT_ALL, data, size);
	hide(REDACT_AUTH, data, size);
	check_again();
	return 0;
}
