// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is a service manager? A copy of this program that is called systemd, in the cgroup that a
 * systemd has, stops a process in a cgroup beside it. In another cgroup it is no manager.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

#define PATH_SIZE 1300

static struct fact *fact;
static struct gate ready;
static char directory[64], top[1200];

static void path_of(char path[PATH_SIZE], const char *name)
{
	snprintf(path, PATH_SIZE, "%s/%s", top, name);
}

static void cgroup_make(const char *name)
{
	char path[PATH_SIZE];

	path_of(path, name);
	if (mkdir(path, 0755) < 0)
		scenario_skip("%s: %s", path, strerror(errno));
}

static void cgroup_enter(const char *name)
{
	char path[PATH_SIZE + sizeof("/cgroup.procs")];
	int fd;

	snprintf(path, sizeof(path), "%s/%s/cgroup.procs", top, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		scenario_die("%s", path);
	close(fd);
}

static void cgroup_remove(const char *name)
{
	char path[PATH_SIZE];

	path_of(path, name);
	rmdir(path);
}

static void prepare(void)
{
	char mount[1024];

	fact = mmap(NULL, sizeof(*fact), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fact == MAP_FAILED)
		scenario_die("mmap");
	gate_init(&ready);
	signal(SIGTERM, SIG_DFL);
	if (!cgroup2_mount(mount, sizeof(mount)))
		scenario_skip("no cgroup2");
	snprintf(top, sizeof(top), "%s/sigpath-stopped-%d", mount, (int)getpid());
	cgroup_make("");
	cgroup_make("init.scope");
	cgroup_make("web.service");
	cgroup_make("other.service");
	scenario_begin();
}

static void finish(void)
{
	char path[PATH_SIZE];

	cgroup_remove("init.scope");
	cgroup_remove("web.service");
	cgroup_remove("other.service");
	cgroup_remove("");
	snprintf(path, sizeof(path), "%s/systemd/systemd", directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/systemd", directory);
	rmdir(path);
	rmdir(directory);
}

/* RET_PATH: this program, as DIRECTORY/systemd/systemd. */
static void copy_self(char ret_path[PATH_SIZE])
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	struct stat status;

	strcpy(directory, "/tmp/sigpath-stopped-XXXXXX");
	if (!mkdtemp(directory))
		scenario_skip("%s: %s", directory, strerror(errno));
	snprintf(ret_path, PATH_SIZE, "%s/systemd", directory);
	mkdir(ret_path, 0755);
	snprintf(ret_path, PATH_SIZE, "%s/systemd/systemd", directory);
	to = open(ret_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (from < 0 || to < 0 || fstat(from, &status) < 0)
		scenario_die("%s", ret_path);
	while (status.st_size > 0) {
		ssize_t sent = sendfile(to, from, NULL, status.st_size);

		if (sent <= 0)
			scenario_die("%s", ret_path);
		status.st_size -= sent;
	}
	close(from);
	close(to);
}

static pid_t victim_start(void)
{
	pid_t pid = scenario_fork();

	if (pid == 0) {
		cgroup_enter("web.service");
		fact_start(fact);
		fact_identity(fact);
		gate_open(&ready, 1);
		for (;;)
			pause();
	}
	gate_wait(&ready);
	return pid;
}

/* A program with the name of systemd in CGROUP sends SIGTERM. */
static void stop_from(const char *cgroup, const char *code, const char *text)
{
	char path[PATH_SIZE], number[16];
	pid_t victim, sender;

	prepare();
	copy_self(path);
	victim = victim_start();
	snprintf(number, sizeof(number), "%d", (int)victim);
	sender = scenario_fork();
	if (sender == 0) {
		cgroup_enter(cgroup);
		fact_text(fact, "subject", "sent");
		fact_open(fact, "signal");
		fact_json(fact, "sender",
			  "{\"pid\":%d,\"exe\":\"%s\",\"cmdline\":[\"%s\",\"send\",\"%s\"],"
			  "\"unit\":\"%s\"}",
			  (int)scenario_pid(), path, path, number, cgroup);
		fact_close(fact);
		fact_evidence(fact, &(struct evidence){
					    .code = code, .confidence = "certain", .text = text });
		fact_emit(fact, NULL);
		execl(path, path, "send", number, NULL);
		_exit(1);
	}
	scenario_reap_expect(victim, SIGTERM);
	scenario_reap_expect(sender, 0);
	finish();
}

static void by_manager(void)
{
	stop_from("init.scope", "stopped_by_supervisor",
		  "systemd stopped web.service with SIGTERM");
}

static void by_namesake(void)
{
	stop_from("other.service", "sent_by_process", "of uid 0 sent the signal");
}

static const struct scenario scenarios[] = {
	{ "by-manager", by_manager },
	{ "by-namesake", by_namesake },
};

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "send"))
		return kill(atoi(argv[2]), SIGTERM) < 0;
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
