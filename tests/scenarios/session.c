// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps of one case: the program starts and waits; sigpath starts and says that it is ready;
 * the program runs and exits; the runner interrupts sigpath, and sigpath exits. In other cases
 * sigpath itself starts the program. No step sleeps: each one waits for a line, an end of file or
 * the end of a process.
 */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "session_pump.h"
#include "verdict.h"

#define CASE_MS 60000
#define READY_MS 30000
#define ARGUMENTS_MAX 24

/* A pipe with one end for the runner: non-blocking, and not inherited by other children. */
static int stream_make(bool read_here, int *ret_here, int *ret_there)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*ret_here = ends[read_here ? 0 : 1];
	*ret_there = ends[read_here ? 1 : 0];
	fcntl(*ret_here, F_SETFL, O_NONBLOCK);
	return 0;
}

static int program_start(struct session *session)
{
	cleanup(cleanup_close) int go = -1, facts = -1,
				   null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char path[4096];
	char *argv[] = { path, (char *)session->test->scenario, NULL };
	struct child_streams streams = { .input = null, .output = null };
	int err;

	session->program_error = memfd_create("stderr", MFD_CLOEXEC);
	if (null < 0 || session->program_error < 0)
		return -errno;
	err = stream_make(false, &session->go, &go);
	if (!err)
		err = stream_make(true, &session->facts, &facts);
	if (err)
		return err;
	streams.error = session->program_error;
	streams.go = go;
	streams.facts = facts;
	streams.report = session->report_path;
	snprintf(path, sizeof(path), "%s/%s", session->settings->directory, session->test->program);
	return child_start(argv, &streams, &session->program);
}

static const char *const *no_options(void)
{
	static const char *const none[CASE_OPTIONS_MAX];

	return none;
}

struct arguments {
	char *argv[ARGUMENTS_MAX];
	char path[4096];
	struct strbuf filled[CASE_OPTIONS_MAX];
};

static void arguments_free(struct arguments *arguments)
{
	for (size_t i = 0; i < CASE_OPTIONS_MAX; i++)
		strbuf_free(&arguments->filled[i]);
}

static int arguments_make(const struct session *session, const struct expectations *told,
			  struct arguments *arguments)
{
	const struct test_case *test = session->test;
	const char *const *options = test ? test->options : no_options();
	char *first[] = { (char *)session->settings->sigpath, "--format", "json", "-o",
			  (char *)session->report_path };
	size_t count = sizeof(first) / sizeof(first[0]);
	char **argv = arguments->argv;
	int err;

	memcpy(argv, first, sizeof(first));
	if (test && test->start == START_ATTACH) {
		argv[count++] = "-p";
		err = expectations_fill(told, "{pid}", &arguments->filled[CASE_OPTIONS_MAX - 1]);
		if (err)
			return err;
		argv[count++] = arguments->filled[CASE_OPTIONS_MAX - 1].text;
	}
	for (size_t i = 0; i < CASE_OPTIONS_MAX - 1 && options[i]; i++) {
		err = expectations_fill(told, options[i], &arguments->filled[i]);
		if (err)
			return err;
		argv[count++] = arguments->filled[i].text;
	}
	if (test && test->start == START_COMMAND) {
		snprintf(arguments->path, sizeof(arguments->path), "%s/%s",
			 session->settings->directory, test->program);
		argv[count++] = "--";
		argv[count++] = arguments->path;
		argv[count++] = (char *)test->scenario;
	}
	argv[count] = NULL;
	return 0;
}

static int sigpath_start(struct session *session, const struct expectations *told)
{
	cleanup(cleanup_close) int input = -1, output = -1, error = -1, facts = -1;
	cleanup(arguments_free) struct arguments arguments = { 0 };
	struct child_streams streams = { .go = -1, .facts = -1 };
	int err = arguments_make(session, told, &arguments);

	if (!err)
		err = stream_make(true, &session->messages, &error);
	if (!err)
		err = stream_make(false, &session->input, &input);
	if (!err)
		err = stream_make(true, &session->output, &output);
	if (!err && session->test && session->test->start == START_COMMAND)
		err = stream_make(true, &session->facts, &facts);
	if (err)
		return err;
	if (!session->test || !session->test->copies)
		close(take_fd(&session->input));
	streams = (struct child_streams){
		.input = input, .output = output, .error = error, .go = -1, .facts = facts
	};
	return child_start(arguments.argv, &streams, &session->sigpath);
}

