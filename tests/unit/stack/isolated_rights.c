// SPDX-License-Identifier: GPL-2.0-or-later
/* The child process has no more memory, descriptors and capabilities than its jobs need. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "isolated_case.h"

/* The child does not get the memory that its parent shares with the kernel. */
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

/* When memory runs out, the kernel ends the child and not what the host is for. */
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

static unsigned long long capabilities_of(pid_t pid)
{
	unsigned long long permitted = 0;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	if (!file)
		return ~0ull;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "CapPrm: %llx", &permitted) == 1)
			break;
	fclose(file);
	return permitted;
}

/* Root gives up a capability and goes on. 0: the child does not have it either. */
static int unwind_without(unsigned int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	struct stack_unwinder *unwinder;

	if (syscall(SYS_capget, &header, data))
		return 2;
	data[0].permitted &= ~(1u << capability);
	data[0].effective &= ~(1u << capability);
	if (syscall(SYS_capset, &header, data) || stack_unwinder_new(&options, &unwinder))
		return 3;
	unwind(unwinder);
	if (!stack.complete || capabilities_of(getpid()) & 1ull << capability)
		return 4;
	return capabilities_of(find_reader()) & 1ull << capability ? 1 : 0;
}

/* execve() would give root's child all that root may have. */
static void no_more_rights_than_its_parent(void **state)
{
	int status;
	pid_t parent;

	if (geteuid() != 0) {
		printf("skip no_more_rights_than_its_parent: not root\n");
		skip();
	}
	parent = fork();
	if (!parent)
		_exit(unwind_without(CAP_SYS_BOOT));
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
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
		cmocka_unit_test(no_more_rights_than_its_parent),
		cmocka_unit_test(memory_is_bounded),
	};

	stack_run_child(argc, argv);
	return cmocka_run_group_tests(tests, capture, NULL);
}
