// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * worlds: plays random worlds beside sigpath, compares what it says with what was true, and prints
 * a table. See docs/worlds.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "batch.h"
#include "lies.h"
#include "tracer.h"

#define EXIT_SKIPPED 77
#define SEEDS_EACH_DAY 1000000
#define SECONDS_EACH_DAY 86400
#define JOBS_DEFAULT 32
#define COUNT_DEFAULT 1000

static const char usage[] =
	"usage: worlds --sigpath FILE [--seed N] [--count N] [--only KIND]\n"
	"              [--jobs N] [--batch N] [--keep] [--verbose]\n"
	"       worlds --self-check\n"
	"--seed: of the first world; the next ones follow. Without it: the seed of the day.\n"
	"--only: worlds of one kind (pipe, unix, unix_closed, tcp, tcp_reset, ...) from the seed on.\n"
	"--jobs: worlds at the same time, at most 64. --batch: worlds for each run of sigpath.\n";

/* The names that processes of a world have, as in actor.c. */
static const char *const programs[] = { "world", "reader", "shipper", "logger", "worker" };

static bool copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	struct stat status;
	bool copied = false;
	off_t left;

	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (in >= 0 && out >= 0 && !fstat(in, &status)) {
		left = status.st_size;
		while (left > 0) {
			ssize_t sent = sendfile(out, in, NULL, left);

			if (sent <= 0)
				break;
			left -= sent;
		}
		copied = left == 0;
	}
	close(in);
	close(out);
	return copied;
}

/* A directory that other users can enter, with the program under all its names. */
static bool directory_make(const char *world, char *path, size_t size)
{
	const char *parent = getenv("TMPDIR");

	snprintf(path, size, "%s/worlds-XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(path) || chmod(path, 0755) || chdir(path))
		return false;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (!copy(world, programs[i]))
			return false;
	return true;
}

static void directory_remove(const char *path)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	if (system(command))
		fprintf(stderr, "worlds: %s is left behind\n", path);
}

/* The program `world` lies beside this one. */
static bool world_path(char path[PATH_MAX])
{
	static const char name[] = "world";
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof(name));
	char *base;

	if (length <= 0)
		return false;
	path[length] = '\0';
	base = strrchr(path, '/');
	return base && strcpy(base + 1, name);
}

/* The run changes its directory. */
static const char *real_path(const char *path, char absolute[PATH_MAX])
{
	return realpath(path, absolute) ?: path;
}

static bool options_read(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{ "sigpath", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'n' },
		{ "count", required_argument, NULL, 'c' },
		{ "only", required_argument, NULL, 'o' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "batch", required_argument, NULL, 'b' },
		{ "keep", no_argument, NULL, 'k' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "self-check", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "v", options, NULL)) != -1) {
		switch (option) {
		case 's':
			settings->sigpath = optarg;
			break;
		case 'n':
			settings->seed = strtoull(optarg, NULL, 10);
			break;
		case 'c':
			settings->count = strtoul(optarg, NULL, 10);
			break;
		case 'o':
			settings->only = optarg;
			break;
		case 'j':
			settings->jobs = strtoul(optarg, NULL, 10);
			break;
		case 'b':
			settings->batch = strtoul(optarg, NULL, 10);
			break;
		case 'k':
			settings->keep = true;
			break;
		case 'v':
			settings->verbose = true;
			break;
		case 'l':
			exit(lies_are_found() ? 0 : 1);
		default:
			return false;
		}
	}
	return optind == argc && settings->sigpath && settings->jobs >= 1 &&
	       settings->jobs <= CREW_MAX && settings->batch >= 1 && settings->batch <= BATCH_MAX;
}

static bool play_all(const struct settings *settings, struct tally *tally)
{
	static struct batch batch;
	uint64_t seed = settings->seed;
	unsigned int done = 0;
	struct crew crew;
	bool played = crew_start(&crew, "./world", settings->jobs);

	while (played && done < settings->count) {
		batch_fill(&batch, settings, &seed, settings->count - done);
		done += batch.count;
		played = batch_run(&batch, settings, &crew, tally);
		fflush(stdout);
	}
	crew_stop(&crew);
	return played;
}

/* --only with a word that is no kind would look for ever. */
static bool kind_exists(const char *kind)
{
	struct plan plan;

	for (uint64_t seed = 0; kind && seed < 10000; seed++) {
		plan_make(seed, &plan);
		if (batch_kind_matches(&plan, kind))
			return true;
	}
	return !kind;
}

int main(int argc, char **argv)
{
	struct settings settings = { .count = COUNT_DEFAULT, .jobs = JOBS_DEFAULT, .batch = 1000 };
	static struct tally tally;
	static char directory[PATH_MAX], sigpath[PATH_MAX], world[PATH_MAX];
	struct timespec begin, end;
	bool good;

	settings.seed = (uint64_t)(time(NULL) / SECONDS_EACH_DAY) * SEEDS_EACH_DAY;
	if (!options_read(argc, argv, &settings) || !kind_exists(settings.only)) {
		fputs(usage, stderr);
		return 2;
	}
	settings.sigpath = real_path(settings.sigpath, sigpath);
	signal(SIGPIPE, SIG_IGN);
	if (geteuid() != 0 || !tracer_probe(settings.sigpath, &tally.sight)) {
		puts("skip worlds: sigpath does not work here; see `sigpath check`");
		puts("0 passed, 0 failed, 1 skipped");
		return EXIT_SKIPPED;
	}
	if (!world_path(world) || !directory_make(world, directory, sizeof(directory))) {
		fprintf(stderr, "worlds: a directory for the worlds: %s\n", strerror(errno));
		return 1;
	}
	printf("worlds: seed %llu, count %u; repeat one by --seed N --count 1\n",
	       (unsigned long long)settings.seed, settings.count);
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	good = play_all(&settings, &tally);
	clock_gettime(CLOCK_MONOTONIC, &end);
	tally_print(&tally);
	printf("worlds: %u in %lld s\n", tally.worlds, (long long)(end.tv_sec - begin.tv_sec));
	good = tally_verdict(&tally) && good;
	if (settings.keep)
		printf("worlds: the last output is in %s\n", directory);
	else
		directory_remove(directory);
	return good ? 0 : 1;
}
