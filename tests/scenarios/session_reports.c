// SPDX-License-Identifier: GPL-2.0-or-later
/* Follows the file that sigpath writes, and counts the incidents of each play. */
#include "session_reports.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>

#include "cleanup.h"
#include "session.h"
#include "session_pump.h"

#define REPORT_MS 5000

struct reports {
	FILE *file;
	struct expectations told[SESSION_PLAYS_MAX];
	size_t reported[SESSION_PLAYS_MAX];
};

static void reports_close(struct reports *reports)
{
	for (size_t i = 0; i < SESSION_PLAYS_MAX; i++)
		expectations_free(&reports->told[i]);
	if (reports->file)
		fclose(reports->file);
}

static void count(struct reports *reports, const struct session *session, const char *text)
{
	struct json_object *line = json_tokener_parse(text);

	for (size_t i = 0; i < session->count; i++)
		reports->reported[i] += reports->told[i].pids &&
					expectations_own(&reports->told[i], line);
	json_object_put(line);
}

static void read_new_lines(struct reports *reports, const struct session *session)
{
	cleanup(cleanup_free) char *text = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&text, &size, reports->file)) > 0) {
		if (text[length - 1] == '\n') {
			count(reports, session, text);
			continue;
		}
		/* The rest of this line will come. */
		fseek(reports->file, -length, SEEK_CUR);
		break;
	}
	clearerr(reports->file);
}

static bool all_are_reported(const struct reports *reports, const struct session *session)
{
	for (size_t i = 0; i < session->count; i++) {
		if (reports->told[i].facts &&
		    reports->reported[i] < json_object_array_length(reports->told[i].facts))
			return false;
	}
	return true;
}

static bool something_happened(const struct session *session, const struct play *play)
{
	(void)play;
	return session->report_changed || session->sigpath.ended;
}

void session_await_reports(struct session *session)
{
	cleanup(reports_close) struct reports reports = { .file = fopen(session->report_path,
									"re") };
	long long deadline = session_deadline(session->settings, REPORT_MS);

	for (size_t i = 0; i < session->count; i++) {
		if (session->plays[i].verdict == VERDICT_OPEN)
			play_told(&session->plays[i], &reports.told[i]);
	}
	session->report_changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (!reports.file || session->report_changes < 0 ||
	    inotify_add_watch(session->report_changes, session->report_path, IN_MODIFY) < 0)
		return;
	do {
		session->report_changed = false;
		read_new_lines(&reports, session);
	} while (!all_are_reported(&reports, session) && !session->sigpath.ended &&
		 !session_pump(session, something_happened, NULL, deadline));
}
