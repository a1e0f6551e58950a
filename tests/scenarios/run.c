// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scenario-runner: does sigpath report what the scenario programs say about themselves? Prints one
 * line per case: `ok NAME`, `FAIL NAME: why` (with indented details below) or `skip NAME: reason`.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abilities_seen.h"
#include "arguments.h"
#include "cases.h"
#include "cleanup.h"
#include "session.h"
#include "strbuf.h"

#define EXIT_SKIPPED 77
#define TRIES 3 /* of a case in which the kernel left out a hook */

struct tally {
	size_t passed, failed, skipped;
};

static const struct option options[] = {
	{ "sigpath", required_argument, NULL, 's' },  { "dir", required_argument, NULL, 'd' },
	{ "json-dir", required_argument, NULL, 'j' }, { "batch", required_argument, NULL, 'b' },
	{ "list", no_argument, NULL, 'l' },	      { "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },	      { 0 },
};

static const char usage[] =
	"usage: scenario-runner --sigpath PATH --dir DIRECTORY [--json-dir DIRECTORY] [--batch N] [-v]\n"
	"                       [NAME...]\n"
	"       scenario-runner --list\n"
	"--batch N: up to N cases (at most 32) share one run of sigpath. -v also prints times.\n"
	"SIGPATH_TEST_SLOW=N in the environment makes all timeouts N times as long.\n";

static void list_cases(void)
{
	for (size_t i = 0; i < case_count; i++)
		puts(cases[i].name);
}

/* Makes each directory of PATH that does not exist. 0 or -errno. */
static int make_directories(const char *path)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s/", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static void count_verdict(enum verdict verdict, struct tally *tally)
{
	tally->passed += verdict == VERDICT_OK;
	tally->failed += verdict == VERDICT_FAILED;
	tally->skipped += verdict == VERDICT_SKIPPED;
}

/* The kernel lacks what this case tests. */
static bool unfit(const struct test_case *test, struct strbuf *why)
{
	if (test->needs && !abilities_have(test->needs, test->degraded_is_enough))
		strbuf_printf(why, "sigpath check does not report %s as ok", test->needs);
	else if (test->lacks && abilities_have(test->lacks, !test->degraded_is_enough))
		strbuf_printf(why, "needs a kernel where %s is missing%s", test->lacks,
			      test->degraded_is_enough ? " or degraded" : "");
	else
		return false;
	return true;
}

static void print_verdict(const struct settings *settings, const struct play *play,
			  struct tally *tally)
{
	static const char *const words[] = { "?", "ok", "FAIL", "skip" };

	printf("%s %s", words[play->verdict], play->test->name);
	if (play->verdict != VERDICT_OK)
		printf(": %s", play->why.text ?: "");
	if (settings->verbose)
		printf(" (%.2f s)", (double)play->spent_ms / 1000);
	printf("\n%s", play->details.text ?: "");
	count_verdict(play->verdict, tally);
}

static void print_sigpath(const struct session *session)
{
	cleanup(strbuf_free) struct strbuf messages = { 0 };

	session_tell(session, &messages);
	printf("sigpath started in %.2f s, reported in %.2f s and ended in %.2f s beside %zu\n%s",
	       (double)session->start_ms / 1000, (double)session->report_ms / 1000,
	       (double)session->end_ms / 1000, session->count, messages.text ?: "");
}

static void run_alone(const struct settings *settings, const struct test_case *test,
		      unsigned int tries, struct tally *tally);

/* Runs the cases that have been gathered, each up to TRIES times, and makes SESSION empty. */
static void run_session(const struct settings *settings, struct session *session,
			unsigned int tries, struct tally *tally)
{
	if (session->count)
		session_run(session);
	if (session->count && settings->verbose)
		print_sigpath(session);
	for (size_t i = 0; i < session->count; i++) {
		const struct play *play = &session->plays[i];

		if (tries > 1 && play_missed_hook(play)) {
			printf("    %s once more: the kernel left out a hook\n", play->test->name);
			run_alone(settings, play->test, tries - 1, tally);
		} else {
			print_verdict(settings, play, tally);
		}
	}
	fflush(stdout);
	session_free(session);
	session_init(session, settings);
}

static void skip_case(const struct settings *settings, const struct test_case *test,
		      const char *why, struct tally *tally)
{
	cleanup(play_free) struct play play;

	play_init(&play, test);
	play_skip(&play, "%s", why);
	print_verdict(settings, &play, tally);
}

static void run_alone(const struct settings *settings, const struct test_case *test,
		      unsigned int tries, struct tally *tally)
{
	struct session session;

	session_init(&session, settings);
	session_add(&session, test);
	run_session(settings, &session, tries, tally);
}

/* SHARED gathers cases until it is full, or one comes that needs another sigpath. */
static void run_case(const struct settings *settings, const struct test_case *test,
		     struct session *shared, struct tally *tally)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };

	if (unfit(test, &why)) {
		skip_case(settings, test, why.text, tally);
		return;
	}
	if (shared->count && !session_takes(shared, test) && arguments_can_share(test, test))
		run_session(settings, shared, TRIES, tally);
	if (session_takes(shared, test))
		session_add(shared, test);
	else
		run_alone(settings, test, TRIES, tally);
}

