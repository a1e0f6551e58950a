/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "in_child.h"
#include "landlock.h"
#include "procdir.h"
#include "syscall_filter.h"
#include "units.h"

#define NOBODY 65534
#define OTHER 1000

static const struct rights_user nobody = { .uid = NOBODY, .gid = NOBODY };
static const char *const names[] = { "stat", "status", "cmdline", "cgroup" };
static const char command[] = "sleep\0"
			      "60";

/* --- somebody has taken over the process that reads --- */

static bool attacks; /* in that process */

int __real_openat(int dir, const char *name, int flags, ...);
int __wrap_openat(int dir, const char *name, int flags, ...);

static bool is_refused(long result)
{
	return result == -1 && errno == EPERM;
}

static bool are_files_refused(int dir, const char *name)
{
	static const int flags[] = { O_RDONLY,
				     O_RDONLY | O_CLOEXEC,
				     O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
				     O_RDWR | O_NOFOLLOW | O_CLOEXEC,
				     O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_CREAT,
				     O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_TRUNC };
	static const char *const others[] = { "environ", "mem", "../1/environ", "/etc/shadow" };
	const int right = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
	bool refused = true;
	char copy[16];

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		refused &= is_refused(__real_openat(dir, name, flags[i], 0600));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		refused &= is_refused(__real_openat(dir, others[i], right));
	/* The address counts, because the filter does not see the text. */
	strcpy(copy, name);
	return refused && is_refused(__real_openat(dir, copy, right));
}

static bool are_calls_refused(int dir, const char *name)
{
	const uintptr_t page = (uintptr_t)name & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1);

	/* Another text at the address of a name needs the first of them. */
	return is_refused(syscall(SYS_mprotect, page, 1, PROT_READ | PROT_WRITE)) &&
	       is_refused(syscall(SYS_mmap, page, 4096, PROT_READ | PROT_WRITE,
				  MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) &&
	       is_refused(syscall(SYS_openat2, dir, name, NULL, 0)) &&
	       is_refused(syscall(SYS_process_vm_writev, getppid(), NULL, 0, NULL, 0, 0)) &&
	       is_refused(syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0)) &&
	       is_refused(syscall(SYS_kill, getppid(), 0)) &&
	       is_refused(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0)) &&
	       is_refused(syscall(SYS_execve, "/bin/true", NULL, NULL)) &&
	       is_refused(syscall(SYS_unlinkat, dir, name, 0)) &&
	       is_refused(syscall(SYS_pread64, STDIN_FILENO, NULL, 0, 0)) &&
	       is_refused(syscall(SYS_write, STDIN_FILENO, "x", 1));
}

int __wrap_openat(int dir, const char *name, int flags, ...)
{
	if (attacks && (!are_files_refused(dir, name) || !are_calls_refused(dir, name))) {
		errno = ENOTRECOVERABLE;
		return -1;
	}
	return __real_openat(dir, name, flags, 0);
}

/* --- a filter without its rules, as of libseccomp without memory --- */

static bool loses_rules;

int __real_syscall_filter_apply(const struct syscall_list *lists, size_t count);
int __wrap_syscall_filter_apply(const struct syscall_list *lists, size_t count);

int __wrap_syscall_filter_apply(const struct syscall_list *lists, size_t count)
{
	return __real_syscall_filter_apply(lists, loses_rules ? 0 : count);
}

/* --- its parent --- */

/* A process of another user. It ends with this one. */
static pid_t start_other(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		expect(!setresgid(OTHER, OTHER, OTHER) && !setresuid(OTHER, OTHER, OTHER));
		expect(!prctl(PR_SET_PDEATHSIG, SIGKILL));
		/* Whoever reads what the test prints must not wait for it. */
		expect(!syscall(SYS_close_range, 0, ~0u, 0u));
		execl("/bin/sleep", "sleep", "60", NULL);
		_exit(1);
	}
	expect(pid > 0);
	return pid;
}

static int open_process(pid_t pid)
{
	char path[64];
	int dir;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	expect(dir >= 0);
	return dir;
}

/* Before, the command line is that of this test. */
static void wait_for_command(int dir)
{
	char bytes[64];
	size_t length;

	for (int i = 0; i < 1000; i++) {
		if (!procdir_read(dir, "cmdline", bytes, sizeof(bytes), &length) &&
		    length == sizeof(command) && !memcmp(bytes, command, length))
			return;
		usleep(10000);
	}
	expect(!"the command line of the other process can be read");
}

/* Becomes what a tracer is: nobody, behind landlock, with a process that reads for it. */
static struct links *become_tracer(void)
{
	const struct landlock_grant proc = {
		.fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC),
		.access = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR,
	};
	const struct landlock_rules rules = { .grants = &proc, .count = 1 };
	struct links *links;
	int error;

	expect(!links_start(&nobody, &links));
	attacks = false;
	expect(!links_check(links));
	expect(!rights_drop(0, &nobody));
	error = landlock_restrict(&rules);
	expect(!error || error == -EOPNOTSUPP);
	procdir_helper = (struct procdir_helper){ .read = links_read_file, .context = links };
	return links;
}

