// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A part of sigpath-inside, which is sigpath with an attacker in it: when its loop waits for the
 * first time, what follows tries what somebody would try who has taken over the tracer. It prints
 * `refused NAME`, `ALLOWED NAME` or `skip NAME: reason`, then `inside: done`. Then the run goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true /* its runtime needs some calls that are refused otherwise */
#else
#define IS_SANITIZED false
#endif

static bool is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == ENOSYS;
}

/* In a root that is empty, or can only be read. */
static bool is_refusal_of_file(int error)
{
	return is_refusal(error) || error == ENOENT || error == EROFS;
}

/* RESULT and errno are those of the system call. Another error means that the call is wrong. */
static void judge(const char *name, long result, bool (*is_right)(int error))
{
	if (result < 0 && is_right(errno))
		dprintf(STDERR_FILENO, "refused %s: %s\n", name, strerror(errno));
	else
		dprintf(STDERR_FILENO, "ALLOWED %s: %ld %s\n", name, result,
			result < 0 ? strerror(errno) : "");
}

#define TRY(name, call) judge(name, call, is_refusal)
#define TRY_FILE(name, call) judge(name, call, is_refusal_of_file)
#define TRY_UNSANITIZED(name, call)                                                      \
	do {                                                                             \
		if (!IS_SANITIZED)                                                       \
			judge(name, call, is_refusal);                                   \
		else                                                                     \
			dprintf(STDERR_FILENO, "skip %s: a sanitizer needs it\n", name); \
	} while (0)

static long open_at(const char *path, int flags)
{
	return openat(AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

static long open_of_parent(const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", getppid(), name);
	return open_at(path, flags);
}

/* From a directory that is open, as those of the outputs are. */
static long leave_a_directory(void)
{
	for (int fd = 0; fd < 64; fd++) {
		long other = openat(fd, "../../../../etc/shadow", O_RDONLY | O_CLOEXEC);

		if (other >= 0 ||
		    (errno != EBADF && errno != ENOTDIR && !is_refusal_of_file(errno)))
			return other;
	}
	errno = ENOENT;
	return -1;
}

static void try_files(void)
{
	const char *victim = getenv("SIGPATH_VICTIM") ?: "/etc/sigpath-none";

	TRY_FILE("read /etc/shadow", open_at("/etc/shadow", O_RDONLY));
	TRY_FILE("write /etc/shadow", open_at("/etc/shadow", O_WRONLY));
	TRY_FILE("write /etc/passwd", open_at("/etc/passwd", O_WRONLY | O_APPEND));
	TRY_FILE("make a file in /etc", open_at("/etc/sigpath-inside", O_WRONLY | O_CREAT));
	TRY_FILE("leave a directory", leave_a_directory());
	TRY_FILE("list /etc", open_at("/etc", O_RDONLY | O_DIRECTORY));
	TRY_FILE("write a sysctl", open_at("/proc/sys/kernel/core_pattern", O_WRONLY));
	TRY_FILE("write /proc/1/mem", open_at("/proc/1/mem", O_RDWR));
	TRY_FILE("read /proc/1/mem", open_at("/proc/1/mem", O_RDONLY));
	TRY_FILE("write /proc/PARENT/mem", open_of_parent("mem", O_RDWR));
	TRY_FILE("read /proc/PARENT/environ", open_of_parent("environ", O_RDONLY));
	TRY_FILE("read /proc/PARENT/root/etc/shadow", open_of_parent("root/etc/shadow", O_RDONLY));
	/* A trace that rotates its files can make these calls, in their directories. */
	TRY_FILE("remove a file", syscall(SYS_unlinkat, AT_FDCWD, victim, 0));
	TRY_FILE("rename a file",
		 syscall(SYS_renameat2, AT_FDCWD, victim, AT_FDCWD, "/etc/sigpath-other", 0));
	TRY_FILE("rename a file to its directory",
		 syscall(SYS_renameat2, AT_FDCWD, victim, AT_FDCWD, "/tmp/sigpath-other", 0));
	TRY("make a link", syscall(SYS_symlinkat, "x", AT_FDCWD, "/tmp/sigpath-link"));
	TRY("change a mode", syscall(SYS_fchmodat, AT_FDCWD, "/etc/passwd", 0644));
	TRY("change an owner", syscall(SYS_fchownat, AT_FDCWD, "/etc/passwd", 0, 0, 0));
	TRY("chroot", syscall(SYS_chroot, "/"));
	TRY("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
	TRY("make a namespace", unshare(CLONE_NEWUSER));
}

static long make_process(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		syscall(SYS_exit_group, 0);
	return pid;
}

static long make_process_by_clone3(void)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	} args = { .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		syscall(SYS_exit_group, 0);
	return pid;
}

static long write_memory_of_parent(void)
{
	char byte = 0;
	struct iovec mine = { &byte, 1 }, theirs = { (void *)4096, 1 };

	return process_vm_writev(getppid(), &mine, 1, &theirs, 1, 0);
}

static void try_processes(void)
{
	char *const words[] = { "true", NULL };

	TRY_UNSANITIZED("make a process", make_process());
	TRY("make a process by clone3", make_process_by_clone3());
	TRY("trace the parent", ptrace(PTRACE_SEIZE, getppid(), 0, 0));
	TRY("write memory of the parent", write_memory_of_parent());
	TRY("signal the parent", kill(getppid(), SIGCONT));
	TRY("signal init", kill(1, SIGCONT));
	TRY("signal another thread", syscall(SYS_tgkill, getppid(), getppid(), SIGCONT));
	TRY("open a process", syscall(SYS_pidfd_open, getppid(), 0));
	TRY("have the kernel send signals", fcntl(STDERR_FILENO, F_SETOWN, getppid()));
	TRY("execute a program", execve("/bin/true", words, words));
}

static long load_program(void)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static long make_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY };

	attr.key_size = attr.value_size = 4;
	attr.max_entries = 1;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static long look_for_maps(void)
{
	union bpf_attr attr = { .start_id = 0 };

	return syscall(SYS_bpf, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr));
}

