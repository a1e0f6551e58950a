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
#include <time.h>
#include <unistd.h>

#include "abilities_seen.h"
#include "cases.h"
#include "session.h"
#include "strbuf.h"

#define EXIT_SKIPPED 77

struct tally {
	size_t passed, failed, skipped;
};

static const struct option options[] = {
	{ "sigpath", required_argument, NULL, 's' },
	{ "dir", required_argument, NULL, 'd' },
	{ "json-dir", required_argument, NULL, 'j' },
	{ "list", no_argument, NULL, 'l' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char usage[] =
	"usage: scenario-runner --sigpath PATH --dir DIRECTORY [--json-dir DIRECTORY] [-v] [NAME...]\n"
	"       scenario-runner --list\n"
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

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
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

static void run_case(const struct settings *settings, const struct test_case *test,
		     struct tally *tally)
{
	struct strbuf why = { 0 }, details = { 0 };
	double start = seconds_now();
	char report[PATH_MAX];
	enum verdict verdict;

	snprintf(report, sizeof(report), "%s/%s.jsonl", settings->json_directory, test->name);
	unlink(report);
	verdict = unfit(test, &why) ? VERDICT_SKIPPED
				    : session_run(settings, test, report, &why, &details);
	if (verdict == VERDICT_OK)
		printf("ok %s", test->name);
	else
		printf("%s %s: %s", verdict == VERDICT_FAILED ? "FAIL" : "skip", test->name,
		       why.text ? why.text : "");
	if (settings->verbose)
		printf(" (%.2f s)", seconds_now() - start);
	printf("\n%s", details.text ? details.text : "");
	fflush(stdout);
	count_verdict(verdict, tally);
	strbuf_free(&why);
	strbuf_free(&details);
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

	for (char *const *name = names; *name; name++) {
		if (!find_case(*name)) {
			fprintf(stderr, "scenario-runner: no case %s (see --list)\n", *name);
			return 2;
		}
	}
	for (char *const *name = names; *name; name++)
		run_case(settings, find_case(*name), &tally);
	for (size_t i = 0; i < case_count && !*names; i++)
		run_case(settings, &cases[i], &tally);
	printf("%zu passed, %zu failed, %zu skipped\n", tally.passed, tally.failed, tally.skipped);
	return tally.failed ? 1 : 0;
}

/* 0 if sigpath can trace on this machine, else the runner's exit status. */
static int try_sigpath(const struct settings *settings)
{
	struct strbuf why = { 0 };
	char report[PATH_MAX];
	enum verdict verdict;

	if (geteuid() != 0) {
		puts("not root: sigpath cannot trace");
		return EXIT_SKIPPED;
	}
	snprintf(report, sizeof(report), "%s/first-try", settings->json_directory);
	verdict = session_try(settings, report, &why);
	unlink(report);
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

int main(int argc, char **argv)
{
	struct settings settings = { .slow = slowness() };
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
	if (!settings.sigpath || !settings.directory) {
		fputs(usage, stderr);
		return 2;
	}
	/* A write to a program that was killed must not kill the runner. */
	signal(SIGPIPE, SIG_IGN);
	return settings.json_directory ? run_in_directory(&settings, argv + optind)
				       : run_in_temporary(&settings, argv + optind);
}
