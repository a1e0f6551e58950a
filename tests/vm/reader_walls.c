// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each wall around the reader of files, from inside: what a hostile file can try once it has taken
 * over the reader. This program is the tracer, and, executed again, the reader: all of its code but
 * the function that answers a question, which is walls_ask() here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine.h"
#include "files.h"
#include "incident.h"
#include "isolated_child.h"
#include "message.h"
#include "opener.h"
#include "own_process.h"
#include "stack.h"
#include "syscall_filter.h"
#include "units.h"

#ifdef WITHOUT_FILTER
#define FILTERED false
int walls_no_filter(const struct syscall_list *lists, size_t count);
#else
#define FILTERED true
#endif
void walls_ask(struct engine *engine, const struct target *target, const struct snapshot *snapshot,
	       const struct stack_question *question, struct engine_progress *progress,
	       struct stack_answer *ret_answer);

/* Set by the tracer in the question. */
static pid_t tracer;

/* --- what the reader tries. 0: it worked; else why not. */

static int result(long returned)
{
	return returned < 0 ? errno : 0;
}

static int open_by_name(void)
{
	return result(openat(AT_FDCWD, "/etc/passwd", O_RDONLY));
}

static int open_by_openat2(void)
{
	struct open_how how = { .flags = O_PATH };

	return result(syscall(SYS_openat2, AT_FDCWD, "/etc", &how, sizeof(how)));
}

static int read_a_file_of_another_user(void)
{
	return result(openat(AT_FDCWD, "/etc/shadow", O_RDONLY));
}

static int open_own_memory(void)
{
	return result(openat(AT_FDCWD, "/proc/self/mem", O_RDWR));
}

static int find_by_name(void)
{
	struct stat stat;

	return result(fstatat(AT_FDCWD, "/etc/passwd", &stat, AT_EMPTY_PATH));
}

static int make_a_file(void)
{
	return result(openat(AT_FDCWD, "made", O_RDWR | O_CREAT, 0600));
}

#ifndef HAVE_SANITIZER /* it reports there */
static int write_to_stderr(void)
{
	return result(write(STDERR_FILENO, "", 0));
}
#endif

static int connect_to_the_host(void)
{
	struct sockaddr_in host = { .sin_family = AF_INET, .sin_port = htons(22) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	host.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return errno;
	/* Refused by the host itself would be an answer of the host. */
	return !connect(fd, (struct sockaddr *)&host, sizeof(host)) || errno == ECONNREFUSED
		       ? 0
		       : errno;
}

static int make_a_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int execute(void)
{
	char *const argv[] = { "sh", NULL }, *const none[] = { NULL };

	return result(execve("/bin/sh", argv, none));
}

static int make_a_process(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	return result(pid);
}

static int trace_the_tracer(void)
{
	return result(ptrace(PTRACE_SEIZE, tracer, NULL, NULL));
}

static int read_the_tracer(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)&tracer, 1 };

	return result(process_vm_readv(tracer, &here, 1, &there, 1, 0));
}

static int signal_the_tracer(void)
{
	return result(kill(tracer, 0));
}

static int signal_all(void)
{
	return result(kill(-1, 0));
}

static int raise_a_limit(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	return result(setrlimit(RLIMIT_FSIZE, &limit));
}

static int make_processes_allowed(void)
{
	struct rlimit limit = { 100, 100 };

	return result(syscall(SYS_prlimit64, 0, RLIMIT_NPROC, &limit, NULL));
}

static int get_a_capability(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { .effective = 1, .permitted = 1 } };

	return result(syscall(SYS_capset, &header, data));
}

static int become_root(void)
{
	return result(syscall(SYS_setuid, 0));
}

static int mount_something(void)
{
	return result(mount("none", "/", "tmpfs", 0, NULL));
}

static int leave_by_chroot(void)
{
	return result(chroot(".."));
}

static int make_a_namespace(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}

static int load_bpf(void)
{
	return result(syscall(SYS_bpf, 0, NULL, 0));
}

static int outlive_the_tracer(void)
{
	return result(prctl(PR_SET_PDEATHSIG, 0));
}

/* Shared memory of the host, which the tracer has made. */
static key_t shared_key(void)
{
	return 0x73696770;
}

static int get_shared_memory(void)
{
	return result(shmget(shared_key(), 0, 0));
}

static int ask_the_opener(enum opener_what what, const char *text)
{
	struct files files = { .socket = ISOLATED_OPENER };
	struct found_file file;

	switch (what) {
	case OPENER_DEBUG_BY_PATH:
		return -files_debug_by_path(&files, text, &file);
	case OPENER_DEBUG_BY_LINK:
		return -files_debug_by_link(&files, FINDER_PROGRAM, 0, text, &file);
	default:
		return -files_module(&files, 1, &file);
	}
}

static int get_a_file_by_its_path(void)
{
	return ask_the_opener(OPENER_DEBUG_BY_PATH, "/etc/shadow");
}

static int get_a_file_beside_debug_files(void)
{
	return ask_the_opener(OPENER_DEBUG_BY_PATH, "/usr/lib/debug/../../../etc/shadow");
}

