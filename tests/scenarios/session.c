// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps of a session: the programs start and wait; sigpath starts and says that it is ready;
 * one program after the other runs and exits; the runner interrupts sigpath, and sigpath exits;
 * then each play is judged. In some cases sigpath itself starts the program. No step sleeps: each
 * one waits for a line, an end of file or the end of a process.
 */
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"
#include "cleanup.h"
#include "session_pump.h"
#include "session_reports.h"

#define STEP_MS 60000
#define READY_MS 30000

void session_init(struct session *session, const struct settings *settings)
{
	*session = (struct session){ .settings = settings,
				     .sigpath = CHILD_NONE,
				     .messages = -1,
				     .input = -1,
				     .output = -1,
				     .report_changes = -1 };
	snprintf(session->report_path, sizeof(session->report_path), "%s/first-try",
		 settings->json_directory);
}

void session_free(struct session *session)
{
	for (size_t i = 0; i < session->count; i++)
		play_free(&session->plays[i]);
	child_stop(&session->sigpath);
	cleanup_close(&session->messages);
	cleanup_close(&session->input);
	cleanup_close(&session->output);
	cleanup_close(&session->report_changes);
	strbuf_free(&session->messages_text);
	strbuf_free(&session->output_text);
	strbuf_free(&session->why);
}

/* NULL for a session without plays. In several plays these agree in all that sigpath is told. */
static const struct test_case *first_test(const struct session *session)
{
	return session->count ? session->plays[0].test : NULL;
}

bool session_takes(const struct session *session, const struct test_case *test)
{
	return session->count < session->settings->batch &&
	       arguments_can_share(session->count ? first_test(session) : test, test);
}

void session_add(struct session *session, const struct test_case *test)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s.jsonl", session->settings->json_directory, test->name);
	unlink(path); /* of an earlier run */
	if (!session->count)
		memcpy(session->report_path, path, sizeof(path));
	play_init(&session->plays[session->count++], test);
}

/* The play, or sigpath if it cannot tell more: no play waits for a line of a sigpath that is dead. */
static bool play_is_done_or_sigpath_gone(const struct session *session, const struct play *play)
{
	bool endless = play->test->start == START_HOST && !play->test->count;

	return play_is_done(play) || (endless && session->sigpath.ended);
}

static bool program_waits(const struct session *session, const struct play *play)
{
	(void)session;
	return play_waits(play);
}

/* Starts the program and reads its lines until it waits. */
static void begin(struct session *session, struct play *play)
{
	long long deadline = session_deadline(session->settings, STEP_MS);

	play_start(play, session->settings->directory, session->report_path);
	if (play->verdict != VERDICT_OPEN)
		return;
	if (session_pump(session, program_waits, play, deadline))
		play_fail(play, "the program did not get ready: timed out");
	else
		play_check_waiting(play);
}

static void go(struct session *session, struct play *play)
{
	long long deadline = session_deadline(session->settings, STEP_MS);

	play_send_go(play);
	if (play->verdict != VERDICT_OPEN)
		return;
	session_pump(session, play_is_done_or_sigpath_gone, play, deadline);
	if (!play_is_done(play) && session->sigpath.ended)
		play_fail(play, "sigpath ended before the program");
	play_check_end(play);
}

/* Takes STEP with each play that goes on, and counts its time. */
static void each_play(struct session *session, void (*step)(struct session *, struct play *))
{
	for (size_t i = 0; i < session->count; i++) {
		long long start = session_now_ms();

		if (session->plays[i].verdict == VERDICT_OPEN)
			step(session, &session->plays[i]);
		session->plays[i].spent_ms += session_now_ms() - start;
	}
}

static bool any_goes_on(const struct session *session)
{
	for (size_t i = 0; i < session->count; i++) {
		if (session->plays[i].verdict == VERDICT_OPEN)
			return true;
	}
	return false;
}

static int sigpath_start(struct session *session)
{
	cleanup(cleanup_close) int input = -1, output = -1, error = -1, facts = -1;
	cleanup(arguments_free) struct arguments arguments = { 0 };
	const struct test_case *test = first_test(session);
	struct child_streams streams = { .go = -1, .facts = -1 };
	int err = arguments_make(session, &arguments);

	if (!err)
		err = child_stream(true, &session->messages, &error);
	if (!err)
		err = child_stream(false, &session->input, &input);
	if (!err)
		err = child_stream(true, &session->output, &output);
	if (!err && test && test->start == START_COMMAND)
		err = child_stream(true, &session->plays[0].facts, &facts);
	if (err)
		return err;
	if (!test || !test->copies)
		close(take_fd(&session->input));
	streams = (struct child_streams){
		.input = input, .output = output, .error = error, .go = -1, .facts = facts
	};
	return child_start(arguments.argv, &streams, &session->sigpath);
}

static bool sigpath_is_ready(const struct session *session, const struct play *play)
{
	(void)play;
	return session->sigpath.ended || session_said_ready(session);
}

