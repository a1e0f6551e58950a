// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as the file of -r: its header, and the lengths of its records. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *context, const void *record, size_t size)
{
	struct ev_header header;
	uint64_t *bytes = context;

	if (size < sizeof(header) || size > EV_RECORD_MAX)
		__builtin_trap();
	memcpy(&header, record, sizeof(header));
	if (header.size != size)
		__builtin_trap();
	*bytes += size;
	return 0;
}

static void check_session(const struct ev_session *session)
{
	if (!session->hz || strlen(session->release) >= sizeof(session->release) ||
	    strlen(session->host) >= sizeof(session->host))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replay *replay = NULL;
	char path[64];
	uint64_t bytes = 0;
	int fd = memfd_create("capture", MFD_CLOEXEC);
	int error;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	error = replay_open(path, &replay);
	if (!error) {
		check_session(replay_session(replay));
		error = replay_run(replay, take, &bytes);
		/* All of it was passed on, or the reason has a text. */
		if (bytes > size || (error && !replay_error(replay)[0]))
			__builtin_trap();
	} else if (replay && !replay_error(replay)[0]) {
		__builtin_trap();
	}
	replay_close(replay);
	close(fd);
	return 0;
}