static void session_init(struct session *session, const struct settings *settings,
			 const struct test_case *test, const char *report_path)
{
	*session = (struct session){ .settings = settings,
				     .test = test,
				     .report_path = report_path,
				     .program = CHILD_NONE,
				     .sigpath = CHILD_NONE,
				     .go = -1,
				     .facts = -1,
				     .messages = -1,
				     .input = -1,
				     .output = -1,
				     .program_error = -1 };
}

static void session_free(struct session *session)
{
	child_stop(&session->program);
	child_stop(&session->sigpath);
	cleanup_close(&session->go);
	cleanup_close(&session->facts);
	cleanup_close(&session->messages);
	cleanup_close(&session->input);
	cleanup_close(&session->output);
	cleanup_close(&session->program_error);
	strbuf_free(&session->facts_text);
	strbuf_free(&session->messages_text);
	strbuf_free(&session->output_text);
}

static void tell_status(const struct child *child, struct strbuf *why)
{
	if (WIFSIGNALED(child->status))
		strbuf_printf(why, "was killed by SIG%s", sigabbrev_np(WTERMSIG(child->status)));
	else
		strbuf_printf(why, "exited with %d", WEXITSTATUS(child->status));
}

static void tell_program_error(const struct session *session, struct strbuf *why)
{
	char text[512];
	ssize_t length = session->program_error < 0
				 ? 0
				 : pread(session->program_error, text, sizeof(text), 0);

	while (length > 0 && text[length - 1] == '\n')
		length--;
	if (length > 0) {
		strbuf_add_text(why, ": ");
		strbuf_add_escaped(why, text, length);
	}
}

static void tell_messages(const struct session *session, struct strbuf *details)
{
	const char *text = session->messages_text.text;
	size_t span;

	for (; text && *text; text += span + (text[span] == '\n')) {
		span = strcspn(text, "\n");
		strbuf_add_text(details, "    ");
		strbuf_add_escaped(details, text, span);
		strbuf_add_text(details, "\n");
	}
}

/* Starts the program and reads its lines until it waits. VERDICT_OK: continue. */
static enum verdict begin(struct session *session, long long deadline, struct strbuf *why)
{
	cleanup(expectations_free) struct expectations told = { 0 };
	int err = program_start(session);

	if (err == -ENOENT || err == -ENOEXEC) {
		strbuf_printf(why,
			      err == -ENOENT ? "%s was not built here"
					     : "this kernel does not run %s",
			      session->test->program);
		return VERDICT_SKIPPED;
	}
	if (err || session_pump(session, session_program_waits, deadline)) {
		strbuf_printf(why, "the program did not get ready: %s",
			      err ? strerror(-err) : "timed out");
		return VERDICT_FAILED;
	}
	if (expectations_read(session->test, session->facts_text.text, &told)) {
		strbuf_add_text(why, "the program told something that is no JSON");
		return VERDICT_FAILED;
	}
	if (told.skip) {
		strbuf_add_text(why, json_object_get_string(told.skip));
		return VERDICT_SKIPPED;
	}
	if (!told.waiting) {
		strbuf_add_text(why, "the program ended before it waited");
		tell_program_error(session, why);
		return VERDICT_FAILED;
	}
	return VERDICT_OK;
}

static bool sigpath_gets_ready(struct session *session, struct strbuf *why)
{
	cleanup(expectations_free) struct expectations told = { 0 };
	int err = 0;

	if (session->test)
		err = expectations_read(session->test, session->facts_text.text, &told);
	if (!err)
		err = sigpath_start(session, &told);
	if (err) {
		strbuf_printf(why, "starting sigpath: %s", strerror(-err));
		return false;
	}
	err = session_pump(session, session_sigpath_is_ready,
			   session_deadline(session->settings, READY_MS));
	if (err) {
		strbuf_add_text(why, "sigpath did not say ready in time");
		return false;
	}
	if (!session_said_ready(session)) {
		strbuf_add_text(why, "sigpath ");
		tell_status(&session->sigpath, why);
		strbuf_add_text(why, " before it was ready");
		return false;
	}
	return true;
}