static bool sigpath_gets_ready(struct session *session)
{
	int err = sigpath_start(session);

	if (err) {
		strbuf_printf(&session->why, "starting sigpath: %s", strerror(-err));
		return false;
	}
	err = session_pump(session, sigpath_is_ready, NULL,
			   session_deadline(session->settings, READY_MS));
	if (err) {
		strbuf_add_text(&session->why, "sigpath did not say ready in time");
		return false;
	}
	if (!session_said_ready(session)) {
		strbuf_add_text(&session->why, "sigpath ");
		child_tell_end(&session->sigpath, &session->why);
		strbuf_add_text(&session->why, " before it was ready");
		return false;
	}
	return true;
}

/* With the command that it runs, if there is one. */
static bool sigpath_is_done(const struct session *session, const struct play *play)
{
	return session->sigpath.ended && session->messages < 0 && session->output < 0 &&
	       (!play || play->facts < 0);
}

static bool sigpath_ends(struct session *session)
{
	const struct test_case *test = first_test(session);
	const struct child *sigpath = &session->sigpath;
	int exit_status = test ? test->exit_status : 0, signal = test ? test->death_signal : 0;
	bool is_command = test && test->start == START_COMMAND;
	bool by_itself = is_command || (test && test->count);

	/* If sigpath has exited it is a zombie, so no other process gets the signal. */
	if (!by_itself && !sigpath->ended)
		kill(sigpath->pid, SIGINT);
	if (session_pump(session, sigpath_is_done, is_command ? &session->plays[0] : NULL,
			 session_deadline(session->settings, STEP_MS))) {
		strbuf_printf(&session->why, "sigpath did not end %s",
			      by_itself ? "by itself" : "after SIGINT");
		return false;
	}
	if (signal ? WIFSIGNALED(sigpath->status) && WTERMSIG(sigpath->status) == signal
		   : WIFEXITED(sigpath->status) && WEXITSTATUS(sigpath->status) == exit_status)
		return true;
	strbuf_add_text(&session->why, "sigpath ");
	child_tell_end(sigpath, &session->why);
	return false;
}

static void judge(struct session *session, struct play *play)
{
	if (play->test->copies && !session_copy_is_whole(session))
		play_fail(play, "%zu bytes came out of the command, not the same %d",
			  session->output_text.length, SESSION_COPY_BYTES);
	else
		play_judge(play, session->report_path);
}

/* Milliseconds since *START, which becomes now. */
static long long lap(long long *start)
{
	long long now = session_now_ms(), passed = now - *start;

	*start = now;
	return passed;
}

/* Runs sigpath while the plays go on. False: sigpath itself failed. */
static bool run_sigpath(struct session *session)
{
	long long start = session_now_ms();
	bool ready = sigpath_gets_ready(session), ended;

	session->start_ms = lap(&start);
	if (!ready)
		return false;
	if (session->count && first_test(session)->start != START_COMMAND) {
		each_play(session, go);
		lap(&start);
		session_await_reports(session);
		session->report_ms = lap(&start);
	}
	ended = sigpath_ends(session);
	session->end_ms = lap(&start);
	return ended;
}

static void fail_for_sigpath(struct session *session, struct play *play)
{
	play_fail(play, "%s", session->why.text);
}

void session_tell(const struct session *session, struct strbuf *text)
{
	const char *said = session->messages_text.text;
	size_t span;

	for (; said && *said; said += span + (said[span] == '\n')) {
		span = strcspn(said, "\n");
		strbuf_add_text(text, "    ");
		strbuf_add_escaped(text, said, span);
		strbuf_add_text(text, "\n");
	}
}

/* What helps to find out why a play failed: sigpath's messages, and who shared it. */
static void tell_circumstances(const struct session *session, struct strbuf *details)
{
	session_tell(session, details);
	if (session->count < 2)
		return;
	strbuf_add_text(details, "    beside one sigpath:");
	for (size_t i = 0; i < session->count; i++)
		strbuf_printf(details, " %s", session->plays[i].test->name);
	strbuf_add_text(details, "\n");
}

void session_run(struct session *session)
{
	if (first_test(session)->start != START_COMMAND)
		each_play(session, begin);
	if (any_goes_on(session))
		each_play(session, run_sigpath(session) ? judge : fail_for_sigpath);
	for (size_t i = 0; i < session->count; i++) {
		struct play *play = &session->plays[i];

		if (play->verdict == VERDICT_FAILED)
			tell_circumstances(session, &play->details);
	}
}

enum verdict session_try(const struct settings *settings, struct strbuf *why)
{
	cleanup(session_free) struct session session;
	const struct strbuf *messages = &session.messages_text;
	bool works;

	session_init(&session, settings);
	works = run_sigpath(&session);
	unlink(session.report_path);
	if (works)
		return VERDICT_OK;
	strbuf_add_text(why, session.why.text);
	if (!session.sigpath.ended || WIFSIGNALED(session.sigpath.status) || !messages->length)
		return VERDICT_FAILED;
	strbuf_add_text(why, ": ");
	strbuf_add_escaped(why, messages->text, strcspn(messages->text, "\n"));
	return session_said_ready(&session) ? VERDICT_FAILED : VERDICT_SKIPPED;
}
