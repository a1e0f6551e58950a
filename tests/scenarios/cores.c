// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Will there be a core, and where? As far as that can be tried without a change of
 * kernel.core_pattern, which is the host's: tests/vm/cores changes it.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

#define PATTERN_SIZE 256

static char pattern[PATTERN_SIZE];
static int uses_pid;

static void read_pattern(void)
{
	FILE *file = fopen("/proc/sys/kernel/core_pattern", "re");

	if (!file || !fgets(pattern, sizeof(pattern), file))
		scenario_die("core_pattern");
	fclose(file);
	pattern[strcspn(pattern, "\n")] = '\0';
	file = fopen("/proc/sys/kernel/core_uses_pid", "re");
	if (!file || fscanf(file, "%d", &uses_pid) != 1)
		scenario_die("core_uses_pid");
	fclose(file);
}

static void limit_core(rlim_t limit)
{
	const struct rlimit limits = { limit, RLIM_INFINITY };

	if (setrlimit(RLIMIT_CORE, &limits))
		scenario_die("setrlimit");
}

/* CORE: the value of the key. */
static void emit(int number, const char *core)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_json(&fact, "outcome", "\"killed\"");
	fact_json(&fact, "signal", "{\"number\":%d}", number);
	fact_json(&fact, "core", "%s", core);
	fact_emit(&fact, NULL);
}

static void emit_none(int number, const char *code)
{
	char core[256];

	snprintf(core, sizeof(core), "{\"state\":\"none\",\"code\":\"%s\",\"path\":null}", code);
	emit(number, core);
}

static void die_in_child(int number, void (*die)(void))
{
	pid_t child;

	read_pattern();
	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		die();
		raise(number);
		_exit(1);
	}
	scenario_reap_expect(child, number);
}

static void need_file(void)
{
	if (strchr("|@", pattern[0]))
		scenario_skip("kernel.core_pattern is no file here: %s", pattern);
}

static void die_limited(void)
{
	limit_core(0);
	emit_none(SIGSEGV, "limit");
}

static void limited(void)
{
	read_pattern();
	need_file();
	die_in_child(SIGSEGV, die_limited);
}

static void die_not_dumpable(void)
{
	/* The process block is read before: /proc/self belongs to root from then on. */
	limit_core(RLIM_INFINITY);
	emit_none(SIGABRT, "not_dumpable");
	prctl(PR_SET_DUMPABLE, 0);
}

static void not_dumpable(void)
{
	die_in_child(SIGABRT, die_not_dumpable);
}

static void die_by_term(void)
{
	limit_core(RLIM_INFINITY);
	emit_none(SIGTERM, "signal");
}

static void other_signal(void)
{
	die_in_child(SIGTERM, die_by_term);
}

/* "core", or "core.812", in the working directory. sigpath may see it before, while and after. */
static void die_with_core(void)
{
	char core[512], pid[16] = "";

	if (uses_pid)
		snprintf(pid, sizeof(pid), ".%d", getpid());
	snprintf(core, sizeof(core),
		 "{\"code\":null,\"target\":\"file\",\"pattern\":\"core\",\"path\":\"core%s\"}",
		 pid);
	limit_core(RLIM_INFINITY);
	emit(SIGSEGV, core);
}

static void remove_core(const char *directory)
{
	char path[PATH_MAX];

	if (uses_pid)
		return; /* the machine's own directory for temporary files is cleaned */
	snprintf(path, sizeof(path), "%s/core", directory);
	if (unlink(path))
		scenario_die("there is no core");
	rmdir(directory);
}

static void written(void)
{
	char directory[] = "/tmp/sigpath-core-XXXXXX";

	read_pattern();
	if (strcmp(pattern, "core") != 0)
		scenario_skip("kernel.core_pattern is not `core` here: %s", pattern);
	if (!mkdtemp(directory) || chdir(directory))
		scenario_die("mkdtemp");
	die_in_child(SIGSEGV, die_with_core);
	remove_core(directory);
}

static const struct scenario scenarios[] = {
	{ "limited", limited },
	{ "not-dumpable", not_dumpable },
	{ "other-signal", other_signal },
	{ "written", written },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
