/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls of a running trace. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "confine.h"
#include "log.h"
#include "syscall_filter.h"
#include "units.h"

/* What a running trace does. The commands, flags and targets of some are in `rules`. */
/* clang-format off */
static const int calls[] = {
	/* descriptors */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(pread64), SCMP_SYS(writev), SCMP_SYS(close),
	SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(stat),
	SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(fstatfs),
	SCMP_SYS(fstatfs64), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64),
	SCMP_SYS(fchmod), SCMP_SYS(eventfd2), SCMP_SYS(signalfd4), SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_settime64), SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
	/* the processes that read links and files: a socket pair reaches nobody else */
	SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(shutdown),
	SCMP_SYS(socketpair), SCMP_SYS(memfd_create),
	/* memory, threads, time, the end */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(futex_time64), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(membarrier),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getcpu), SCMP_SYS(sysinfo),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(restart_syscall), SCMP_SYS(getrandom), SCMP_SYS(uname),
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getrusage), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* signals of our own */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigpending),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack),
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	/* The leak check stops all threads by ptrace. */
	SCMP_SYS(clone), SCMP_SYS(getdents), SCMP_SYS(prctl), SCMP_SYS(ptrace), SCMP_SYS(prlimit64),
#endif
};
/* clang-format on */

#define RULE(name, which, bits, wanted)                                                          \
	{                                                                                        \
		.number = SCMP_SYS(name), .argument = (which), .mask = (bits), .value = (wanted) \
	}
#define WHOLE UINT32_MAX /* an int or a pid_t */

static const struct syscall_rule rules[] = {
	/* maps, and how often a program was skipped: no new program and no new map */
	RULE(bpf, 0, WHOLE, BPF_MAP_LOOKUP_ELEM),
	RULE(bpf, 0, WHOLE, BPF_MAP_UPDATE_ELEM),
	RULE(bpf, 0, WHOLE, BPF_MAP_DELETE_ELEM),
	RULE(bpf, 0, WHOLE, BPF_MAP_GET_NEXT_KEY),
	RULE(bpf, 0, WHOLE, BPF_OBJ_GET_INFO_BY_FD),
	RULE(ioctl, 1, WHOLE, PERF_EVENT_IOC_DISABLE),
	/* whether it is a terminal; never to put bytes into one */
	RULE(ioctl, 1, WHOLE, TCGETS),
	RULE(ioctl, 1, WHOLE, TIOCGWINSZ),
	/* not F_SETOWN, by which the kernel would send signals for uid 0 */
	RULE(fcntl, 1, WHOLE, F_GETFD),
	RULE(fcntl, 1, WHOLE, F_SETFD),
	RULE(fcntl, 1, WHOLE, F_GETFL),
	RULE(fcntl, 1, WHOLE, F_SETFL),
	RULE(fcntl, 1, WHOLE, F_DUPFD_CLOEXEC),
	RULE(fcntl, 1, WHOLE, F_ADD_SEALS),
	/* no code */
	RULE(mmap, 2, PROT_EXEC, 0),
	RULE(mmap2, 2, PROT_EXEC, 0),
	RULE(mprotect, 2, PROT_EXEC, 0),
	/* whether a process exists */
	RULE(kill, 1, WHOLE, 0),
};

/* With files that are rotated, or that replace others. Landlock decides where. */
static const int calls_of_renames[] = {
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(unlinkat),
	SCMP_SYS(fdatasync),
};

/* With a server of metrics. It cannot listen anywhere else, nor connect. */
static const int calls_of_server[] = { SCMP_SYS(accept4) };
static const struct syscall_rule rules_of_server[] = {
	RULE(setsockopt, 1, WHOLE, IPPROTO_TCP),
};

/* With a destination: what its receiver has not read or acknowledged. */
static const struct syscall_rule rules_of_destinations[] = {
	RULE(ioctl, 1, WHOLE, SIOCOUTQ),
};

/* Those whose right argument is known only now. */
static size_t own_rules(const struct child *child, struct syscall_rule *ret_rules)
{
	size_t count = 0;

	/* abort(), and the signal of the command, by which the run ends as the command did */
	ret_rules[count++] = (struct syscall_rule)RULE(tgkill, 0, WHOLE, (uint32_t)getpid());
	if (!child->pid)
		return count;
	ret_rules[count++] =
		(struct syscall_rule)RULE(pidfd_send_signal, 0, WHOLE, (uint32_t)child->pidfd);
	return count;
}

int confine_calls(const struct options *options, const struct child *child)
{
	const bool has_renames = options_rotate(options) || options->metrics.file;
	const bool has_server = options->metrics.port;
	struct syscall_rule own[2];
	const struct syscall_list lists[] = {
		{ .calls = calls,
		  .call_count = ARRAY_SIZE(calls),
		  .rules = rules,
		  .rule_count = ARRAY_SIZE(rules) },
		{ .rules = own, .rule_count = own_rules(child, own) },
		{ .calls = calls_of_renames,
		  .call_count = has_renames ? ARRAY_SIZE(calls_of_renames) : 0 },
		{ .calls = calls_of_server,
		  .call_count = has_server ? ARRAY_SIZE(calls_of_server) : 0,
		  .rules = rules_of_server,
		  .rule_count = has_server ? ARRAY_SIZE(rules_of_server) : 0 },
		{ .rules = rules_of_destinations,
		  .rule_count = options->to_count ? ARRAY_SIZE(rules_of_destinations) : 0 },
	};
	int error = syscall_filter_apply(lists, ARRAY_SIZE(lists));

	if (error == -ENOSYS)
		log_debug("no seccomp: system calls are not filtered");
	else if (error)
		log_error("seccomp: %s", strerror(-error));
	return error == -ENOSYS ? 0 : error;
}
