// SPDX-License-Identifier: GPL-2.0-or-later
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "landlock.h"
#include "own_process.h"
#include "rights.h"
#include "syscall_filter.h"
#include "units.h"

/*
 * No call takes a name, but newfstatat, which is how fstat() asks on most machines: it finds
 * nothing in an empty directory. Signals: the timers of set_alarm() end the process without help.
 */
static const int calls[] = {
	SCMP_SYS(read),		SCMP_SYS(pread64),	 SCMP_SYS(lseek),      SCMP_SYS(fstat),
	SCMP_SYS(close),	SCMP_SYS(munmap),	 SCMP_SYS(mremap),     SCMP_SYS(madvise),
	SCMP_SYS(brk),		SCMP_SYS(recvfrom),	 SCMP_SYS(sendto),     SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),	SCMP_SYS(clock_gettime), SCMP_SYS(setitimer),  SCMP_SYS(futex),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(exit),		 SCMP_SYS(exit_group),
};

static const struct syscall_rule rules[] = {
	{ SCMP_SYS(newfstatat), .argument = 3, .mask = AT_EMPTY_PATH, .value = AT_EMPTY_PATH },
	{ SCMP_SYS(fcntl), .argument = 1, .mask = UINT32_MAX, .value = F_GETFD },
	{ SCMP_SYS(fcntl), .argument = 1, .mask = UINT32_MAX, .value = F_GETFL },
	/* Nothing that is read becomes code. */
	{ SCMP_SYS(mmap), .argument = 2, .mask = PROT_EXEC, .value = 0 },
	{ SCMP_SYS(mprotect), .argument = 2, .mask = PROT_EXEC, .value = 0 },
};

#ifdef HAVE_SANITIZER
/* To report on stderr. Opening finds nothing, where there is a mount namespace. */
static const int sanitizer_calls[] = {
	SCMP_SYS(write),	SCMP_SYS(openat),	   SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),	SCMP_SYS(newfstatat),	   SCMP_SYS(sigaltstack),
	SCMP_SYS(getpid),	SCMP_SYS(gettid),	   SCMP_SYS(sched_yield),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),  SCMP_SYS(nanosleep),
	SCMP_SYS(getrlimit),	SCMP_SYS(clock_nanosleep),
};
#endif

/*
 * The root directory becomes an empty one that nobody can write to, and the rest goes. A host that
 * runs from an initramfs has no root directory that pivot_root() can replace.
 */
static void leave_files(void)
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "size=4k,mode=0555") ||
	    chdir("/proc"))
		return;
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH))
		(void)!chroot(".");
	/* Or it would stay the directory that was left. */
	(void)!chdir("/");
}

/* One by one: a kernel or a container may give some of them only. */
static void enter_namespaces(void)
{
	static const int kinds[] = { CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWIPC };

	/* First, because it gives the rights over the others. */
	(void)unshare(CLONE_NEWUSER);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!unshare(kinds[i]) && kinds[i] == CLONE_NEWNS)
			leave_files();
}

int confine(pid_t parent)
{
	static const struct landlock_rules nothing = { 0 };
	const struct syscall_list lists[] = {
		{ calls, ARRAY_SIZE(calls), rules, ARRAY_SIZE(rules) },
#ifdef HAVE_SANITIZER
		{ sanitizer_calls, ARRAY_SIZE(sanitizer_calls), NULL, 0 },
#endif
	};
	int error;

	enter_namespaces();
	error = rights_drop(0, NULL);
	if (error)
		return error;
	/* A new user namespace has cleared it. */
	own_process_end_with(parent);
	(void)landlock_restrict(&nothing);
	return syscall_filter_apply(lists, ARRAY_SIZE(lists));
}
