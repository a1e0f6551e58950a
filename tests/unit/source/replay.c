/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files: valid, empty, of another kind, truncated at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"

#define RECORDS 3

static char path[] = "/tmp/sigpath-replay-XXXXXX";
static struct {
	struct ev_session session;
	struct ev_lost records[RECORDS];
} file;

static int create(void **state)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return -1;
	close(fd);
	capture_session_init(&file.session, 0x1234);
	for (int i = 0; i < RECORDS; i++)
		file.records[i] = (struct ev_lost){
			.header = { .kind = EV_KIND_LOST, .size = sizeof(struct ev_lost) },
			.count = i,
		};
	return 0;
}

static int destroy(void **state)
{
	return unlink(path);
}

static void write_file(const void *bytes, size_t size)
{
	FILE *to = fopen(path, "w");

	assert_non_null(to);
	assert_int_equal(fwrite(bytes, 1, size, to), size);
	assert_int_equal(fclose(to), 0);
}

static int count_records(void *context, const void *record, size_t size)
{
	const struct ev_lost *lost = record;
	int *count = context;

	assert_int_equal(size, sizeof(*lost));
	assert_int_equal(lost->count, *count);
	(*count)++;
	return 0;
}

static void reads_what_was_written(void **state)
{
	struct replay *replay;
	int count = 0;

	write_file(&file, sizeof(file));
	assert_int_equal(replay_open(path, &replay), 0);
	assert_int_equal(replay_session(replay)->id, 0x1234);
	assert_in_range(replay_session(replay)->hz, 24, 10000);
	assert_int_equal(replay_run(replay, count_records, &count), 0);
	assert_int_equal(count, RECORDS);
	replay_close(replay);
}

static void cut_off_anywhere(void **state)
{
	for (size_t size = 0; size < sizeof(file); size++) {
		size_t behind = size - sizeof(file.session);
		struct replay *replay = NULL;
		int count = 0, error;
		char offset[32];

		write_file(&file, size);
		error = replay_open(path, &replay);
		assert_non_null(replay);
		if (size < sizeof(file.session)) {
			assert_int_equal(error, -EBADMSG);
			assert_non_null(strstr(replay_error(replay), "no capture file"));
		} else {
			assert_int_equal(error, 0);
			error = replay_run(replay, count_records, &count);
			assert_int_equal(count, behind / sizeof(struct ev_lost));
			assert_int_equal(error, behind % sizeof(struct ev_lost) ? -EBADMSG : 0);
		}
		if (size >= sizeof(file.session) && error) {
			/* The start of the truncated record. */
			snprintf(offset, sizeof(offset), "at offset %zu",
				 size - behind % sizeof(struct ev_lost));
			assert_non_null(strstr(replay_error(replay), offset));
		}
		replay_close(replay);
	}
}

static void refuses(const char *why)
{
	struct replay *replay = NULL;

	write_file(&file, sizeof(file));
	assert_int_equal(replay_open(path, &replay), -EBADMSG);
	if (!strstr(replay_error(replay), why))
		fail_msg("'%s' does not say '%s'", replay_error(replay), why);
	replay_close(replay);
}

static void foreign_files(void **state)
{
	struct ev_session good = file.session;
	struct replay *replay = NULL;

	file.session.magic = 42;
	refuses("wrong magic");
	file.session.magic = __builtin_bswap64(EV_SESSION_MAGIC);
	refuses("other byte order");
	file.session = good;
	file.session.version = EV_VERSION + 1;
	refuses("a newer version");
	file.session = good;
	file.session.version = 1;
	refuses("version 1, which was never released");
	file.session = good;
	file.session.size = offsetof(struct ev_session, host) - 1;
	refuses("corrupt header");
	file.session = good;
	file.session.size = UINT32_MAX;
	refuses("corrupt header");
	file.session = good;
	file.session.hz = 0;
	refuses("corrupt header");
	file.session = good;
	assert_int_equal(replay_open("/nonexistent/file", &replay), -ENOENT);
	assert_null(replay);
}

/* The header of a writer that knows more of a session, and of one that knew less. */
static void sessions_of_other_writers(void **state)
{
	static struct {
		struct ev_session session;
		char news[40];
		struct ev_lost record;
	} newer = { .news = "a field that comes later" };
	static unsigned char older[sizeof(file)];
	const size_t known = offsetof(struct ev_session, host);
	struct replay *replay;
	int count = 0;

	newer.session = file.session;
	newer.session.size += sizeof(newer.news);
	newer.record = file.records[0];
	write_file(&newer, sizeof(newer));
	assert_int_equal(replay_open(path, &replay), 0);
	assert_string_equal(replay_session(replay)->host, file.session.host);
	assert_int_equal(replay_session(replay)->size, sizeof(struct ev_session));
	assert_int_equal(replay_run(replay, count_records, &count), 0);
	assert_int_equal(count, 1);
	replay_close(replay);

	count = 0;
	memcpy(older, &file.session, known);
	((struct ev_session *)older)->size = known;
	memcpy(older + known, file.records, sizeof(file.records));
	write_file(older, known + sizeof(file.records));
	assert_int_equal(replay_open(path, &replay), 0);
	assert_string_equal(replay_session(replay)->host, "");
	assert_int_equal(replay_session(replay)->id, 0x1234);
	assert_int_equal(replay_run(replay, count_records, &count), 0);
	assert_int_equal(count, RECORDS);
	replay_close(replay);
}

static void impossible_sizes(void **state)
{
	static const uint32_t sizes[] = { 0, 1, sizeof(struct ev_header) - 1, EV_RECORD_MAX + 1,
					  UINT32_MAX };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct replay *replay;
		int count = 0;

		file.records[1].header.size = sizes[i];
		write_file(&file, sizeof(file));
		assert_int_equal(replay_open(path, &replay), 0);
		assert_int_equal(replay_run(replay, count_records, &count), -EBADMSG);
		assert_int_equal(count, 1);
		assert_non_null(strstr(replay_error(replay), "impossible size"));
		replay_close(replay);
	}
	file.records[1].header.size = sizeof(struct ev_lost);
}

static int stop(void *context, const void *record, size_t size)
{
	return 7;
}

static void the_callback_ends_it(void **state)
{
	struct replay *replay;

	write_file(&file, sizeof(file));
	assert_int_equal(replay_open(path, &replay), 0);
	assert_int_equal(replay_run(replay, stop, NULL), 7);
	replay_close(replay);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_written),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(foreign_files),
		cmocka_unit_test(impossible_sizes),
		cmocka_unit_test(the_callback_ends_it),
		cmocka_unit_test(sessions_of_other_writers),
	};

	return cmocka_run_group_tests(tests, create, destroy);
}
