// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader has no more memory, descriptors and rights than its jobs need. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "isolated_case.h"
#include "units.h"

/* The reader does not get the memory that its parent shares with the kernel. */
static void only_its_jobs_are_shared(void **state)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *other = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct stack_unwinder *unwinder;
	char path[64], line[512];
	unsigned int count = 0, written = 0;
	FILE *file;

	assert_true(other != MAP_FAILED);
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	snprintf(path, sizeof(path), "/proc/%d/maps", find_reader());
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char permissions[5] = "";

		assert_int_equal(sscanf(line, "%*x-%*x %4s", permissions), 1);
		count += permissions[3] == 's';
		written += permissions[1] == 'w' && permissions[3] == 's';
	}
	fclose(file);
	assert_int_equal(count, 2);
	assert_int_equal(written, 1);
	stack_unwinder_free(unwinder);
	munmap(other, page);
}

/* When memory runs out, the kernel ends the reader and not what the host is for. */
static void the_first_to_go(void **state)
{
	struct stack_unwinder *unwinder;
	char path[64], text[16] = "";
	FILE *file;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", find_reader());
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, "1000\n");
	stack_unwinder_free(unwinder);
}

/* A child of fork() alone would have it, and the locks of other threads in it. */
static void memory_of_its_parent(void **state)
{
	static const char secret[] = "only the parent knows";
	char *private = mmap(NULL, sizeof(secret), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct stack_unwinder *unwinder;
	char path[64], seen[sizeof(secret)] = "";
	int memory;

	assert_true(private != MAP_FAILED);
	memcpy(private, secret, sizeof(secret));
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	snprintf(path, sizeof(path), "/proc/%d/mem", find_reader());
	memory = open(path, O_RDONLY);
	assert_true(memory >= 0);
	if (pread(memory, seen, sizeof(seen), (off_t)(uintptr_t) private) == sizeof(seen))
		assert_memory_not_equal(seen, secret, sizeof(secret));
	close(memory);
	stack_unwinder_free(unwinder);
	munmap(private, sizeof(secret));
}

static void nothing_is_left_open(void **state)
{
	struct stack_unwinder *unwinder;
	char path[64];
	unsigned int count = 0;
	struct dirent *entry;
	DIR *dir;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	snprintf(path, sizeof(path), "/proc/%d/fd", find_reader());
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	/* stdin, stdout, stderr and two sockets; its files are mapped. */
	assert_int_equal(count, 5);
	stack_unwinder_free(unwinder);
}

/* The line NAME of /proc/PID/status, as a number of BASE. */
static unsigned long long status_of(pid_t pid, const char *name, int base)
{
	char path[64], line[256];
	unsigned long long value = ~0ull;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = strtoull(line + strlen(name) + 1, NULL, base);
	fclose(file);
	return value;
}

static void no_rights(void **state)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
	struct stack_unwinder *unwinder;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	assert_true(stack.complete);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		assert_int_equal(status_of(find_reader(), sets[i], 16), 0);
	assert_int_equal(status_of(find_reader(), "NoNewPrivs", 10), 1);
	assert_int_equal(status_of(find_reader(), "Seccomp", 10), 2);
	stack_unwinder_free(unwinder);
}

/* No more than what is documented, and nothing that this process does not have. */
static void few_rights_of_the_others(void **state)
{
	const unsigned long long own = status_of(getpid(), "CapPrm", 16);
	const unsigned long long opener = 1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_SYS_PTRACE |
					  1ull << 40 /* CAP_CHECKPOINT_RESTORE */;
	struct stack_unwinder *unwinder;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	assert_int_equal(status_of(find_opener(), "CapPrm", 16), own & opener);
	assert_int_equal(status_of(find_opener(), "NoNewPrivs", 10), 1);
	assert_int_equal(status_of(find_spawner(), "CapPrm", 16),
			 own & (opener | 1ull << CAP_SYS_ADMIN));
	assert_int_equal(status_of(find_spawner(), "NoNewPrivs", 10), 1);
	stack_unwinder_free(unwinder);
}

static ino_t namespace_of(pid_t pid, const char *kind)
{
	char path[64];
	struct stat stat_;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	assert_int_equal(stat(path, &stat_), 0);
	return stat_.st_ino;
}

static bool have_namespaces(void)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(unshare(CLONE_NEWUSER) || unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC));
	assert_int_equal(waitpid(child, &status, 0), child);
	return !status;
}

static void own_namespaces(void **state)
{
	static const char *const kinds[] = { "user", "mnt", "net", "ipc" };
	struct stack_unwinder *unwinder;
	unsigned int names = 0;
	char path[64];
	DIR *root;

#ifdef __SANITIZE_THREAD__
	printf("skip own_namespaces: the sanitizer has a thread\n");
	skip();
#endif
	if (!have_namespaces()) {
		printf("skip own_namespaces: not allowed here\n");
		skip();
	}
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		assert_int_not_equal(namespace_of(find_reader(), kinds[i]),
				     namespace_of(getpid(), kinds[i]));
	/* Its root directory is empty. */
	snprintf(path, sizeof(path), "/proc/%d/root", find_reader());
	root = opendir(path);
	assert_non_null(root);
	while (readdir(root))
		names++;
	closedir(root);
	assert_int_equal(names, 2);
	stack_unwinder_free(unwinder);
}

/* Variables of whoever started sigpath may have passwords in them. */
static void nothing_of_the_environment(void **state)
{
	struct stack_unwinder *unwinder;
	char path[64], text[65536];
	FILE *file;
	size_t length;

	setenv("SIGPATH_TEST_SECRET", "the value of a variable", 1);
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	snprintf(path, sizeof(path), "/proc/%d/environ", find_reader());
	file = fopen(path, "r");
	assert_non_null(file);
	length = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_null(memmem(text, length, "the value", strlen("the value")));
	unsetenv("SIGPATH_TEST_SECRET");
	stack_unwinder_free(unwinder);
}

/* Sanitizers need more address space than the limit. */
static void memory_is_bounded(void **state)
{
	struct stack_unwinder *unwinder;
	unsigned long long limit = 0;
	char path[64], line[256];
	FILE *file;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	printf("skip memory_is_bounded: sanitizers\n");
	skip();
#endif
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	snprintf(path, sizeof(path), "/proc/%d/limits", find_reader());
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Max data size %llu", &limit) == 1)
			break;
	fclose(file);
	assert_true(limit > 0 && limit < 3ull << 30);
	stack_unwinder_free(unwinder);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_its_jobs_are_shared),
		cmocka_unit_test(memory_of_its_parent),
		cmocka_unit_test(the_first_to_go),
		cmocka_unit_test(nothing_is_left_open),
		cmocka_unit_test(no_rights),
		cmocka_unit_test(few_rights_of_the_others),
		cmocka_unit_test(own_namespaces),
		cmocka_unit_test(nothing_of_the_environment),
		cmocka_unit_test(memory_is_bounded),
	};

	stack_run_child(argc, argv);
	return cmocka_run_group_tests(tests, capture, NULL);
}
