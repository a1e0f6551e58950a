// SPDX-License-Identifier: GPL-2.0-or-later
/* Starts one scenario program, and judges sigpath's report by what the program said. */
#include "play.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "verdict.h"

void play_init(struct play *play, const struct test_case *test)
{
	*play = (struct play){
		.test = test, .program = CHILD_NONE, .go = -1, .facts = -1, .error = -1
	};
}

void play_free(struct play *play)
{
	child_stop(&play->program);
	cleanup_close(&play->go);
	cleanup_close(&play->facts);
	cleanup_close(&play->error);
	strbuf_free(&play->said);
	strbuf_free(&play->why);
	strbuf_free(&play->details);
}

__attribute__((format(printf, 3, 0))) static void
close_play(struct play *play, enum verdict verdict, const char *format, va_list args)
{
	if (play->verdict != VERDICT_OPEN)
		return;
	play->verdict = verdict;
	strbuf_vprintf(&play->why, format, args);
}

void play_fail(struct play *play, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	close_play(play, VERDICT_FAILED, format, args);
	va_end(args);
}

void play_skip(struct play *play, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	close_play(play, VERDICT_SKIPPED, format, args);
	va_end(args);
}

/* Closes the play as failed, with the end of what the program wrote to stderr. */
static void fail_with_error(struct play *play, const char *why)
{
	char text[512];
	ssize_t length = play->error < 0 ? 0 : pread(play->error, text, sizeof(text), 0);

	play_fail(play, "%s", why);
	while (length > 0 && text[length - 1] == '\n')
		length--;
	if (length > 0) {
		strbuf_add_text(&play->why, ": ");
		strbuf_add_escaped(&play->why, text, length);
	}
}

static int start(struct play *play, const char *directory, const char *report_path)
{
	cleanup(cleanup_close) int go = -1, facts = -1,
				   null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char path[4096];
	char *argv[] = { path, (char *)play->test->scenario, NULL };
	struct child_streams streams = { .input = null, .output = null, .report = report_path };
	int err;

	play->error = memfd_create("stderr", MFD_CLOEXEC);
	if (null < 0 || play->error < 0)
		return -errno;
	err = child_stream(false, &play->go, &go);
	if (!err)
		err = child_stream(true, &play->facts, &facts);
	if (err)
		return err;
	streams.error = play->error;
	streams.go = go;
	streams.facts = facts;
	snprintf(path, sizeof(path), "%s/%s", directory, play->test->program);
	return child_start(argv, &streams, &play->program);
}

void play_start(struct play *play, const char *directory, const char *report_path)
{
	int err = start(play, directory, report_path);

	if (err == -ENOENT)
		play_skip(play, "%s was not built here", play->test->program);
	else if (err == -ENOEXEC)
		play_skip(play, "this kernel does not run %s", play->test->program);
	else if (err)
		play_fail(play, "the program did not start: %s", strerror(-err));
}

bool play_told(struct play *play, struct expectations *ret_told)
{
	if (!expectations_read(play->test, play->said.text, ret_told))
		return true;
	play_fail(play, "the program told something that is no JSON");
	return false;
}

void play_check_waiting(struct play *play)
{
	cleanup(expectations_free) struct expectations told = { 0 };

	if (!play_told(play, &told))
		return;
	if (told.skip)
		play_skip(play, "%s", json_object_get_string(told.skip));
	else if (!told.waiting)
		fail_with_error(play, "the program ended before it waited");
}

void play_send_go(struct play *play)
{
	if (write(play->go, "", 1) != 1)
		play_fail(play, "the program does not wait for its go");
}

void play_check_end(struct play *play)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	int status = play->program.status;

	if (!play_is_done(play)) {
		fail_with_error(play, "the program did not end in time");
		child_stop(&play->program);
		return;
	}
	if ((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
	    (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE))
		return;
	strbuf_add_text(&why, "the program ");
	child_tell_end(&play->program, &why);
	fail_with_error(play, why.text);
}

void play_judge(struct play *play, const char *report_path)
{
	cleanup(expectations_free) struct expectations told = { 0 };

	if (!play_told(play, &told))
		return;
	if (told.skip)
		play_skip(play, "%s", json_object_get_string(told.skip));
	else
		play->verdict =
			verdict_of(play->test, &told, report_path, &play->why, &play->details)
				? VERDICT_OK
				: VERDICT_FAILED;
}

bool play_missed_hook(const struct play *play)
{
	return play->verdict == VERDICT_FAILED && play->details.text &&
	       strstr(play->details.text, "\"code\":\"hook_missed\"");
}

bool play_waits(const struct play *play)
{
	return play->facts < 0 || play->program.ended ||
	       (play->said.text && strstr(play->said.text, "\"waiting\":true}\n"));
}

/* Its children have the pipe of the facts too: end of file means that all have exited. */
bool play_is_done(const struct play *play)
{
	return play->program.ended && play->facts < 0;
}