static int get_a_file_by_a_link(void)
{
	return ask_the_opener(OPENER_DEBUG_BY_LINK, "../../../../../../etc/shadow");
}

static int get_a_module_that_is_not_there(void)
{
	return ask_the_opener(OPENER_MODULE, NULL);
}

static int write_the_question(void)
{
	/* It is mapped already, and its descriptor is closed. */
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ISOLATED_QUESTION, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}

#define TRY(function, ...)                                        \
	{                                                         \
		.name = #function, .try = function, ##__VA_ARGS__ \
	}

/* Without the filter some calls work, and do no harm: those are left out there. */
static const struct attempt {
	const char *name;
	int (*try)(void);
	bool by_filter_alone;
	bool needs_namespace; /* without the filter */
} attempts[] = {
	TRY(open_by_name),
	TRY(open_by_openat2),
	TRY(read_a_file_of_another_user),
	TRY(open_own_memory),
	TRY(find_by_name, .needs_namespace = true),
	TRY(make_a_file),
#ifndef HAVE_SANITIZER
	TRY(write_to_stderr, .by_filter_alone = true),
#endif
	TRY(connect_to_the_host, .needs_namespace = true),
	TRY(make_a_socket, .by_filter_alone = true),
	TRY(execute),
	TRY(make_a_process, .by_filter_alone = true),
	TRY(trace_the_tracer, .needs_namespace = true),
	TRY(read_the_tracer, .needs_namespace = true),
	TRY(signal_the_tracer, .by_filter_alone = true),
	TRY(signal_all, .by_filter_alone = true),
	TRY(raise_a_limit),
	TRY(make_processes_allowed),
	TRY(get_a_capability),
	TRY(become_root, .needs_namespace = true),
	TRY(mount_something),
	TRY(leave_by_chroot),
	TRY(make_a_namespace, .by_filter_alone = true),
	TRY(make_code, .by_filter_alone = true),
	TRY(load_bpf),
	TRY(outlive_the_tracer, .by_filter_alone = true),
	TRY(get_shared_memory, .needs_namespace = true),
	TRY(get_a_file_by_its_path),
	TRY(get_a_file_beside_debug_files),
	TRY(get_a_file_by_a_link),
	TRY(get_a_module_that_is_not_there),
	TRY(write_the_question),
};

#ifdef WITHOUT_FILTER
int walls_no_filter(const struct syscall_list *lists, size_t count)
{
	return 0;
}
#endif

void walls_ask(struct engine *engine, const struct target *target, const struct snapshot *snapshot,
	       const struct stack_question *question, struct engine_progress *progress,
	       struct stack_answer *ret_answer)
{
	tracer = (pid_t)target->pid;
	ret_answer->program = (uint32_t)attempts[question->address - 1].try();
	progress->done = ENGINE_PROGRAM;
}

/* --- the tracer */

#define NO_ANSWER UINT32_MAX

static uint32_t ask(struct stack_unwinder *unwinder, size_t number)
{
	const struct stack_question question = { .program = true, .address = number + 1 };
	static const struct snapshot snapshot;
	static struct stack_answer answer;
	struct incident incident = { .process.pid = (uint32_t)getpid() };

	stack_ask(unwinder, &incident, &snapshot, &question, &answer);
	/* A reader that has ended does not say what it tried. */
	return answer.program_reason ? NO_ANSWER : answer.program;
}

/* Can this process have what the reader needs for its namespaces? */
static bool have_namespaces(void)
{
	pid_t child = fork();
	int status = 1;

	if (!child)
		_exit(unshare(CLONE_NEWUSER) || unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC));
	waitpid(child, &status, 0);
	return !status;
}

struct tally {
	unsigned int passed, failed, skipped;
};

static void judge(struct stack_unwinder *unwinder, size_t number, bool namespaces,
		  struct tally *tally)
{
	const struct attempt *attempt = &attempts[number];
	uint32_t error;

	if (!FILTERED && attempt->by_filter_alone)
		return;
	if (!FILTERED && attempt->needs_namespace && !namespaces) {
		printf("skip %s: no namespaces here\n", attempt->name);
		tally->skipped++;
		return;
	}
	error = ask(unwinder, number);
	if (error && error != NO_ANSWER) {
		tally->passed++;
		return;
	}
	printf("FAIL %s: %s\n", attempt->name, error ? "the reader has ended" : "it worked");
	tally->failed++;
}

int main(int argc, char **argv)
{
	const struct stack_options options = { .isolated = true, .live = true };
	struct stack_unwinder *unwinder;
	struct tally tally = {};
	bool namespaces;
	int error, shared;

	stack_run_child(argc, argv);
	namespaces = have_namespaces();
	shared = shmget(shared_key(), 4096, IPC_CREAT | 0600);
	error = stack_unwinder_new(&options, &unwinder);
	if (error) {
		fprintf(stderr, "reader-walls: %s\n", strerror(-error));
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		judge(unwinder, i, namespaces, &tally);
	stack_unwinder_free(unwinder);
	shmctl(shared, IPC_RMID, NULL);
	printf("%u passed, %u failed, %u skipped\n", tally.passed, tally.failed, tally.skipped);
	return tally.failed ? 1 : 0;
}