static void expect_all_read(struct links *links, int dir, pid_t pid)
{
	char bytes[PATH_MAX + 1], wanted[64];
	struct procdir_stat stat;
	size_t length;

	wait_for_command(dir);
	expect(!procdir_read_stat(dir, &stat) && !strcmp(stat.comm, "sleep"));
	expect(!procdir_read(dir, "status", bytes, sizeof(bytes) - 1, &length));
	bytes[length] = '\0';
	snprintf(wanted, sizeof(wanted), "\nPid:\t%d\n", pid);
	expect(strstr(bytes, wanted) && strstr(bytes, "\nUid:\t1000\t"));
	expect(!procdir_read(dir, "cgroup", bytes, sizeof(bytes) - 1, &length) && length);
	/* No more than was asked for. */
	memset(bytes, 'x', sizeof(bytes));
	expect(!procdir_read(dir, "status", bytes, 7, &length));
	expect(length == 7 && !memcmp(bytes, "Name:\tsx", 8));
	expect(!links_read_exe(links, dir, bytes, sizeof(bytes)) && bytes[0] == '/');
}

static void read_everywhere(void)
{
	pid_t pid = start_other();
	struct links *links = become_tracer();
	char target[PATH_MAX + 1];
	int dir = open_process(pid);

	/* Whoever has no right can read all but the link. */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		expect(openat(dir, names[i], O_RDONLY | O_CLOEXEC) >= 0);
	expect(links_read_exe(NULL, dir, target, sizeof(target)) < 0);
	expect_all_read(links, dir, pid);
}

static void read_hidden(const char *options, int error)
{
	struct links *links;
	pid_t pid;
	int dir;

	expect(!unshare(CLONE_NEWNS));
	expect(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	expect(!mount("proc", "/proc", "proc", 0, options));
	pid = start_other();
	links = become_tracer();
	dir = open_process(pid);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		expect(openat(dir, names[i], O_RDONLY | O_CLOEXEC) < 0 && errno == error);
	expect_all_read(links, dir, pid);
}

static void read_hidden_1(void)
{
	read_hidden("hidepid=1", EPERM);
}

static void read_hidden_2(void)
{
	read_hidden("hidepid=2", ENOENT);
}

static void read_what_is_gone(void)
{
	pid_t pid = start_other();
	int dir = open_process(pid);
	struct links *links;
	char bytes[64];
	size_t length;

	expect(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
	links = become_tracer();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		expect(links_read_file(links, dir, names[i], bytes, sizeof(bytes), &length) < 0);
	expect(links_read_exe(links, dir, bytes, sizeof(bytes)) < 0);
}

static void read_something_else(void)
{
	int own = open_process(getpid()), dir = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct links *links = become_tracer();
	char bytes[64];
	size_t length;

	expect(links_read_file(links, dir, "status", bytes, sizeof(bytes), &length) == -EXDEV);
	expect(links_read_file(links, own, "environ", bytes, sizeof(bytes), &length) == -EPERM);
	expect(links_read_file(links, own, "stat", bytes, 8193, &length) == -EMSGSIZE);
	expect(!links_read_file(links, own, "stat", bytes, sizeof(bytes), &length));
}

static void attack(void)
{
	int dir = open_process(getpid());
	struct links *links;
	char bytes[64];
	size_t length;

	attacks = true;
	links = become_tracer();
	expect(!links_read_file(links, dir, "stat", bytes, sizeof(bytes), &length) && length);
}

/* It cannot call exit_group(), and ends all the same. */
static void lose_rules(void)
{
	struct links *links;
	int status;

	loses_rules = true;
	expect(!links_start(NULL, &links));
	expect(links_check(links) == -EPIPE);
	expect(wait(&status) > 0 && WIFSIGNALED(status));
	links_stop(links);
}

static void run(void (*fn)(void))
{
	const uint64_t needed = RIGHT(CAP_SETUID) | RIGHT(CAP_SETGID) | RIGHT(CAP_SYS_PTRACE) |
				RIGHT(CAP_SYS_ADMIN);

	if ((rights_held() & needed) != needed)
		skip();
	in_child(fn);
}

static void other_users(void **state)
{
	run(read_everywhere);
}

static void hidepid_1(void **state)
{
	run(read_hidden_1);
}

static void hidepid_2(void **state)
{
	run(read_hidden_2);
}

static void ended_processes(void **state)
{
	run(read_what_is_gone);
}

static void nothing_else(void **state)
{
	run(read_something_else);
}

static void attempts_from_inside(void **state)
{
	run(attack);
}

static void filter_without_rules(void **state)
{
	in_child(lose_rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_users),
		cmocka_unit_test(hidepid_1),
		cmocka_unit_test(hidepid_2),
		cmocka_unit_test(ended_processes),
		cmocka_unit_test(nothing_else),
		cmocka_unit_test(attempts_from_inside),
		cmocka_unit_test(filter_without_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
