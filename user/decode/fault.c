// SPDX-License-Identifier: GPL-2.0-or-later
/* The blocks of the subjects "fault" and "abort", and the registers of the thread. */
#include <errno.h>
#include <string.h>

#include "decode_private.h"

static void registers_decode(const struct record_view *view, struct incident_registers *registers)
{
	struct ev_thread from;

	if (!block_read(view, EV_BLOCK_THREAD, &from, sizeof(from)) || !from.register_count)
		return;
	registers->have = true;
	registers->abi = from.abi;
	registers->count = from.register_count < EV_REGISTERS_MAX ? from.register_count
								  : EV_REGISTERS_MAX;
	registers->ip = from.ip;
	registers->sp = from.sp;
	memcpy(registers->value, from.registers, sizeof(registers->value));
}

static int fault_block_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_fault *fault = &incident->fault;

	fault->have = block_read(view, EV_BLOCK_FAULT, &fault->seen, sizeof(fault->seen));
	if (!fault->have) {
		incident_note_missing(incident, MISSING_FAULT, WHY_NOT_RECORDED);
		return 0;
	}
	if (fault->seen.access > EV_ACCESS_EXECUTE)
		return -EBADMSG;
	if (!(fault->seen.flags & EV_FAULT_HAVE_ADDRESS))
		incident_note_missing(incident, MISSING_FAULT_ADDRESS, WHY_NOT_TOLD_BY_CPU);
	if (!incident->registers.have)
		incident_note_missing(incident, MISSING_FAULT_REGISTERS, WHY_NOT_RECORDED);
	if (!block_have(view, EV_BLOCK_FAULT_PATH))
		return 0;
	return block_path(view, EV_BLOCK_FAULT_PATH, &fault->path);
}

static void message_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_abort *abort = &incident->abort;
	const unsigned char *bytes;
	size_t size;

	if (!block_have(view, EV_BLOCK_MESSAGE)) {
		incident_note_missing(incident, MISSING_ABORT_MESSAGE, WHY_NO_MESSAGE);
		return;
	}
	bytes = block_bytes(view, EV_BLOCK_MESSAGE, &size);
	abort->have = true;
	abort->truncated = view->block[EV_BLOCK_MESSAGE].flags & EV_SPAN_TRUNCATED;
	if (size > INCIDENT_MESSAGE_MAX) {
		size = INCIDENT_MESSAGE_MAX;
		abort->truncated = true;
	}
	memcpy(abort->message, bytes, size);
	/* It ends with a line break, which is none of the message. */
	size = strlen(abort->message);
	while (size && abort->message[size - 1] == '\n')
		abort->message[--size] = '\0';
}

int fault_decode(const struct record_view *view, struct incident *incident)
{
	registers_decode(view, &incident->registers);
	if (incident->subject == EV_SUBJECT_ABORT)
		message_decode(view, incident);
	return incident->subject == EV_SUBJECT_FAULT ? fault_block_decode(view, incident) : 0;
}
