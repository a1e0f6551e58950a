// SPDX-License-Identifier: GPL-2.0-or-later
/* The process that reads: what it may do, how often it is asked, and what if it hangs or dies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "containers.h"
#include "landlock.h"
#include "tree.h"

/* What that process does instead, if it is not NULL. */
static void (*instead)(int root, struct ev_names *names);
static unsigned int calls;

void __real_state_find(int root, const struct state_question *question, struct ev_names *names);
void __wrap_state_find(int root, const struct state_question *question, struct ev_names *names);

void __wrap_state_find(int root, const struct state_question *question, struct ev_names *names)
{
	if (instead)
		instead(root, names);
	else
		__real_state_find(root, question, names);
	names->pod[0] = (char)('0' + ++calls % 10);
	names->pod[1] = '\0';
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The process: this one has no other child. */
static pid_t child(void)
{
	FILE *file = fopen("/proc/thread-self/children", "re");
	int pid = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

static struct incident_names docker(const char *id)
{
	struct incident_names names = { .runtime = EV_RUNTIME_DOCKER };

	strcpy(names.container, id);
	return names;
}

static struct ev_names find(struct containers *containers, const char *id)
{
	struct incident_names of = docker(id);
	struct ev_names names = { 0 };

	containers_find(containers, &of, &names);
	return names;
}

static struct containers *start(void)
{
	struct containers *containers = NULL;

	assert_int_equal(containers_start(tree_path, &containers), 0);
	return containers;
}

static void add_docker(const char *id)
{
	char path[256], text[256];

	snprintf(path, sizeof(path), "var/lib/docker/containers/%s/config.v2.json", id);
	snprintf(text, sizeof(text), "{\"ID\":\"%s\",\"Name\":\"/web\"}", id);
	tree_file(path, text);
}

static void test_answers(void **state)
{
	struct containers *containers;
	struct ev_names names;

	add_docker(ID);
	containers = start();
	names = find(containers, ID);
	assert_string_equal(names.container, "web");
	assert_string_equal(names.pod, "1");
	/* The disk is not read again. */
	names = find(containers, ID);
	assert_string_equal(names.container, "web");
	assert_string_equal(names.pod, "1");
	/* A runtime that is installed later, and nothing about another container. */
	assert_int_equal(find(containers, OTHER_ID).container_state, EV_NAMES_NONE);
	containers_stop(containers);
	assert_int_equal(find(NULL, ID).container_state, EV_NAMES_NOT_ASKED);
}

/* Nothing that others may have named is asked for. */
static void test_no_question(void **state)
{
	struct containers *containers = start();
	struct incident_names of = docker(ID);
	struct ev_names names = { 0 };

	of.have_user = true;
	containers_find(containers, &of, &names);
	of = docker("web");
	containers_find(containers, &of, &names);
	of = docker(ID);
	of.runtime = EV_RUNTIME_LXC;
	containers_find(containers, &of, &names);
	assert_int_equal(names.container_state, EV_NAMES_NOT_ASKED);
	assert_string_equal(find(containers, ID).pod, "1");
	containers_stop(containers);
}

static void test_hangs(void **state)
{
	struct containers *containers = start();
	double begin = seconds();

	kill(child(), SIGSTOP);
	assert_int_equal(find(containers, ID).container_state, EV_NAMES_LATE);
	assert_true(seconds() - begin < 1);
	/* Others do not wait, not even once each. */
	begin = seconds();
	for (int i = 0; i < 1000; i++) {
		char id[STATE_ID_SIZE];

		snprintf(id, sizeof(id), "%064x", i);
		assert_int_equal(find(containers, id).container_state, EV_NAMES_LATE);
	}
	assert_true(seconds() - begin < 0.2);
	kill(child(), SIGCONT);
	add_docker(OTHER_ID);
	usleep(200000);
	assert_string_equal(find(containers, OTHER_ID).container, "web");
	/* The end does not wait either. */
	kill(child(), SIGSTOP);
	begin = seconds();
	kill(child(), SIGKILL);
	containers_stop(containers);
	assert_true(seconds() - begin < 1);
}

static void test_dies(void **state)
{
	struct containers *containers = start();
	double begin = seconds();

	kill(child(), SIGKILL);
	for (int i = 0; i < 100; i++) {
		char id[STATE_ID_SIZE];

		snprintf(id, sizeof(id), "%064x", i);
		assert_int_equal(find(containers, id).container_state, EV_NAMES_LATE);
	}
	assert_true(seconds() - begin < 1);
	containers_stop(containers);
}

/* --- somebody has taken it over --- */

#define CHECK(condition)                                                               \
	do {                                                                           \
		if (!(condition)) {                                                    \
			snprintf(names->container, sizeof(names->container), "%.100s", \
				 #condition);                                          \
			return;                                                        \
		}                                                                      \
	} while (0)

static bool is_refused(long result)
{
	return result == -1 && (errno == EPERM || errno == EACCES);
}

static bool has_landlock;

static void attack(int root, struct ev_names *names)
{
	names->container_state = EV_NAMES_FOUND;
	CHECK(is_refused(openat(root, "var/lib/x", O_WRONLY | O_CREAT, 0600)));
	CHECK(is_refused(openat(root, "var/lib/x", O_RDONLY | O_CREAT, 0600)));
	CHECK(is_refused(openat(root, "var/log/x", O_RDWR)));
	CHECK(!has_landlock || is_refused(openat(root, "etc/shadow", O_RDONLY)));
	CHECK(!has_landlock || is_refused(openat(AT_FDCWD, "/proc/self/environ", O_RDONLY)));
	CHECK(!has_landlock || is_refused(openat(AT_FDCWD, "/etc/shadow", O_RDONLY)));
	CHECK(is_refused(syscall(SYS_unlinkat, root, "var/lib", 0)));
	CHECK(is_refused(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0)));
	CHECK(is_refused(syscall(SYS_connect, 0, NULL, 0)));
	CHECK(is_refused(syscall(SYS_execve, "/bin/true", NULL, NULL)));
	CHECK(is_refused(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL)));
	CHECK(is_refused(syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0)));
	CHECK(is_refused(syscall(SYS_kill, getppid(), 0)));
	CHECK(is_refused(syscall(SYS_mmap, NULL, 4096, 5, 0x22, -1, 0)));
	CHECK(is_refused(syscall(SYS_write, 0, "x", 1)));
	strcpy(names->container, "refused");
}