/* Did the program end as expected: with status 0, or killed by SIGPIPE? */
static bool program_ended_well(const struct session *session, struct strbuf *why)
{
	int status = session->program.status;

	if ((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
	    (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE))
		return true;
	strbuf_add_text(why, "the program ");
	tell_status(&session->program, why);
	tell_program_error(session, why);
	return false;
}

static bool program_goes(struct session *session, long long deadline, struct strbuf *why)
{
	if (write(session->go, "", 1) != 1) {
		strbuf_add_text(why, "the program does not wait for its go");
		return false;
	}
	if (session_pump(session, session_program_is_done, deadline)) {
		strbuf_add_text(why, "the program did not end in time");
		tell_program_error(session, why);
		return false;
	}
	return program_ended_well(session, why);
}

static bool sigpath_ends(struct session *session, long long deadline, struct strbuf *why)
{
	const struct test_case *test = session->test;
	const struct child *sigpath = &session->sigpath;
	int exit_status = test ? test->exit_status : 0, signal = test ? test->death_signal : 0;
	bool by_itself = test && (test->start == START_COMMAND || test->count);

	/* If sigpath has exited it is a zombie, so no other process gets the signal. */
	if (!by_itself && !sigpath->ended)
		kill(sigpath->pid, SIGINT);
	if (session_pump(session, session_sigpath_is_done, deadline)) {
		strbuf_printf(why, "sigpath did not end %s",
			      by_itself ? "by itself" : "after SIGINT");
		return false;
	}
	if (signal ? WIFSIGNALED(sigpath->status) && WTERMSIG(sigpath->status) == signal
		   : WIFEXITED(sigpath->status) && WEXITSTATUS(sigpath->status) == exit_status)
		return true;
	strbuf_add_text(why, "sigpath ");
	tell_status(sigpath, why);
	return false;
}

static enum verdict judge(struct session *session, struct strbuf *why, struct strbuf *details)
{
	cleanup(expectations_free) struct expectations told = { 0 };

	if (expectations_read(session->test, session->facts_text.text, &told)) {
		strbuf_add_text(why, "the program told something that is no JSON");
		return VERDICT_FAILED;
	}
	if (told.skip) {
		strbuf_add_text(why, json_object_get_string(told.skip));
		return VERDICT_SKIPPED;
	}
	if (session->test->copies && !session_copy_is_whole(session)) {
		strbuf_printf(why, "%zu bytes came out of the command, not the same %d",
			      session->output_text.length, SESSION_COPY_BYTES);
		return VERDICT_FAILED;
	}
	return verdict_of(session->test, &told, session->report_path, why, details)
		       ? VERDICT_OK
		       : VERDICT_FAILED;
}

enum verdict session_run(const struct settings *settings, const struct test_case *test,
			 const char *report_path, struct strbuf *why, struct strbuf *details)
{
	cleanup(session_free) struct session session;
	long long deadline = session_deadline(settings, CASE_MS);
	bool is_command = test->start == START_COMMAND;
	enum verdict verdict = VERDICT_OK;

	session_init(&session, settings, test, report_path);
	if (!is_command)
		verdict = begin(&session, deadline, why);
	if (verdict != VERDICT_OK)
		return verdict;
	if (sigpath_gets_ready(&session, why) &&
	    (is_command || program_goes(&session, deadline, why)) &&
	    sigpath_ends(&session, deadline, why))
		verdict = judge(&session, why, details);
	else
		verdict = VERDICT_FAILED;
	if (verdict == VERDICT_FAILED || settings->verbose)
		tell_messages(&session, details);
	return verdict;
}

enum verdict session_try(const struct settings *settings, const char *report_path,
			 struct strbuf *why)
{
	cleanup(session_free) struct session session;
	const struct strbuf *messages = &session.messages_text;

	session_init(&session, settings, NULL, report_path);
	if (sigpath_gets_ready(&session, why) &&
	    sigpath_ends(&session, session_deadline(settings, CASE_MS), why))
		return VERDICT_OK;
	if (!session.sigpath.ended || WIFSIGNALED(session.sigpath.status) || !messages->length)
		return VERDICT_FAILED;
	strbuf_add_text(why, ": ");
	strbuf_add_escaped(why, messages->text, strcspn(messages->text, "\n"));
	return session_said_ready(&session) ? VERDICT_FAILED : VERDICT_SKIPPED;
}
