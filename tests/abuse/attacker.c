/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A user who tries to blind sigpath or to drown the others. Each attack prints as JSON how many
 * writes failed with a broken pipe.
 *
 *   attacker [-u USERS] programs COUNT FILE	   COUNT executables die once each: copies of FILE
 *(die.c) in memory attacker deaths RATE SECONDS FILE		   FILE dies RATE times a second
 *   attacker sites COUNT			   one process fails in COUNT places of its code
 *   attacker words COUNT			   ... in one place, with COUNT words on top of its
 *stack attacker [-u USERS] flood RATE GROUPS SECONDS RATE writes fail each second, in GROUPS groups
 *   attacker passing GROUPS RATE			   GROUPS groups, of processes that live for
 *a moment; RATE groups a second, 0: as many as can be
 *
 * -u: as USERS users of a new user namespace. It prints a line, and goes on when it has read one:
 * by then root has written the maps. sites and words live on until their input ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sites.h"

#define WORKERS 4	/* processes of a flood */
#define FDS 50		/* broken pipes of each of them */
#define PASSING 64	/* groups of each process that passes */
#define TURN_NS 1000000 /* a flood writes once in this time, and then sleeps */

static long users; /* of the user namespace; 0: none */
/* Written by the children, read by their parent. */
static struct {
	atomic_long failed[WORKERS];
} * shared;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "attacker: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

static int broken_pipe(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		die("pipe");
	close(fds[0]);
	return fds[1];
}

/* Returns when root has written the maps. */
static void enter_namespace(void)
{
	char line[8];

	if (unshare(CLONE_NEWUSER))
		die("unshare");
	printf("namespace %d\n", getpid());
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin) || setresgid(0, 0, 0) || setresuid(0, 0, 0))
		die("to be root of the namespace");
}

/* Becomes one of the users. The saved uid is the way back. */
static void become(unsigned long number)
{
	uid_t uid = 1 + number % users;

	if (syscall(SYS_setresuid, 0, 0, 0) || syscall(SYS_setresuid, uid, uid, 0))
		die("setresuid");
}

static void check_failed(long result)
{
	if (result != -EPIPE)
		die("a write to a broken pipe");
}

/* --- deaths --- */

static void expect_death(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGPIPE)
		die("a death of SIGPIPE");
}

/* A copy of FILE in memory is another executable than all before. */
static int copy_in_memory(int file, const char *name)
{
	int copy = memfd_create(name, MFD_CLOEXEC);
	struct stat status;
	off_t offset = 0;

	if (copy < 0 || fstat(file, &status) ||
	    sendfile(copy, file, &offset, status.st_size) != status.st_size)
		die("a copy");
	return copy;
}

static _Noreturn void execute(int file, char *name)
{
	char *arguments[] = { name, NULL }, *environment[] = { NULL };

	signal(SIGPIPE, SIG_DFL);
	dup2(broken_pipe(), STDOUT_FILENO);
	fexecve(file, arguments, environment);
	die("fexecve");
}

static void die_once(int program, char *name, unsigned long number)
{
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (!pid) {
		/* A system call, so that only this process changes. */
		if (users && syscall(SYS_setresuid, 1 + number % users, 1 + number % users, 0))
			die("setresuid");
		execute(program, name);
	}
	expect_death(pid);
}

static long attack_programs(char **arguments, char *name)
{
	long count = atol(arguments[0]);
	int file = open(arguments[1], O_RDONLY | O_CLOEXEC);

	if (file < 0)
		die(arguments[1]);
	for (long i = 0; i < count; i++) {
		int copy = copy_in_memory(file, name);

		die_once(copy, name, i);
		close(copy);
	}
	return count;
}

/*
 * Copies FILE to DIRECTORY for each user of the namespace, as a set-user-ID program. The host obeys
 * that bit outside of the namespace too.
 */
static void make_identities(long count, int file, int directory)
{
	char name[24];

	enter_namespace();
	for (long i = 0; i < count; i++) {
		struct stat status;
		off_t offset = 0;
		int copy;

		snprintf(name, sizeof(name), "%ld", i);
		copy = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
		if (copy < 0 || fstat(file, &status) ||
		    sendfile(copy, file, &offset, status.st_size) != status.st_size ||
		    fchown(copy, 1 + i % users, 0) || fchmod(copy, 04755))
			die("a set-user-ID copy");
		close(copy);
	}
}