static void test_walls(void **state)
{
	struct containers *containers;

	has_landlock = landlock_version();
	tree_file("etc/shadow", "secret");
	tree_file("var/log/x", "");
	instead = attack;
	containers = start();
	instead = NULL;
	assert_string_equal(find(containers, ID).container, "refused");
	containers_stop(containers);
}

/* An answer that would be read behind its end. */
static void answer_without_end(int root, struct ev_names *names)
{
	names->container_state = EV_NAMES_FOUND;
	memset(names->container, 'x', sizeof(names->container));
}

static void answer_unknown_state(int root, struct ev_names *names)
{
	names->container_state = 200;
}

static void test_wrong_answers(void **state)
{
	void (*const wrong[])(int, struct ev_names *) = { answer_without_end,
							  answer_unknown_state };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct containers *containers;

		instead = wrong[i];
		containers = start();
		instead = NULL;
		assert_int_equal(find(containers, ID).container_state, EV_NAMES_LATE);
		assert_string_equal(find(containers, ID).container, "");
		containers_stop(containers);
	}
}

static void test_rights(void **state)
{
	struct containers *containers = start();
	char path[64], line[256];
	FILE *file;
	int seen = 0;

	find(containers, ID);
	snprintf(path, sizeof(path), "/proc/%d/status", child());
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "Name:", 5))
			seen += !strcmp(line, "Name:\tsigpath-names\n");
		if (!strncmp(line, "CapPrm:", 7) || !strncmp(line, "CapBnd:", 7))
			seen += strtoull(line + 8, NULL, 16) == 0;
		if (!strncmp(line, "NoNewPrivs:", 11))
			seen += atoi(line + 12);
		if (!strncmp(line, "Seccomp:", 8))
			seen += atoi(line + 9) == 2;
	}
	fclose(file);
	assert_int_equal(seen, 5);
	containers_stop(containers);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, tree_begin, tree_end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_answers),	  TEST(test_no_question), TEST(test_hangs),
		TEST(test_dies),	  TEST(test_walls),	  TEST(test_rights),
		TEST(test_wrong_answers),
	};

	if (geteuid()) {
		puts("not root: the files of runtimes belong to root");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