static long open_event(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr) };

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static long make_ring(void)
{
	char parameters[120] = { 0 };

	return syscall(SYS_io_uring_setup, 1, parameters);
}

static void try_kernel(void)
{
	TRY("load a BPF program", load_program());
	TRY("make a map", make_map());
	TRY("look for maps of others", look_for_maps());
	TRY("open a perf event", open_event());
	TRY("make an io_uring", make_ring());
	TRY("make a socket", socket(AF_INET, SOCK_STREAM, 0));
	TRY("make a unix socket", socket(AF_UNIX, SOCK_STREAM, 0));
	TRY("make a netlink socket", socket(AF_NETLINK, SOCK_RAW, 0));
	TRY("type into a terminal", ioctl(STDERR_FILENO, TIOCSTI, "x"));
}

static long make_code(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? -1 : 0;
}

static void try_rights(void)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	TRY("raise a limit", syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, NULL));
	TRY_UNSANITIZED("be dumpable", prctl(PR_SET_DUMPABLE, 1));
	TRY("make code", make_code());
	TRY("change the groups", syscall(SYS_setgroups, 0, NULL));
	TRY("become root", syscall(SYS_setresuid, 0, 0, 0));
	TRY("become nobody", syscall(SYS_setresuid, 65534, 65534, 65534));
}

static void try_all(void)
{
	try_files();
	try_kernel();
	try_rights();
	try_processes();
	dprintf(STDERR_FILENO, "inside: done\n");
}

int __real_epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms);

int __wrap_epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms)
{
	static bool done;

	if (!done)
		try_all();
	done = true;
	return __real_epoll_wait(epoll, events, count, timeout_ms);
}