static const struct test_case *find_case(const char *name)
{
	for (size_t i = 0; i < case_count; i++) {
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	}
	return NULL;
}

static int run_cases(const struct settings *settings, char *const names[])
{
	struct tally tally = { 0 };
	struct session shared;

	for (char *const *name = names; *name; name++) {
		if (!find_case(*name)) {
			fprintf(stderr, "scenario-runner: no case %s (see --list)\n", *name);
			return 2;
		}
	}
	session_init(&shared, settings);
	for (char *const *name = names; *name; name++)
		run_case(settings, find_case(*name), &shared, &tally);
	for (size_t i = 0; i < case_count && !*names; i++)
		run_case(settings, &cases[i], &shared, &tally);
	run_session(settings, &shared, TRIES, &tally);
	printf("%zu passed, %zu failed, %zu skipped\n", tally.passed, tally.failed, tally.skipped);
	return tally.failed ? 1 : 0;
}

/* 0 if sigpath can trace on this machine, else the runner's exit status. */
static int try_sigpath(const struct settings *settings)
{
	struct strbuf why = { 0 };
	enum verdict verdict;

	if (geteuid() != 0) {
		puts("not root: sigpath cannot trace");
		return EXIT_SKIPPED;
	}
	verdict = session_try(settings, &why);
	if (verdict != VERDICT_OK)
		printf("%s\n", why.text ? why.text : "");
	strbuf_free(&why);
	if (verdict == VERDICT_SKIPPED)
		return EXIT_SKIPPED;
	if (verdict == VERDICT_OK && !abilities_ask(settings->sigpath)) {
		puts("sigpath check does not answer");
		return 1;
	}
	return verdict == VERDICT_OK ? 0 : 1;
}

/* sigpath's output file, if the caller does not keep it. */
static int run_in_temporary(struct settings *settings, char *const names[])
{
	char directory[] = "/tmp/sigpath-scenarios.XXXXXX", path[PATH_MAX];
	int status;

	if (!mkdtemp(directory)) {
		perror("scenario-runner: mkdtemp");
		return 1;
	}
	settings->json_directory = directory;
	status = try_sigpath(settings);
	if (!status)
		status = run_cases(settings, names);
	for (size_t i = 0; i < case_count; i++) {
		snprintf(path, sizeof(path), "%s/%s.jsonl", directory, cases[i].name);
		unlink(path);
	}
	rmdir(directory);
	return status;
}

static int run_in_directory(const struct settings *settings, char *const names[])
{
	int err = make_directories(settings->json_directory), status;

	if (err) {
		fprintf(stderr, "scenario-runner: %s: %s\n", settings->json_directory,
			strerror(-err));
		return 1;
	}
	status = try_sigpath(settings);
	return status ? status : run_cases(settings, names);
}

static unsigned int slowness(void)
{
	const char *text = getenv("SIGPATH_TEST_SLOW");
	int slow = text ? atoi(text) : 1;

	return slow > 0 && slow <= 1000 ? slow : 1;
}

/* 0: TEXT is no such number. */
static unsigned int batch_size(const char *text)
{
	int size = atoi(text);

	return size > 0 && size <= SESSION_PLAYS_MAX ? size : 0;
}

int main(int argc, char **argv)
{
	struct settings settings = { .slow = slowness(), .batch = 1 };
	int option;

	while ((option = getopt_long(argc, argv, "vh", options, NULL)) != -1) {
		switch (option) {
		case 's':
			settings.sigpath = optarg;
			break;
		case 'd':
			settings.directory = optarg;
			break;
		case 'j':
			settings.json_directory = optarg;
			break;
		case 'b':
			settings.batch = batch_size(optarg);
			break;
		case 'v':
			settings.verbose = true;
			break;
		case 'l':
			list_cases();
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!settings.sigpath || !settings.directory || !settings.batch) {
		fputs(usage, stderr);
		return 2;
	}
	/* A write to a program that was killed must not kill the runner. */
	signal(SIGPIPE, SIG_IGN);
	return settings.json_directory ? run_in_directory(&settings, argv + optind)
				       : run_in_temporary(&settings, argv + optind);
}
