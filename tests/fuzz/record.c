// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a capture file: every record of it decoded, explained and rendered in every format. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ev_session session;
	struct ev_header header;

	if (size < sizeof(session))
		return 0;
	memcpy(&session, data, sizeof(session));
	/* What replay.c has checked. */
	if (!session.hz)
		session.hz = 250;
	data += sizeof(session);
	size -= sizeof(session);
	while (size >= sizeof(header)) {
		size_t length;
		void *record;

		memcpy(&header, data, sizeof(header));
		length = header.size < size ? header.size : size;
		if (length < sizeof(header))
			break;
		/* In memory of just its size: a read beyond it is seen. */
		record = malloc(length);
		memcpy(record, data, length);
		check_record(&session, record, length);
		free(record);
		data += length;
		size -= length;
	}
	return 0;
}
