/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a capture file back, record by record. The file is hostile: every length is checked. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "cleanup.h"

/*
 * Size of the session in a file: the size in version 2, and the most that a later version may have.
 */
#define SESSION_MIN offsetof(struct ev_session, host)
#define SESSION_MAX 4096

struct replay {
	FILE *file;
	uint64_t offset; /* of the record that is read, from the start of the file */
	uint64_t next;	 /* of the next byte to read */
	struct ev_session session;
	char error[160];
	union {
		struct ev_header header;
		unsigned char bytes[EV_RECORD_MAX];
	} record;
};

static int fail(struct replay *replay, const char *what)
{
	snprintf(replay->error, sizeof(replay->error), "%s at offset %" PRIu64, what,
		 replay->offset);
	return -EBADMSG;
}

/* 1 if SIZE bytes were read, 0 at a clean end of the file, -EBADMSG if it ends in between. */
static int read_exactly(struct replay *replay, void *to, size_t size, const char *what)
{
	size_t got = fread(to, 1, size, replay->file);

	if (got == size) {
		replay->next += size;
		return 1;
	}
	if (ferror(replay->file))
		return fail(replay, "the file cannot be read");
	if (!got)
		return 0;
	return fail(replay, what);
}

/* A later version may have appended fields. Only the known fields are read. */
static int read_session_rest(struct replay *replay)
{
	struct ev_session *session = &replay->session;
	const size_t begun = offsetof(struct ev_session, id);
	unsigned char skipped[SESSION_MAX];
	size_t size = session->size;
	size_t known = size < sizeof(*session) ? size : sizeof(*session);
	int got;

	if (size < SESSION_MIN || size > sizeof(skipped))
		return fail(replay, "corrupt header");
	got = read_exactly(replay, (unsigned char *)session + begun, known - begun,
			   "no capture file: it ends");
	if (got > 0 && size > known)
		got = read_exactly(replay, skipped, size - known, "no capture file: it ends");
	return got ? got : fail(replay, "no capture file: it ends");
}

static int read_session(struct replay *replay)
{
	struct ev_session *session = &replay->session;
	int got = read_exactly(replay, session, offsetof(struct ev_session, id),
			       "no capture file: it ends");

	if (got < 0)
		return got;
	if (!got)
		return fail(replay, "no capture file: it is empty");
	if (session->magic == __builtin_bswap64(EV_SESSION_MAGIC))
		return fail(replay, "written on a machine of the other byte order: magic");
	if (session->magic != EV_SESSION_MAGIC)
		return fail(replay, "no capture file: wrong magic");
	if (session->version == 1)
		return fail(replay, "a capture of version 1, which was never released: header");
	if (session->version != EV_VERSION)
		return fail(replay, "written by a newer version of sigpath: header");
	got = read_session_rest(replay);
	if (got < 0)
		return got;
	if (!session->hz)
		return fail(replay, "corrupt header");
	session->release[sizeof(session->release) - 1] = '\0';
	session->boot_id[sizeof(session->boot_id) - 1] = '\0';
	session->machine[sizeof(session->machine) - 1] = '\0';
	session->host[sizeof(session->host) - 1] = '\0';
	/* With the size of this version, because it may become the header of another capture. */
	session->size = sizeof(*session);
	return 0;
}

int replay_open(const char *path, struct replay **ret_replay)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	if (!replay)
		return -ENOMEM;
	replay->file = fopen(path, "re");
	if (!replay->file) {
		int error = -errno;

		free(replay);
		return error;
	}
	*ret_replay = replay;
	return read_session(replay);
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	fclose(replay->file);
	free(replay);
}

const struct ev_session *replay_session(const struct replay *replay)
{
	return &replay->session;
}

const char *replay_error(const struct replay *replay)
{
	return replay->error;
}

/* 1 with a whole record in replay->record, 0 at the end, or -EBADMSG. */
static int read_record(struct replay *replay)
{
	struct ev_header *header = &replay->record.header;
	int got;

	replay->offset = replay->next;
	got = read_exactly(replay, header, sizeof(*header), "truncated record");
	if (got <= 0)
		return got;
	if (header->size < sizeof(*header) || header->size > EV_RECORD_MAX)
		return fail(replay, "corrupt record: impossible size");
	if (header->size == sizeof(*header))
		return 1;
	got = read_exactly(replay, replay->record.bytes + sizeof(*header),
			   header->size - sizeof(*header), "truncated record");
	if (got == 0)
		return fail(replay, "truncated record");
	return got;
}

int replay_run(struct replay *replay, replay_record_fn fn, void *context)
{
	for (;;) {
		int got = read_record(replay);

		if (got <= 0)
			return got;
		got = fn(context, replay->record.bytes, replay->record.header.size);
		if (got)
			return got;
	}
}