static long attack_identities(char **arguments, char *name)
{
	long count = atol(arguments[0]), given = users;
	int file = open(arguments[1], O_RDONLY | O_CLOEXEC), status;
	int directory = open(arguments[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = fork();

	if (file < 0 || directory < 0 || pid < 0)
		die("identities");
	if (!pid) {
		make_identities(count, file, directory);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("the namespace");
	users = 0; /* of this process */
	for (long i = 0; i < count; i++) {
		char number[24];
		int copy;

		snprintf(number, sizeof(number), "%ld", i);
		copy = openat(directory, number, O_RDONLY | O_CLOEXEC);
		die_once(copy, name, i);
		close(copy);
	}
	users = given;
	return count;
}

static _Noreturn void execute_in_namespace(int file, char *name, uid_t maker)
{
	if (syscall(SYS_setresuid, maker, maker, maker) || unshare(CLONE_NEWUSER))
		die("a user namespace");
	execute(file, name);
}

static long attack_namespaces(char **arguments, char *name)
{
	long count = atol(arguments[0]);
	int file = open(arguments[1], O_RDONLY | O_CLOEXEC);

	if (file < 0)
		die(arguments[1]);
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (!pid)
			execute_in_namespace(file, name, 1 + i);
		expect_death(pid);
	}
	return count;
}

static void sleep_until(long time_ns)
{
	struct timespec time = { time_ns / 1000000000L, time_ns % 1000000000L };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

static long attack_deaths(char **arguments, char *name)
{
	long rate = atol(arguments[0]), count = rate * atol(arguments[1]), begin = now_ns();
	int file = open(arguments[2], O_RDONLY | O_CLOEXEC);

	if (file < 0)
		die(arguments[2]);
	for (long i = 0; i < count; i++) {
		sleep_until(begin + i * 1000000000L / rate);
		die_once(file, name, i);
	}
	return count;
}

/* --- failed writes of a process that lives on --- */

static void live_on(long failed)
{
	char byte;

	printf("{\"failed\": %ld}\n", failed);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	exit(0);
}

static long attack_sites(char **arguments, char *name)
{
	long count = atol(arguments[0]);
	char *code = sites_make(count);
	int fd = broken_pipe();

	for (long i = 0; i < count; i++)
		check_failed(site_call(code, i, fd));
	live_on(count);
	return 0;
}

static long attack_words(char **arguments, char *name)
{
	long count = atol(arguments[0]);
	char *code = site_with_word_make();
	int fd = broken_pipe();

	for (long i = 0; i < count; i++)
		check_failed(site_call_with_word(code, fd, 0x1000 + i));
	live_on(count);
	return 0;
}

/* --- a flood --- */

static void open_broken_pipes(int *fds, int count)
{
	fds[0] = broken_pipe();
	for (int i = 1; i < count; i++) {
		fds[i] = dup(fds[0]);
		if (fds[i] < 0)
			die("dup");
	}
}

/* Uses each of its groups in turn, at an even pace. What it is late for, it makes up. */
static void flood_worker(int worker, long rate, long groups, long seconds)
{
	long sites = (groups + FDS - 1) / FDS, begin = now_ns(), done = 0, late;
	char *code = sites_make(sites);
	int fds[FDS];

	open_broken_pipes(fds, FDS);
	for (long turn = 1; (late = now_ns() - begin) < seconds * 1000000000L; turn++) {
		long due = late / 1000 * rate / 1000000;

		if (users)
			become(worker + turn * WORKERS);
		for (; done < due; done++)
			check_failed(site_call(code, done / FDS % sites, fds[done % FDS]));
		atomic_store(&shared->failed[worker], done);
		sleep_until(begin + turn * TURN_NS);
	}
}

static long attack_flood(char **arguments, char *name)
{
	long rate = atol(arguments[0]), groups = atol(arguments[1]), seconds = atol(arguments[2]);
	pid_t workers[WORKERS];
	long failed = 0;
	int status;

	for (int i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		if (workers[i])
			continue;
		flood_worker(i, rate / WORKERS, groups / WORKERS, seconds);
		_exit(0);
	}
	for (int i = 0; i < WORKERS; i++) {
		if (waitpid(workers[i], &status, 0) != workers[i] || status)
			die("a worker");
		failed += shared->failed[i];
	}
	return failed;
}

/* --- groups without end --- */

/*
 * Each process has groups that no process had before, even if its pid was used before: its fd and
 * the addresses of its code change as well.
 */
static long attack_passing(char **arguments, char *name)
{
	long groups = atol(arguments[0]), rate = atol(arguments[1]), begin = now_ns();
	long processes = (groups + PASSING - 1) / PASSING;
	char *code = sites_make(PASSING * 64);
	int fd = broken_pipe();

	for (long i = 0; i < processes; i++) {
		int status, own;
		pid_t pid;

		if (rate)
			sleep_until(begin + i * PASSING * 1000000000L / rate);
		pid = fork();
		if (!pid) {
			own = fcntl(fd, F_DUPFD, 3 + i / 64 % 1000);
			for (int site = 0; site < PASSING; site++)
				check_failed(site_call(code, i % 64 * PASSING + site, own));
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			die("a process");
	}
	return processes * PASSING;
}

static const struct attack {
	const char *name;
	int arguments;
	/* Returns how many writes failed. NAME is that of this process, for new programs. */
	long (*run)(char **arguments, char *name);
} attacks[] = {
	{ "programs", 2, attack_programs },	{ "deaths", 3, attack_deaths },
	{ "identities", 3, attack_identities }, { "namespaces", 2, attack_namespaces },
	{ "sites", 1, attack_sites },		{ "words", 1, attack_words },
	{ "flood", 3, attack_flood },		{ "passing", 2, attack_passing },
};

static void usage(void)
{
	fputs("usage: attacker [-u USERS] ATTACK ARGUMENT... (see attacker.c)\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	char name[16] = "";

	if (argc > 2 && !strcmp(argv[1], "-u")) {
		users = atol(argv[2]);
		argc -= 2;
		argv += 2;
	}
	prctl(PR_GET_NAME, name);
	signal(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; argc > 1 && i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		if (strcmp(argv[1], attacks[i].name) || argc - 2 != attacks[i].arguments)
			continue;
		if (users && attacks[i].run != attack_identities)
			enter_namespace();
		printf("{\"failed\": %ld}\n", attacks[i].run(argv + 2, name));
		return 0;
	}
	usage();
}
